// Everything works by plain forms and links; what they store is compared through the API.
import type { Page } from '@playwright/test';
import { Api } from '../support/api.ts';
import type { Demo } from '../support/demo.ts';
import { count, fillSignIn, signIn, syncButton } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test.use({ javaScriptEnabled: false, demoOptions: { seed: 7, documents: 130 } });

const rows = (page: Page) => page.locator('tr[data-id]');

/** Reloads until the button says this, as a person without JavaScript does. */
async function reloadUntil(page: Page, label: string | RegExp): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(syncButton(page)).toHaveText(label, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
}

/** Waits until as many documents wait as expected. */
async function expectWaiting(demo: Demo, total: number): Promise<void> {
  await expect.poll(async () => (await new Api(demo).waiting()).total, { timeout: 30_000 }).toBe(total);
}

test('a wrong password is refused with the e-mail kept, a right one lets in, and signing out ends it', async ({ page, demo }) => {
  await page.goto(`${demo.url}/settings/metakocka`);
  await fillSignIn(page, demo.email, 'not the password');
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toContainText('E-mail or password is wrong.');
  await expect(page.getByLabel('E-mail')).toHaveValue(demo.email);
  await expect(page.getByLabel('Password')).toHaveValue('');
  await page.getByLabel('Password').fill(demo.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Metakocka' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByLabel('Password')).toBeVisible();
  await page.goto(`${demo.url}/sales-documents`);
  await expect(page.getByLabel('Password')).toBeVisible();
});

test('checking, taking one, taking those that are ticked and taking all go by forms', async ({ page, demo }) => {
  const { new: fresh, changed, review } = demo.planted;
  const all = fresh + changed + review;
  const api = new Api(demo);
  await signIn(page, demo);
  await expect(syncButton(page)).toHaveText('Check Metakocka');
  await syncButton(page).click();
  await expect(page).toHaveURL(`${demo.url}/sales-documents`);
  await reloadUntil(page, `Sync ${count(fresh + changed)} from Metakocka`);
  await expectWaiting(demo, all);

  await page.getByRole('link', { name: 'Waiting in Metakocka' }).click();
  const takeable = page.locator('tr[data-reason="new"]');
  const key = async (index: number) => ((await takeable.nth(index).getAttribute('data-key')) ?? '').split(':')[1] ?? '';
  const one = await key(0);
  await takeable.first().getByRole('button', { name: /^Take/ }).click();
  await expect(page).toHaveURL(`${demo.url}/sales-documents/waiting`);
  await expectWaiting(demo, all - 1);

  await page.reload();
  const ticked = [await key(0), await key(2)];
  await takeable.nth(0).getByRole('checkbox').check();
  await takeable.nth(2).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Take selected' }).click();
  await expectWaiting(demo, all - 3);
  const left = (await api.waiting()).documents.map(({ mk_id }) => mk_id);
  for (const taken of [one, ...ticked]) expect(left).not.toContain(taken);

  await page.reload();
  await page.getByRole('button', { name: 'Take selected' }).click();
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toContainText('Tick at least one document first');
  await expectWaiting(demo, all - 3);

  await page.goto(`${demo.url}/sales-documents`);
  await expect(syncButton(page)).toHaveText(`Sync ${count(fresh + changed - 3)} from Metakocka`);
  await syncButton(page).click();
  await expectWaiting(demo, review);
  await reloadUntil(page, `${review} need review`);
});

test('search, filter, sort and pages stand in the address', async ({ page, demo }) => {
  await new Api(demo).waiting({ refresh: true });
  await new Api(demo).take();
  await signIn(page, demo);
  await expect(rows(page)).toHaveCount(50);
  const first = await rows(page).first().locator('.at-number a').textContent();

  await page.getByRole('link', { name: 'Next', exact: true }).click();
  await expect(page).toHaveURL(/[?&]page=2/);
  await expect(rows(page).first().locator('.at-number a')).not.toHaveText(first ?? '');
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(rows(page).first().locator('.at-number a')).toHaveText(first ?? '');

  await page.getByRole('columnheader', { name: 'Customer' }).getByRole('link').click();
  await expect(page).toHaveURL(/[?&]sort=customer/);
  await expect(page.getByRole('columnheader', { name: 'Customer' })).toHaveAttribute('aria-sort', 'ascending');
  await page.getByRole('columnheader', { name: 'Customer' }).getByRole('link').click();
  await expect(page.getByRole('columnheader', { name: 'Customer' })).toHaveAttribute('aria-sort', 'descending');

  const number = (first ?? '').trim();
  await page.getByLabel('Number or customer').fill(number);
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(new RegExp(`[?&]q=${number}(&|$)`));
  await expect(page).toHaveURL(/[?&]sort=customer/);
  await expect(page.getByLabel('Number or customer')).toHaveValue(number);
  await expect(rows(page).locator('.at-number a').filter({ hasText: number })).not.toHaveCount(0);
  await expect(rows(page)).toHaveCount(await rows(page).filter({ hasText: number }).count());

  await page.getByRole('link', { name: 'Clear' }).click();
  await page.getByLabel('Type').selectOption({ label: 'Order' });
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(/[?&]type=order/);
  await expect(rows(page).first()).toBeVisible();
  await expect(rows(page).filter({ has: page.locator('.tag', { hasText: /^Order$/ }) })).toHaveCount(await rows(page).count());
});

test('the theme is chosen by a form', async ({ page, demo }) => {
  await signIn(page, demo);
  await page.goto(`${demo.url}/sales-documents?sort=total`);
  const theme = page.getByRole('group', { name: 'Theme' }).first();
  await theme.getByRole('button', { name: 'Dark' }).click();
  await expect(page).toHaveURL(/sort=total/);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(theme.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  await theme.getByRole('button', { name: 'System' }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
});

test('settings are refused at their fields, tested and saved, and the key is never shown', async ({ page, demo }) => {
  await signIn(page, demo, demo.second);
  await page.goto(`${demo.url}/settings/metakocka`);
  const fill = async (company: string, key: string, address: string) => {
    await page.getByLabel('Company ID').fill(company);
    await page.getByLabel('Secret key').fill(key);
    await page.getByLabel('Address').fill(address);
  };
  await fill('17', demo.secretKey, 'https://metakocka.evil.example');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.locator('#address-error')).not.toBeEmpty();
  await expect(page.getByLabel('Company ID')).toHaveValue('17');
  await expect(page.getByLabel('Address')).toHaveValue('https://metakocka.evil.example');
  await expect(page.getByLabel('Secret key')).toHaveValue('');
  expect(await page.content()).not.toContain(demo.secretKey);
  expect(page.url()).toBe(`${demo.url}/settings/metakocka`);

  await fill(demo.companyId, 'wrongkey', demo.simulatorUrl);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect(page.locator('.toast')).toContainText('The test did not work');
  await fill(demo.companyId, demo.secretKey, demo.simulatorUrl);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect(page.locator('.toast')).toContainText('Metakocka answers');
  await fill(demo.companyId, demo.secretKey, demo.simulatorUrl);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.toast')).toContainText('Saved');
  expect(await page.content()).not.toContain(demo.secretKey);
  await expect(page.getByText(`A key ending in ${demo.secretKey.slice(-4)} is kept.`, { exact: false })).toBeVisible();
  const api = new Api(demo, demo.second.apiToken);
  expect((await api.waiting({ refresh: true })).total, 'the saved connection works').toBe(130);
});
