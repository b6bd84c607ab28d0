// Sending works by plain forms: the page that the form leads to says what came of it.
import { Api, remoteDocuments, remotePartners } from '../support/api.ts';
import { count, makeOrder, openFirst, pushButton, rows, signIn } from '../support/people.ts';
import { expect, test } from '../support/test.ts';

// Records of its own: both specs send what the seed planted.
test.use({ javaScriptEnabled: false, demoOptions: { seed: 9, documents: 130 } });

test.beforeEach(async ({ page, demo }) => {
  const api = new Api(demo);
  if ((await api.waiting()).total === null) {
    await api.waiting({ refresh: true });
    await api.take();
  }
  await signIn(page, demo);
});

test('an order and a contact are sent from their pages', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-PLAIN');
  const address = page.url();
  await page.getByRole('button', { name: 'Send to Metakocka' }).click();
  expect(page.url()).toBe(address);
  await expect(page.locator('.toast')).toContainText('Created 1, updated 0, unchanged 0');
  await expect(page.locator('#sync .state')).toHaveText('Synced');
  const there = (await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === 'E2E-PLAIN');
  expect(there).toHaveLength(1);
  await expect(page.locator('h1')).toContainText(there[0]?.number ?? '');

  await openFirst(page, demo, '/contacts', 'synced');
  const name = await page.getByLabel('Name', { exact: true }).inputValue();
  await page.getByLabel('Phone').fill('02 333 44 55');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.goto(`${demo.url}/contacts?state=to_send`);
  await rows(page).filter({ hasText: name }).getByRole('button', { name: 'Not sent yet' }).click();
  await expect(page.locator('.toast')).toContainText('Created 0, updated 1, unchanged 0');
  const partners = (await remotePartners(demo)).filter((partner) => partner.name === name);
  expect(partners.flatMap(({ contacts }) => contacts.map(({ phone }) => phone))).toContain('02 333 44 55');
});

test('everything is sent by one form, which says how it ended', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-PLAIN-ALL');
  await page.goto(`${demo.url}/sales-documents?state=to_send`);
  const waiting = await rows(page).count();
  await expect(pushButton(page)).toHaveText(`Sync ${count(waiting)} to Metakocka`);
  await pushButton(page).click();
  await page.getByRole('button', { name: `Send ${count(waiting)} to Metakocka` }).click();
  await expect(page).toHaveURL(`${demo.url}/sales-documents`);
  await expect(page.locator('.toast')).toContainText(`Created 1, updated ${count(waiting - 1)}, unchanged 0`);
  await expect(pushButton(page)).toHaveText('Nothing to send');
});
