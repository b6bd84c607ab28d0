// How the browser tests run: one demo and one browser at a time, because two cores are all we count on.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** A Chromium named by xtask or by hand, else Debian's, else the one that Playwright installed. */
const systemChromium = [process.env.CRM_MIND_CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  workers: 1,
  retries: 1,
  // A first page on a busy machine, with the client still cold, takes seconds; a hang is noticed in a minute.
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Ljubljana',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: systemChromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
