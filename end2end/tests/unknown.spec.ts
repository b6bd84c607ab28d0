// Writes of which nobody knows what became: the page says so, it is settled by itself or asks, and Metakocka has it once.
import type { Page } from '@playwright/test';
import { Api, createThere, deleteThere, remoteDocuments, remotePartners, spoil } from '../support/api.ts';
import { expectAccessible } from '../support/accessibility.ts';
import type { Demo } from '../support/demo.ts';
import { expectServerHtmlKept } from '../support/hydration.ts';
import { makeOrder, signIn } from '../support/people.ts';
import { takePicture } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

// Long enough for the page to be seen in between, short enough to wait for.
test.use({ demoOptions: { seed: 11, documents: 60, settleHorizon: 6 } });
test.describe.configure({ mode: 'serial' });

const section = (page: Page) => page.locator('#sync');
const send = (page: Page) => section(page).getByRole('button', { name: 'Send to Metakocka' });
const state = (page: Page) => section(page).locator('.state');
const orders = async (demo: Demo, number: string) =>
  (await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === number);

/** Pictures of a page in both themes, wide and narrow. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      await takePicture(page, `${name}-${scheme}-${width}`);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wider, `${name} does not scroll sideways at ${width}`).toBeLessThanOrEqual(0);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
}

test.beforeEach(async ({ page, demo }) => {
  const api = new Api(demo);
  if ((await api.waiting()).total === null) {
    await api.waiting({ refresh: true });
    await api.take();
  }
  await signIn(page, demo);
});

test('what a look-up cannot prove asks, and a person answers', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-LOST');
  const record = page.url();
  await spoil(demo, { endpoint: 'put_document', effect: 'drop_before_store', nth: 1 });
  await send(page).click();
  await expect(state(page)).toHaveAttribute('data-status', 'unknown');
  await section(page).getByRole('link', { name: 'What is known' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('What became of');
  await expect(page.locator('main')).toContainText('E2E-LOST');
  await expect(page.locator('main')).toContainText('still looked for by itself');
  await expect(page.getByRole('button', { name: 'It was not stored, send again' })).toHaveCount(0);
  await pictures(page, 'unknown-settling');

  // It asks when its time has come; the page hears of it by itself.
  const again = page.getByRole('button', { name: 'It was not stored, send again' });
  await expect(again).toBeVisible({ timeout: 30_000 });
  await expectServerHtmlKept(page, await page.reload());
  await expectAccessible(page);
  await pictures(page, 'unknown-asks');
  expect(await orders(demo, 'E2E-LOST'), 'nothing was sent a second time by itself').toHaveLength(0);
  await again.click();
  await expect(page).toHaveURL(record, { timeout: 30_000 });
  await expect(state(page)).toHaveText('Synced', { timeout: 30_000 });
  expect(await orders(demo, 'E2E-LOST'), 'exactly one').toHaveLength(1);
});

test('a reply that was lost after storing is settled by itself', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-KEPT');
  await spoil(demo, { endpoint: 'put_document', effect: 'drop_after_store', nth: 1 });
  await send(page).click();
  await expect(state(page)).toHaveAttribute('data-status', 'unknown');
  await expect(state(page)).toHaveText('Synced', { timeout: 45_000 });
  expect(await orders(demo, 'E2E-KEPT'), 'exactly one').toHaveLength(1);
});

test('what Metakocka refuses is listed with its sentence and sent again', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-REFUSED');
  await spoil(demo, { endpoint: 'put_document', effect: 'opr_code', code: '2', text: 'Nekaj ni prav', nth: 1 });
  await send(page).click();
  await expect(state(page)).toHaveAttribute('data-reason', 'refused');
  await section(page).getByRole('link', { name: 'All that did not go through' }).click();
  const row = page.locator('.failure[data-why="refused"]');
  await expect(row).toContainText('Nekaj ni prav');
  await expect(row).toContainText('tried 1 time');
  await expectServerHtmlKept(page, await page.reload());
  await expectAccessible(page);
  await pictures(page, 'failures');

  await page.goto(`${demo.url}/runs`);
  await expectAccessible(page);
  await pictures(page, 'runs');
  await page.getByRole('link', { name: /Sent to Metakocka/ }).first().click();
  await expect(page.locator('.failure[data-outcome="failed"]')).toContainText('Nekaj ni prav');
  await expectServerHtmlKept(page, await page.reload());
  await expectAccessible(page);
  await pictures(page, 'run');

  await page.goto(`${demo.url}/failures`);
  await row.getByRole('button', { name: /again$/ }).click();
  await expect(page.locator('.toast')).toContainText('Created 1');
  await expect(row).toHaveCount(0);
  expect(await orders(demo, 'E2E-REFUSED')).toHaveLength(1);
});

test('a run shows its real progress and can be cancelled', async ({ page, demo }) => {
  for (const number of ['E2E-C1', 'E2E-C2', 'E2E-C3', 'E2E-C4']) await makeOrder(page, demo, number);
  await spoil(demo, { endpoint: 'put_document', effect: 'delay_ms', ms: 4000, count: 4 });
  await page.goto(`${demo.url}/sales-documents/send`);
  await page.getByRole('button', { name: /^Send \d+ to Metakocka/ }).click();
  await page.goto(`${demo.url}/runs`);
  await page.locator('.failure[data-run]').first().getByRole('link').click();
  await expect(page.locator('[data-state="running"]')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.locator('[data-state="cancelled"]')).toBeVisible({ timeout: 30_000 });
  await expect(page.locator('.failure[data-outcome="skipped"]').first()).toContainText('cancelled');
  await expect(page.getByRole('button', { name: 'Cancel' })).toHaveCount(0);
  const sent = (await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder?.startsWith('E2E-C'));
  expect(sent.length, 'what was not on its way was not sent').toBeLessThan(4);
  await pictures(page, 'run-cancelled');
});

test('a copy that carries the sign is shown beside the original until it is gone', async ({ page, demo, pageConsole }) => {
  await makeOrder(page, demo, 'E2E-TWIN');
  const record = page.url();
  await send(page).click();
  await expect(state(page)).toHaveText('Synced');
  const [made] = await orders(demo, 'E2E-TWIN');
  const before = new Set((await remoteDocuments(demo)).map(({ id }) => id));
  await createThere(demo, {
    kind: 'document', docType: 'sales_order', copyOf: made?.id, set: { notes: 'Kopija' },
  });
  const copy = (await remoteDocuments(demo)).find(({ id, docType }) => docType === 'sales_order' && !before.has(id));
  await new Api(demo).waiting({ refresh: true });
  await page.goto(record);
  await page.getByRole('link', { name: 'Decide' }).click();
  const both = page.locator(`[data-twin="${copy?.id}"]`);
  await expect(both).toContainText('Kopija');
  await expectServerHtmlKept(page, await page.reload());
  await expectAccessible(page);
  await pictures(page, 'duplicate');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.locator('.toast')).toContainText('It is still in Metakocka');
  await deleteThere(demo, { kind: 'document', docType: 'sales_order', id: copy?.id });
  // The question that the page asks for again is not there any more.
  pageConsole.expect(/status of 404/);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByRole('heading', { name: 'This question is settled' }).first()).toBeVisible();
  await page.goto(record);
  await expect(page.getByRole('link', { name: 'Decide' })).toHaveCount(0);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a person says which of the candidates it is', async ({ page, demo }) => {
    const name = 'Novi kupec E2E d.o.o.';
    await page.goto(`${demo.url}/contacts/new`);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Street and number').fill('Nova ulica 1');
    await page.getByLabel('Post number').fill('1000');
    await page.getByLabel('Town').fill('Ljubljana');
    await page.getByLabel('Country').fill('SI');
    await page.getByRole('button', { name: 'Save' }).click();
    const record = page.url();
    await spoil(demo, { endpoint: 'add_partner', effect: 'drop_before_store', nth: 1 });
    await send(page).click();
    await createThere(demo, { kind: 'partner', set: { name, street: 'Stara 2' } });
    await expect(async () => {
      await page.goto(record);
      await expect(state(page)).toHaveAttribute('data-reason', 'candidates', { timeout: 500 });
    }).toPass({ timeout: 40_000 });
    await section(page).getByRole('link', { name: 'Decide' }).click();
    await expect(page.locator('.choice')).toHaveCount(1);
    await expect(page.locator('.choice')).toContainText('Differs in');
    await takePicture(page, 'unknown-candidates');
    await page.locator('.choice').getByRole('button').click();
    await expect(page).toHaveURL(record);
    await expect(page.locator('.toast')).toContainText('Answered');
    await expect(async () => {
      await page.goto(record);
      await expect(section(page).locator('.kv')).not.toContainText('—', { timeout: 500 });
    }).toPass({ timeout: 20_000 });
    expect((await remotePartners(demo)).filter((partner) => partner.name === name)).toHaveLength(1);
  });
});
