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

/** The button that leads to what sending would do, whatever it says now. */
export const pushButton = (page: Page) => page.locator('[data-push]');

/** The rows of a list. */
export const rows = (page: Page) => page.locator('tr[data-id]');

/** Opens the first record of a list that shows this state, and returns its address. */
export async function openFirst(page: Page, demo: Demo, list: string, state: string): Promise<string> {
  await page.goto(`${demo.url}${list}?state=${state}`);
  const href = (await rows(page).first().locator('a.main').getAttribute('href')) ?? '';
  await page.goto(demo.url + href);
  return href;
}

/** Fills in the form of a new order of a product that is in Metakocka, and saves it; for the contact with this address,
 * else for one that is in Metakocka too. */
export async function makeOrder(page: Page, demo: Demo, theirNumber: string, customer?: string): Promise<void> {
  await page.goto(`${demo.url}/products?state=synced`);
  const code = (await rows(page).first().locator('.at-number').textContent())?.trim() ?? '';
  const contact = customer ?? await openFirst(page, demo, '/contacts', 'synced');
  await page.goto(`${demo.url}/sales-documents/new?contact=${contact.split('/').at(-1)}`);
  await page.getByLabel('Type').selectOption({ label: 'Order' });
  await page.getByLabel('Their order number').fill(theirNumber);
  const line = (part: string) => page.locator(`[name="form[lines][0][${part}]"]`);
  await line('code').fill(code);
  await line('amount').fill('2');
  await line('price').fill('10.50');
  await line('tax').fill('EX4');
  await line('rate').fill('22');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/sales-documents\/[0-9a-f-]{36}$/);
}
