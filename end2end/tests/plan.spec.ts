// What would be done is seen before it is done: a plan of one order shows its request, and applying it does that.
import { expectAccessible, SCHEMES, wear } from '../support/accessibility.ts';
import { Api, remoteDocuments } from '../support/api.ts';
import { gotoAndCompare, hydrated } from '../support/hydration.ts';
import { makeOrder, signIn } from '../support/people.ts';
import { takePicture } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

test.use({ demoOptions: { seed: 13, documents: 60 } });

test.beforeEach(async ({ page, demo }) => {
  const api = new Api(demo);
  if ((await api.waiting()).total === null) {
    await api.waiting({ refresh: true });
    await api.take();
  }
  await signIn(page, demo);
});

test('a plan shows what an order becomes, and applying it makes that', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-PLAN');
  await page.getByRole('link', { name: 'Preview' }).click();
  await hydrated(page);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page).toHaveURL(/\/plans\/[0-9a-f-]{36}$/);
  await hydrated(page);
  const item = page.locator('[data-deed="CreateThere"]');
  await expect(item).toHaveCount(1);
  await item.locator('summary').click();
  await expect(item.locator('pre')).toContainText('"buyer_order": "E2E-PLAN"');
  await expect(item.locator('pre')).not.toContainText('secret_key');
  for (const scheme of SCHEMES) {
    await wear(page, scheme);
    await expectAccessible(page);
    await takePicture(page, `plan-${scheme}`);
  }
  expect((await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === 'E2E-PLAN')).toHaveLength(0);
  const plan = page.url();
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page).toHaveURL(/\/runs\//);
  await expect.poll(async () => (await remoteDocuments(demo)).filter(({ buyerOrder }) => buyerOrder === 'E2E-PLAN').length).toBe(1);
  await page.goto(plan);
  await expect(page.getByRole('link', { name: 'Open the run' })).toBeVisible();
});

test('a plan of which something moved is not applied and is made again', async ({ page, demo }) => {
  await makeOrder(page, demo, 'E2E-STALE');
  const order = page.url();
  await page.getByRole('link', { name: 'Preview' }).click();
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page).toHaveURL(/\/plans\/[0-9a-f-]{36}$/);
  const plan = page.url();
  await page.goto(`${order}/edit`);
  await page.getByLabel('Subject').fill('Drug predmet');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.goto(plan);
  await expect(page.getByText('edited here since')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Apply' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Make a new plan' }).click();
  await expect(page.getByRole('button', { name: 'Apply' })).toBeVisible();
  expect(page.url()).not.toBe(plan);
});

test('the pages of plans are what the server sent', async ({ page, demo }) => {
  await gotoAndCompare(page, `${demo.url}/plans/new?kind=contact&way=to-mk`);
  await page.getByRole('button', { name: 'Make the plan' }).click();
  await expect(page).toHaveURL(/\/plans\/[0-9a-f-]{36}$/);
  await gotoAndCompare(page, page.url());
});
