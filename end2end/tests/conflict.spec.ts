// What only a person can say about a linked record: both sides changed the same, or one of them has it no more.
import type { Page } from '@playwright/test';
import { expectAccessibleNow, SCHEMES, wear } from '../support/accessibility.ts';
import { Api, deleteThere, editThere, remoteDocuments, type RemoteDocument } from '../support/api.ts';
import type { Demo } from '../support/demo.ts';
import { expectServerHtmlKept } from '../support/hydration.ts';
import { makeOrder, signIn } from '../support/people.ts';
import { takePicture } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

test.use({ demoOptions: { seed: 7, documents: 60 } });

const section = (page: Page) => page.locator('#sync');
const toast = (page: Page) => page.locator('.toast');

test.beforeEach(async ({ page, demo }) => {
  const api = new Api(demo);
  if ((await api.waiting()).total === null) {
    await api.waiting({ refresh: true });
    await api.take();
  }
  await signIn(page, demo);
});

/** The order with this number of the customer, as Metakocka has it. */
async function there(demo: Demo, theirNumber: string): Promise<RemoteDocument> {
  const found = (await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === theirNumber);
  expect(found, 'it is there once').toHaveLength(1);
  return found[0] as RemoteDocument;
}

/** Makes an order, and sends it; returns its id here. */
async function sentOrder(page: Page, demo: Demo, theirNumber: string): Promise<string> {
  await makeOrder(page, demo, theirNumber);
  await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
  await expect(section(page).locator('.state')).toHaveText('Synced');
  await expect(page.locator('h1')).toContainText((await there(demo, theirNumber)).number);
  return page.url().split('/').at(-1) ?? '';
}

async function editHere(page: Page, demo: Demo, id: string, subject: string, notes: string): Promise<void> {
  await page.goto(`${demo.url}/sales-documents/${id}/edit`);
  await page.getByLabel('Subject').fill(subject);
  await page.getByLabel('Notes').fill(notes);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(new RegExp(`/sales-documents/${id}$`));
}

/** An order that is edited on both sides. */
async function conflict(page: Page, demo: Demo, theirNumber: string): Promise<string> {
  const id = await sentOrder(page, demo, theirNumber);
  await editHere(page, demo, id, 'Moj predmet', 'Moja opomba');
  await editThere(demo, await there(demo, theirNumber), { title: 'Njihov predmet', notes: 'Njihova opomba' });
  await new Api(demo).waiting({ refresh: true });
  await page.reload();
  await expect(section(page).locator('.state')).toHaveAttribute('data-reason', 'conflict');
  return id;
}

/** One part as it is here, one as it is there; what is here is sent. */
async function resolve(page: Page, demo: Demo, id: string, theirNumber: string): Promise<void> {
  await section(page).getByRole('link', { name: 'Decide' }).click();
  await expect(page).toHaveURL(`${demo.url}/review/sales-documents/${id}`);
  await page.getByRole('radio', { name: 'What is here, for subject' }).check();
  await page.getByRole('radio', { name: 'What Metakocka has, for notes' }).check();
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(toast(page)).toContainText('Created 0, updated 1, unchanged 0');
  await expect(page.getByRole('heading', { name: 'Nothing is to be decided here any more' })).toBeVisible();
  await expectEqual(demo, id, theirNumber);
}

/** Both sides say the same, seen from outside. */
async function expectEqual(demo: Demo, id: string, theirNumber: string): Promise<void> {
  const [api, remote] = [new Api(demo), await there(demo, theirNumber)];
  expect(remote).toMatchObject({ title: 'Moj predmet', notes: 'Njihova opomba' });
  expect(await api.document(id)).toMatchObject({ title: 'Moj predmet', notes: 'Njihova opomba', number: remote.number });
  expect((await api.status(id)).syncStatus).toBe('synced');
  expect((await api.conflicts()).conflicts.map((question) => question.id)).not.toContain(id);
}

/** Axe and a picture in both schemes, wide and narrow; nothing scrolls sideways. */
async function look(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const scheme of SCHEMES) {
      await wear(page, scheme);
      await expectAccessibleNow(page, `${width} ${scheme}`);
      await takePicture(page, `${name}-${width}-${scheme}`);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  if (before !== null) await page.setViewportSize(before);
}

test.describe('with a script', () => {
  test('an order edited on both sides is decided part by part, and both sides are equal', async ({ page, demo }) => {
    const id = await conflict(page, demo, 'E2E-CONFLICT');
    await page.goto(`${demo.url}/review`);
    await expectServerHtmlKept(page, await page.reload());
    const row = page.locator('.item').filter({ has: page.locator(`a[href="/review/sales-documents/${id}"]`) });
    await expect(row).toHaveAttribute('data-reason', 'conflict');
    await expect(row).toContainText('Changed here and in Metakocka: the notes, the subject.');
    await look(page, 'review-list');

    await page.goto(`${demo.url}/review/sales-documents/${id}`);
    await expectServerHtmlKept(page, await page.reload());
    const says = page.locator('.apply p');
    await expect(says).toHaveText('Nothing is chosen yet. What you leave open is asked again.');
    await page.getByRole('radio', { name: 'What is here, for subject' }).check();
    await expect(says).toHaveText('Sent to Metakocka: subject. Left open: notes.');
    await page.getByRole('radio', { name: 'What Metakocka has, for notes' }).check();
    await expect(says).toHaveText('Taken here: notes. Sent to Metakocka: subject. Then both sides are equal.');
    await look(page, 'review-conflict');

    await page.goto(`${demo.url}/sales-documents/${id}`);
    await resolve(page, demo, id, 'E2E-CONFLICT');
  });

  test('what is gone in Metakocka is made again', async ({ page, demo }) => {
    const id = await sentOrder(page, demo, 'E2E-GONE');
    const first = await there(demo, 'E2E-GONE');
    await editHere(page, demo, id, 'Moj predmet', 'Moja opomba');
    await deleteThere(demo, { kind: 'document', docType: first.docType, id: first.id });
    await section(page).getByRole('button', { name: 'Send to Metakocka' }).click();
    await expect(section(page).locator('.state')).toHaveAttribute('data-reason', 'gone');
    await section(page).getByRole('link', { name: 'Decide' }).click();
    await expect(page.getByRole('button', { name: 'Keep it only here' })).toBeVisible();
    await expect(page.locator('section').filter({ hasText: 'Edited here and not sent' }).last()).toContainText('Moja opomba');
    await look(page, 'review-gone');
    await page.getByRole('button', { name: 'Create it again in Metakocka' }).click();
    await expect(toast(page).filter({ hasText: 'Created 1' })).toBeVisible();
    const again = await there(demo, 'E2E-GONE');
    expect(again.id).not.toBe(first.id);
    expect(again).toMatchObject({ title: 'Moj predmet', notes: 'Moja opomba' });
    expect((await new Api(demo).status(id)).syncStatus).toBe('synced');
  });

  test('what was deleted here comes back with what Metakocka has', async ({ page, demo }) => {
    const id = await sentOrder(page, demo, 'E2E-DELETED');
    const api = new Api(demo);
    // The page of a record that is deleted would say that it does not exist.
    await page.goto(`${demo.url}/review`);
    await api.remove(id);
    await editThere(demo, await there(demo, 'E2E-DELETED'), { title: 'Njihov predmet' });
    await api.waiting({ refresh: true });
    await page.goto(`${demo.url}/review/sales-documents/${id}`);
    await expect(page.locator('section').filter({ hasText: 'Changed in Metakocka since' }).last()).toContainText('Njihov predmet');
    await look(page, 'review-deleted');
    await page.getByRole('button', { name: 'Restore it with what Metakocka has' }).click();
    await expect(page.getByRole('heading', { name: 'Nothing is to be decided here any more' })).toBeVisible();
    expect(await api.document(id)).toMatchObject({ title: 'Njihov predmet' });
    expect((await api.status(id)).syncStatus).toBe('synced');
  });
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('an order edited on both sides is decided by a plain form', async ({ page, demo }) => {
    const id = await conflict(page, demo, 'E2E-PLAIN-CONFLICT');
    await page.goto(`${demo.url}/review/sales-documents/${id}`);
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect(page.locator('form [role="alert"]')).toContainText('Choose at least one value, then apply.');
    await page.goto(`${demo.url}/sales-documents/${id}`);
    await resolve(page, demo, id, 'E2E-PLAIN-CONFLICT');
  });
});
