// What people do on the pages, by the names they see.
import { expect, type Page } from '@playwright/test';
import type { Demo, Person } from './demo.ts';

/** Fills in the sign-in form and sends it; says nothing about the answer. */
export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in and waits for the list of documents; the owner of the demo's first workspace unless somebody is named. */
export async function signIn(page: Page, demo: Demo, person: Pick<Person, 'email' | 'password'> = demo): Promise<void> {
  await page.goto(`${demo.url}/`);
  await fillSignIn(page, person.email, person.password);
  await expect(page.getByRole('heading', { level: 1, name: 'Sales documents' })).toBeVisible();
}

/** The button that looks and takes, whatever it says now. */
export const syncButton = (page: Page) => page.locator('.primary [data-state]');

/** A count as the pages write it. */
export const count = (value: number) => value.toLocaleString('en-US');
