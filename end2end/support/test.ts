// The test function of every spec: a demo per worker, a page whose console must stay silent.
import { expect, test as base, type BrowserContext, type Page } from '@playwright/test';
import { withDemo, type Demo, type DemoOptions } from './demo.ts';
import { watchClient } from './hydration.ts';

/** What a page said in its console, and what a test expects there. */
export class Console {
  readonly #lines: string[] = [];
  readonly #expected: RegExp[] = [];

  constructor(page: Page) {
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.#lines.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.#lines.push(`uncaught: ${error.message}`));
  }

  /** Messages like this are part of the test, for example the browser's own about a refused request. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** What nobody expected. */
  unexpected(): string[] {
    return this.#lines.filter((line) => !this.#expected.some((pattern) => pattern.test(line)));
  }
}

/** Another tab, with a console of its own. */
export async function openTab(context: BrowserContext): Promise<{ tab: Page; tabConsole: Console }> {
  const tab = await context.newPage();
  await watchClient(tab);
  return { tab, tabConsole: new Console(tab) };
}

interface TestFixtures {
  /** The console of `page`. */
  pageConsole: Console;
}

interface WorkerFixtures {
  /** Change it with `test.use` in a spec that needs other records. */
  demoOptions: DemoOptions;
  demo: Demo;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  demoOptions: [{ seed: 7, documents: 60 }, { option: true, scope: 'worker' }],
  demo: [async ({ demoOptions }, use) => withDemo(demoOptions, use), { scope: 'worker', timeout: 180_000 }],
  pageConsole: [
    async ({ page, javaScriptEnabled }, use) => {
      if (javaScriptEnabled !== false) await watchClient(page);
      const pageConsole = new Console(page);
      // The browser's own remark about the client that it must not run.
      if (javaScriptEnabled === false) pageConsole.expect(/was preloaded using link preload but not used/);
      await use(pageConsole);
      expect(pageConsole.unexpected(), 'the console stays silent').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
