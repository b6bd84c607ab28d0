// Two filled systems meet: a workspace with contacts and products of its own is connected, confirms what belongs
// together, and answers what is asked. Nothing is created on either side by it.
import type { Page } from '@playwright/test';
import { expectAccessible, SCHEMES, wear } from '../support/accessibility.ts';
import { Api, remotePartners, remoteProducts, type RemotePartner } from '../support/api.ts';
import type { Demo } from '../support/demo.ts';
import { expectServerHtmlKept, hydrated } from '../support/hydration.ts';
import { signIn, syncButton } from '../support/people.ts';
import { takePicture } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

test.use({ demoOptions: { seed: 11, documents: 60 } });
test.describe.configure({ mode: 'serial' });

const PAGE = '/settings/metakocka/matching';

/** The panel of a kind. */
const panel = (page: Page, kind: string) => page.locator(`section[data-kind="${kind}"]`);

/** How many there are of a class. */
const counted = (page: Page, kind: string, name: string) => panel(page, kind).locator(`[data-class="${name}"] .num`);

/** Partners that a tax number or an e-mail tells from every other. */
function unique(partners: RemotePartner[]): { certain: RemotePartner; asked: RemotePartner } {
  const carried = (trait: (partner: RemotePartner) => string | undefined) => (wanted: RemotePartner) =>
    trait(wanted) !== undefined && partners.filter((other) => trait(other) === trait(wanted)).length === 1;
  const tax = (partner: RemotePartner) => partner.taxNumber?.replace(/^SI/, '') || undefined;
  const email = (partner: RemotePartner) => partner.contacts[0]?.email?.toLowerCase() || undefined;
  const slovenian = (partner: RemotePartner) => /^(SI)?\d{8}$/.test(partner.taxNumber ?? '');
  const found = partners.filter((one) => one.business && slovenian(one) && carried(tax)(one) && carried(email)(one));
  const [certain, asked] = found;
  if (certain === undefined || asked === undefined) throw new Error('the company has no such partners');
  return { certain, asked };
}

/** What the second workspace has before it is connected. */
interface Here {
  certain: string;
  asked: string;
  product: string;
}

let here: Here;

async function fill(demo: Demo): Promise<Here> {
  const api = new Api(demo, demo.second.apiToken);
  const { certain, asked } = unique(await remotePartners(demo));
  const [product] = await remoteProducts(demo);
  const unit = { unit: 'kos', sold: true, active: true };
  const taxNumber = certain.taxNumber?.replace(/^SI/, '');
  const ids = {
    certain: await api.make('contacts', { name: certain.name, company: true, taxNumber }),
    asked: await api.make('contacts', { name: 'Pod drugim imenom', company: true, person: { email: asked.contacts[0]?.email } }),
    product: await api.make('products', { code: product?.code, name: product?.name, ...unit }),
  };
  await api.make('contacts', { name: 'Samo tukaj d.o.o.', company: true });
  await api.make('products', { code: 'SAMO-TU-1', name: 'Samo tukaj', ...unit });
  return ids;
}

test('a filled workspace connects and is told to confirm first', async ({ page, demo }) => {
  here = await fill(demo);
  await signIn(page, demo, demo.second);
  await page.goto(`${demo.url}/settings/metakocka`);
  await hydrated(page);
  await page.getByLabel('Company ID').fill(demo.companyId);
  await page.getByLabel('Secret key').fill(demo.secretKey);
  await page.getByLabel('Address').fill(demo.simulatorUrl);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.toast')).toContainText('Saved');
  await page.goto(`${demo.url}/sales-documents`);
  await expect(syncButton(page)).toHaveText('Confirm the matching first');
  await expect(syncButton(page)).toHaveAttribute('data-state', 'matching');
  await syncButton(page).click();
  await expect(page).toHaveURL(demo.url + PAGE);
});

test('it looks, sees what a confirmation will do, and confirms', async ({ page, demo }) => {
  const partners = (await remotePartners(demo)).length;
  await signIn(page, demo, demo.second);
  await page.goto(demo.url + PAGE);
  await hydrated(page);
  await expect(page.locator('main')).toContainText('Nobody has looked in Metakocka yet');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Look in Metakocka' }).click();
  await expect(panel(page, 'contact')).toHaveAttribute('data-state', 'to_confirm', { timeout: 40_000 });
  await expect(counted(page, 'contact', 'certain')).toHaveText('1');
  await expect(counted(page, 'contact', 'candidates')).toHaveText('1');
  await expect(counted(page, 'contact', 'only_here')).toHaveText('1');
  await expect(counted(page, 'product', 'certain')).toHaveText('1');
  await expect(panel(page, 'sales_document')).toHaveAttribute('data-state', 'confirmed');
  for (const summary of await page.getByText('Examples').all()) await summary.click();
  await expect(panel(page, 'contact').locator('[data-class="certain"]')).toContainText('In common: tax number');
  await expectAccessible(page);
  await pictures(page, 'matching');

  await panel(page, 'contact').getByRole('button', { name: 'Confirm and link 1' }).click();
  await expect(page.locator('.toast')).toContainText('Linked 1, to decide 1');
  await expect(panel(page, 'contact')).toHaveAttribute('data-state', 'confirmed');
  await panel(page, 'product').getByRole('button', { name: 'Confirm and link 1' }).click();
  await expect(panel(page, 'product')).toHaveAttribute('data-state', 'confirmed');
  await expectServerHtmlKept(page, await page.reload());
  const api = new Api(demo, demo.second.apiToken);
  expect((await api.syncOf('contacts', here.certain)).metakockaId).not.toBeNull();
  expect((await api.syncOf('products', here.product)).metakockaId).not.toBeNull();
  expect((await remotePartners(demo)).length, 'nothing was made in Metakocka').toBe(partners);
});

test('a candidate is answered beside what differs', async ({ page, demo }) => {
  await signIn(page, demo, demo.second);
  await page.goto(demo.url + PAGE);
  await hydrated(page);
  await page.locator(`a[href="/review/match/contacts/${here.asked}"]`).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Which one is it in Metakocka?');
  await expect(page.locator('.candidate')).toHaveCount(1);
  await expect(page.locator('.candidate .compare')).toContainText('Pod drugim imenom');
  await expectServerHtmlKept(page, await page.reload());
  await expectAccessible(page);
  await pictures(page, 'match-question');
  await hydrated(page);
  await page.getByRole('button', { name: 'It is this one' }).click();
  await expect(page.locator('.toast')).toContainText('Linked');
  await expect(page.locator('main')).toContainText('Nothing to decide here');
  const sync = await new Api(demo, demo.second.apiToken).syncOf('contacts', here.asked);
  expect(sync.metakockaId).not.toBeNull();
  await page.goto(`${demo.url}/sales-documents`);
  await expect(syncButton(page)).toHaveText(/^Sync \d+ from Metakocka$/);
});

/** Pictures in both schemes, wide and narrow. */
async function pictures(page: Page, name: string): Promise<void> {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(sideways, `${name} at ${width} does not scroll sideways`).toBeLessThanOrEqual(0);
    for (const scheme of SCHEMES) {
      await wear(page, scheme);
      await takePicture(page, `${name}-${width}-${scheme}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}
