// What people do on the pages, by the names they see.
import { expect, type Page } from '@playwright/test';
import type { Demo } from './demo.ts';

/** Fills in the sign-in form and sends it; says nothing about the answer. */
export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in as the owner of the demo's first workspace and waits for the list of documents. */
export async function signIn(page: Page, demo: Demo): Promise<void> {
  await page.goto(`${demo.url}/`);
  await fillSignIn(page, demo.email, demo.password);
  await expect(page.getByRole('heading', { level: 1, name: 'Sales documents' })).toBeVisible();
}
