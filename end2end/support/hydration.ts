// Did the client come alive, and did it leave the server's page as it was?
import { expect, type Page, type Response } from '@playwright/test';

declare global {
  interface Window {
    /** Set by the script below once the client has run. */
    clientHasRun?: boolean;
  }
}

/** Call before the first page: notices when the wasm was instantiated and its entry point has returned. */
export async function watchClient(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const noticing = <A extends unknown[], R>(instantiate: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        const result = await instantiate(...args);
        // The loader and the entry point run in the microtasks behind this one, so before the next task.
        setTimeout(() => (window.clientHasRun = true), 0);
        return result;
      };
    WebAssembly.instantiateStreaming = noticing(WebAssembly.instantiateStreaming.bind(WebAssembly));
    WebAssembly.instantiate = noticing(WebAssembly.instantiate.bind(WebAssembly)) as typeof WebAssembly.instantiate;
  });
}

/** Waits until the client took over the page and has drawn what it wanted to draw at once. */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => window.clientHasRun === true);
  await page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
}

/** Opens a page and checks that the hydrated document equals the server's HTML apart from markers. */
export async function gotoAndCompare(page: Page, url: string): Promise<void> {
  const response = await page.goto(url);
  await expectServerHtmlKept(page, response);
}

/** The same for a page that was already opened. */
export async function expectServerHtmlKept(page: Page, response: Response | null): Promise<void> {
  expect(response, 'the navigation has an answer').not.toBeNull();
  const html = (await response?.text()) ?? '';
  await hydrated(page);
  const [served, live] = await page.evaluate(outlines, html);
  expect(served, 'the server sends a body with content').not.toHaveLength(0);
  expect(live, `${page.url()} differs from what the server sent`).toEqual(served);
}

/** Runs in the page: both documents as lines, without comments, scripts, nonces and blank text. */
function outlines(html: string): [string[], string[]] {
  const unseen = new Set(['SCRIPT', 'NOSCRIPT', 'TEMPLATE']);
  const markers = new Set(['nonce', 'data-hk']);

  function opening(element: Element): string {
    const attributes = [...element.attributes]
      .filter(({ name }) => !markers.has(name))
      .map(({ name, value }) => ` ${name}="${value}"`)
      .sort();
    return `<${element.localName}${attributes.join('')}>`;
  }

  function add(node: Node, indent: string, lines: string[]): void {
    let text = '';
    const flush = () => {
      const words = text.replace(/\s+/g, ' ').trim();
      if (words !== '') lines.push(indent + words);
      text = '';
    };
    for (const child of node.childNodes) {
      if (child instanceof Text) text += child.data;
      if (!(child instanceof Element) || unseen.has(child.tagName)) continue;
      flush();
      lines.push(indent + opening(child));
      add(child, `${indent}  `, lines);
    }
    flush();
  }

  function outline(of: Document): string[] {
    const lines = [opening(of.documentElement), `title: ${of.title}`, opening(of.body)];
    add(of.body, '  ', lines);
    return lines;
  }

  return [outline(new DOMParser().parseFromString(html, 'text/html')), outline(document)];
}
