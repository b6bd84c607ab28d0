// The helpers notice what they are there for: each is shown a page with a planted fault.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expectAccessible } from '../support/accessibility.ts';
import { gotoAndCompare } from '../support/hydration.ts';
import { Console, expect, test } from '../support/test.ts';

/** The smallest module there is: a header and nothing behind it. */
const EMPTY_MODULE = '0, 97, 115, 109, 1, 0, 0, 0';

/** Serves one page whose client runs `script` once its wasm is there. */
async function withPage(script: string, use: (url: string) => Promise<void>): Promise<void> {
  const html = `<!DOCTYPE html><html lang="en"><head><title>Page</title><link rel="icon" href="data:,"></head>
    <body><!--s-1--><main><h1>Kept</h1> <!--o--><p>As sent</p></main><script type="module" nonce="n">
      await WebAssembly.instantiate(new Uint8Array([${EMPTY_MODULE}]));
      ${script}
    </script></body></html>`;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.close();
  }
}

const REMOVE_MARKERS = `document.body.firstChild.remove();
  document.querySelector('main').append(document.createComment('hydrated'));`;

test('markers are no difference', async ({ page }) => {
  await withPage(REMOVE_MARKERS, (url) => gotoAndCompare(page, url));
});

for (const [what, script] of Object.entries({
  text: "document.querySelector('p').textContent = 'Changed';",
  attribute: "document.querySelector('p').className = 'late';",
  element: "document.querySelector('main').append(document.createElement('hr'));",
  language: "document.documentElement.lang = 'sl';",
})) {
  test(`a changed ${what} is a difference`, async ({ page }) => {
    await withPage(script, (url) => expect(gotoAndCompare(page, url)).rejects.toThrow('differs from what the server sent'));
  });
}

test('a message in the console is noticed', async ({ page, pageConsole }) => {
  pageConsole.expect(/planted/);
  const second = new Console(page);
  await withPage("console.error('planted');", (url) => gotoAndCompare(page, url));
  expect(second.unexpected()).toEqual(['error: planted']);
});

test('an image without a name is noticed', async ({ page }) => {
  await withPage("document.querySelector('main').append(new Image());", async (url) => {
    await page.goto(url);
    await page.locator('img').waitFor({ state: 'attached' });
    await expect(expectAccessible(page)).rejects.toThrow('image-alt');
  });
});
