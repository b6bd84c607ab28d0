// Screenshots for people to look at, kept as artefacts of a run beside Playwright's own.
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** Git-ignored, and not emptied by Playwright between runs of single specs. */
const FOLDER = join(import.meta.dirname, '../pictures');

/** Takes a picture of the whole page. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(FOLDER, `${name}.png`), fullPage: true, animations: 'disabled' });
}
