// Sending to Metakocka: what is made or edited here arrives there once, and the page says so.
import type { Page } from '@playwright/test';
import { Api, remoteDocuments, remotePartners, remoteProducts, spoil } from '../support/api.ts';
import type { Demo } from '../support/demo.ts';
import { expectServerHtmlKept, hydrated } from '../support/hydration.ts';
import { count, makeOrder, openFirst, pushButton, rows, signIn } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

test.use({ demoOptions: { seed: 7, documents: 120 } });

const section = (page: Page) => page.locator('#sync');
const toast = (page: Page) => page.locator('.toast');

/** Takes everything in, so that there are customers and products to name. */
async function prepared(page: Page, demo: Demo): Promise<void> {
  const api = new Api(demo);
  if ((await api.waiting()).total === null) {
    await api.waiting({ refresh: true });
    await api.take();
  }
  await signIn(page, demo);
}

test.beforeEach(async ({ page, demo }) => prepared(page, demo));

test('an order made here is sent, gets its number, and is in Metakocka once', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-1');
  await expectServerHtmlKept(page, await page.reload());
  await expect(section(page).locator('.state')).toHaveAttribute('data-reason', 'to_send');
  await expect(page.locator('h1')).toContainText('No number yet');

  await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
  await expect(toast(page)).toContainText('Sync completed');
  await expect(toast(page)).toContainText('Created 1, updated 0, unchanged 0');
  await expect(toast(page)).toHaveCount(1);
  await expect(section(page).locator('.state')).toHaveText('Synced');
  await expect(section(page).getByRole('button', { name: 'Send to Metakocka' })).toHaveCount(0);

  const there = (await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === 'E2E-1');
  expect(there, 'it is there once').toHaveLength(1);
  const number = there[0]?.number ?? '';
  expect(number).not.toBe('');
  await expect(page.locator('h1')).toContainText(number);
  await expect(section(page).locator('.kv')).toContainText(number);
  await expectServerHtmlKept(page, await page.reload());

  await page.goto(`${demo.url}/sales-documents?q=${encodeURIComponent(number)}`);
  const row = rows(page).filter({ has: page.getByRole('link', { name: number, exact: true }) });
  await expect(row.locator('.state')).toHaveText('Synced');
});

test('a contact that is edited here is sent from its page', async ({ page, demo }) => {
  await openFirst(page, demo, '/contacts', 'synced');
  const name = await page.getByLabel('Name', { exact: true }).inputValue();
  await page.getByLabel('Phone').fill('01 555 77 88');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(section(page).locator('.state')).toHaveText('Not sent yet');
  await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
  await expect(toast(page).filter({ hasText: 'Sync completed' })).toContainText('Created 0, updated 1, unchanged 0');
  await expect(section(page).locator('.state')).toHaveText('Synced');
  const partners = (await remotePartners(demo)).filter((partner) => partner.name === name);
  expect(partners.flatMap(({ contacts }) => contacts.map(({ phone }) => phone))).toContain('01 555 77 88');
});

test('a new contact stays here until somebody sends it', async ({ page, demo }) => {
  await page.goto(`${demo.url}/contacts/new`);
  await page.getByLabel('Name', { exact: true }).fill('Pekarna Nova d.o.o.');
  await page.getByLabel('Street and number').fill('Dunajska 1');
  await page.getByLabel('Post number').fill('1000');
  await page.getByLabel('Town').fill('Ljubljana');
  await page.getByLabel('Country').fill('SI');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(section(page).locator('.state')).toHaveAttribute('data-reason', 'only_here');
  await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
  await expect(toast(page).filter({ hasText: 'Sync completed' })).toContainText('Created 1');
  await expect(section(page).locator('.state')).toHaveText('Synced');
  expect((await remotePartners(demo)).filter(({ name }) => name === 'Pekarna Nova d.o.o.')).toHaveLength(1);
});

test('an order whose customer is only here takes the customer with it', async ({ page, demo }) => {
  await page.goto(`${demo.url}/contacts/new`);
  await page.getByLabel('Name', { exact: true }).fill('Kavarna Lipa d.o.o.');
  await page.getByLabel('Street and number').fill('Trg 2');
  await page.getByLabel('Post number').fill('2000');
  await page.getByLabel('Town').fill('Maribor');
  await page.getByLabel('Country').fill('SI');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/contacts\/[0-9a-f-]{36}$/);
  const contact = new URL(page.url()).pathname;
  await makeOrder(page, demo, 'E2E-LIPA', contact);
  await expect(section(page).locator('.state')).toHaveText(/^Waits for .*Kavarna Lipa d.o.o./);
  await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
  await expect(toast(page).filter({ hasText: 'Sync completed' })).toContainText('Created 1');
  await expect(section(page).locator('.state')).toHaveText('Synced');
  expect((await remotePartners(demo)).filter(({ name }) => name === 'Kavarna Lipa d.o.o.')).toHaveLength(1);
  await page.goto(demo.url + contact);
  await expect(section(page).locator('.state')).toHaveText('Synced');
});

test('what Metakocka refuses is told in its words, and can be sent again', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-REFUSED');
  await spoil(demo, { endpoint: 'put_document', count: 1, effect: 'opr_code', code: '6', text: 'The warehouse is being counted.' });
  await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
  await expect(page.getByRole('status').locator('.toast').filter({ hasText: 'Sync completed with problems' })).toContainText('The warehouse is being counted.');
  await expect(section(page).locator('.state')).toHaveText('Refused by Metakocka');
  await expect(section(page).locator('q')).toContainText('The warehouse is being counted.');
  expect((await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === 'E2E-REFUSED')).toHaveLength(0);
  await expectServerHtmlKept(page, await page.reload());
  await section(page).getByRole('button', { name: 'Try again' }).click();
  await expect(toast(page).filter({ hasText: 'Created 1' })).toBeVisible();
  await expect(section(page).locator('.state')).toHaveText('Synced');
  expect((await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === 'E2E-REFUSED')).toHaveLength(1);
});

test('an order whose answer got lost says when it is looked for, and is there once', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-LOST');
  await spoil(demo, { endpoint: 'put_document', count: 1, effect: 'drop_after_store' });
  await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
  await expect(section(page).locator('.state')).toHaveText(/^Unknown; looks again .* at \d\d:\d\d, asks you .* at \d\d:\d\d$/);
  await expect(section(page).locator('.kv')).toContainText('Looks again');
  await expect(section(page).getByRole('button', { name: 'Send to Metakocka' })).toHaveCount(0);
  await expectServerHtmlKept(page, await page.reload());
  await expect(section(page).locator('.state')).toHaveText('Synced', { timeout: 40_000 });
  expect((await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === 'E2E-LOST')).toHaveLength(1);
});

test('the state beside a record in the list sends it', async ({ page, demo }) => {
  await openFirst(page, demo, '/products', 'synced');
  const code = await page.getByLabel('Code', { exact: true }).inputValue();
  await page.getByLabel('Name', { exact: true }).fill('Miza po meri');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(section(page).locator('.state')).toHaveText('Not sent yet');
  await page.goto(`${demo.url}/products?q=${encodeURIComponent(code)}`);
  await hydrated(page);
  const row = rows(page).filter({ hasText: 'Miza po meri' });
  await row.getByRole('button', { name: 'Not sent yet' }).click();
  await expect(toast(page)).toContainText('Created 0, updated 1, unchanged 0');
  await expect(row.locator('.state')).toHaveText('Synced');
  expect((await remoteProducts(demo)).find((product) => product.code === code)?.name).toBe('Miza po meri');
});

test('everything that can be sent is sent after a confirmation', async ({ page, demo }) => {
  for (const number of ['E2E-ALL-1', 'E2E-ALL-2']) await makeOrder(page, demo, number);
  await page.goto(`${demo.url}/sales-documents?state=to_send`);
  const waiting = await rows(page).count();
  expect(waiting).toBeGreaterThanOrEqual(2);
  await hydrated(page);
  await expect(pushButton(page)).toHaveText(`Sync ${count(waiting)} to Metakocka`);
  await pushButton(page).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Send to Metakocka' })).toBeVisible();
  await expect(page.locator('dl.kv')).toContainText('Made in Metakocka2');
  await expectServerHtmlKept(page, await page.reload());
  await page.getByRole('button', { name: `Send ${count(waiting)} to Metakocka` }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sales documents' })).toBeVisible();
  await expect(toast(page)).toContainText(`Created 2, updated ${count(waiting - 2)}, unchanged 0`, { timeout: 30_000 });
  await expect(toast(page)).toHaveCount(1);
  await expect(pushButton(page)).toHaveText('Nothing to send');
  expect((await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder?.startsWith('E2E-ALL-'))).toHaveLength(2);
  await page.goto(`${demo.url}/sales-documents/send`);
  await expect(page.getByRole('heading', { name: 'Nothing to send' })).toBeVisible();
});
