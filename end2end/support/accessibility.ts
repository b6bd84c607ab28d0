// Axe over the page as it is, in both colour schemes.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** The colour schemes of a system. */
export const SCHEMES = ['light', 'dark'] as const;

/** Fails with rule and elements for each violation in either scheme. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const scheme of SCHEMES) {
    await wear(page, scheme);
    await expectAccessibleNow(page, scheme);
  }
}

/** Lets the system wish for a scheme, without animations. */
export async function wear(page: Page, colorScheme: (typeof SCHEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
}

/** Fails with rule and elements for each violation of the page as it is; `what` names how it is. */
export async function expectAccessibleNow(page: Page, what: string): Promise<void> {
  // A colour that is still fading is no colour that somebody reads.
  await page.waitForFunction(() => !document.getAnimations().some((running) => running instanceof CSSTransition));
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(found, `${page.url()}, ${what}`).toEqual([]);
}
