// Every page, for every kind of person, in every dress: as the server sent it, accessible, within its width, silent.
import type { Page } from '@playwright/test';
import { expectAccessibleNow, SCHEMES, wear } from '../support/accessibility.ts';
import { Api, remoteDocuments, type RemoteDocument } from '../support/api.ts';
import { member, type Demo, type Member } from '../support/demo.ts';
import { expectServerHtmlKept } from '../support/hydration.ts';
import { signIn } from '../support/people.ts';
import { takePicture } from '../support/pictures.ts';
import { expect, test } from '../support/test.ts';

// So many that there is a page of everything: other currencies, lines of text, a second page.
test.use({ demoOptions: { seed: 7, documents: 400 } });

const WIDTHS = [1280, 360] as const;

/** Takes everything in, so that lists and documents have content; the same for each test. */
async function prepared(demo: Demo): Promise<void> {
  const api = new Api(demo);
  if ((await api.waiting()).total === null) {
    await api.waiting({ refresh: true });
    await api.take();
  }
}

/** The page of the first document in Metakocka that fits, found by its number as people do. */
async function documentPage(page: Page, demo: Demo, fits: (document: RemoteDocument) => boolean): Promise<string> {
  const found = (await remoteDocuments(demo)).find((document) => document.number !== '' && fits(document));
  expect(found, 'the demo has such a document').toBeDefined();
  await page.goto(`${demo.url}/sales-documents?q=${encodeURIComponent(found?.number ?? '')}`);
  const link = page.locator('.at-number a').filter({ hasText: new RegExp(`^\\s*${found?.number}\\s*$`) });
  return (await link.first().getAttribute('href')) ?? '';
}

/** Opens a page and looks at it in both schemes and both widths. Axe takes seconds for a long list, so it looks at one
 * dress of each scheme and of each width: a contrast depends on the scheme, what is shown on the width. */
async function lookAt(page: Page, url: string, name: string, status = 200): Promise<void> {
  await page.setViewportSize({ width: WIDTHS[0], height: 800 });
  const response = await page.goto(url);
  expect(response?.status()).toBe(status);
  await expectServerHtmlKept(page, response);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const scheme of SCHEMES) {
      await wear(page, scheme);
      await expectWithin(page, width);
      if ((width === WIDTHS[0]) === (scheme === 'light')) await expectAccessibleNow(page, `${width} px, ${scheme}`);
      await takePicture(page, `${name}-${width}-${scheme}`);
    }
  }
}

/** Nothing makes the page wider than the screen, and no number is cut off. */
async function expectWithin(page: Page, width: number): Promise<void> {
  const { scrolled, cut } = await page.evaluate(() => ({
    scrolled: document.documentElement.scrollWidth,
    cut: [...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth).length,
  }));
  expect(scrolled, `${page.url()} at ${width} px`).toBeLessThanOrEqual(width);
  if (width === WIDTHS[0]) expect(cut, 'a table that has to be scrolled on a wide screen').toBe(0);
}

const hasTextLine = ({ lines }: RemoteDocument) => lines.some(({ kind }) => kind.toLowerCase() === 'text');
const isForeign = ({ currency }: RemoteDocument) => currency !== 'EUR';

test('signing in', async ({ page, demo }) => {
  await lookAt(page, `${demo.url}/sign-in`, 'sign-in');
});

for (const role of ['owner', 'read_only'] as const satisfies Member['role'][]) {
  test.describe(`as ${role}`, () => {
    test.beforeEach(async ({ page, demo }) => {
      await prepared(demo);
      await signIn(page, demo, member(demo, role));
    });

    for (const [name, path] of Object.entries({
      list: '/sales-documents',
      found: '/sales-documents?q=d.o.o.&type=order&from=2024-01-01&to=2030-12-31&sort=customer&dir=desc',
      'second-page': '/sales-documents?sort=total&page=2',
      'one-state': '/sales-documents?state=conflict',
      'nothing-found': '/sales-documents?q=nobody+has+this+number',
      waiting: '/sales-documents/waiting',
      settings: '/settings/metakocka',
      styleguide: '/styleguide',
      send: '/sales-documents/send',
      'new-document': '/sales-documents/new',
      contacts: '/contacts',
      'contacts-found': '/contacts?q=d.o.o.',
      'new-contact': '/contacts/new',
      'send-contacts': '/contacts/send',
      products: '/products',
      'new-product': '/products/new',
      'send-products': '/products/send',
    })) {
      test(name, async ({ page, demo }) => {
        await lookAt(page, demo.url + path, `${role}-${name}`);
      });
    }

    test('a document with a line of text', async ({ page, demo }) => {
      const path = await documentPage(page, demo, (document) => hasTextLine(document) && !isForeign(document));
      await lookAt(page, demo.url + path, `${role}-document-text`);
      await expect(page.locator('tbody em')).not.toHaveCount(0);
    });

    test('a document in another currency', async ({ page, demo }) => {
      const path = await documentPage(page, demo, isForeign);
      await lookAt(page, demo.url + path, `${role}-document-currency`);
      await expect(page.locator('.totals .sum').last()).toContainText(/[A-Z]{3}/);
    });

    for (const list of ['/contacts', '/products']) {
      test(`the first of ${list}`, async ({ page, demo }) => {
        await page.goto(demo.url + list);
        const path = (await page.locator('tr[data-id] a.main').first().getAttribute('href')) ?? '';
        await lookAt(page, demo.url + path, `${role}-first-of-${list.slice(1)}`);
        await expect(page.locator('#sync .state')).toBeVisible();
      });
    }

    test('a document that is not sent yet', async ({ page, demo }) => {
      await page.goto(`${demo.url}/sales-documents?state=to_send`);
      const path = (await page.locator('.at-number a').first().getAttribute('href')) ?? '';
      await lookAt(page, demo.url + path, `${role}-document-to-send`);
      const send = page.locator('#sync').getByRole('button', { name: 'Send to Metakocka' });
      await expect(send).toHaveCount(role === 'read_only' ? 0 : 1);
    });

    test('what does not exist', async ({ page, demo, pageConsole }) => {
      pageConsole.expect(/Failed to load resource: .* status of 404/);
      await lookAt(page, `${demo.url}/nowhere`, `${role}-not-found`, 404);
      await lookAt(page, `${demo.url}/sales-documents/01a20cd7-0000-7000-8000-000000000000`, `${role}-no-document`, 404);
      await lookAt(page, `${demo.url}/contacts/01a20cd7-0000-7000-8000-000000000000`, `${role}-no-contact`, 404);
    });
  });
}

test('somebody who may only look is offered nothing else', async ({ page, demo }) => {
  await prepared(demo);
  await signIn(page, demo, member(demo, 'read_only'));
  await expect(page.locator('.primary [data-state]')).toHaveAttribute('aria-disabled', 'true');
  await expect(page.locator('.primary [role="tooltip"]')).toContainText('Your role can look, not sync');
  await expect(page.locator('[data-push]')).toHaveCount(0);
  await page.goto(`${demo.url}/sales-documents?state=to_send`);
  await expect(page.locator('tr[data-id]').first()).toBeVisible();
  await expect(page.locator('tr[data-id]').getByRole('button')).toHaveCount(0);
  await page.goto(`${demo.url}/sales-documents/waiting`);
  await expect(page.locator('tr[data-key]').getByRole('button')).toHaveCount(0);
  await page.goto(`${demo.url}/settings/metakocka`);
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await expect(page.getByLabel('Company ID')).toHaveAttribute('readonly', '');
  await expect(page.getByLabel('Secret key')).toHaveCount(0);
});

test('the workspace that is not connected says where to begin', async ({ page, demo }) => {
  await signIn(page, demo, demo.second);
  await expect(page.locator('.primary [data-state]')).toHaveText('Connect Metakocka');
  await lookAt(page, `${demo.url}/sales-documents`, 'second-list');
  await lookAt(page, `${demo.url}/settings/metakocka`, 'second-settings');
});

test('a chosen theme is sent by the server', async ({ page, demo }) => {
  await signIn(page, demo);
  await page.getByRole('group', { name: 'Theme' }).first().getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect.poll(async () => (await page.context().cookies()).find(({ name }) => name === 'theme')?.value).toBe('dark');
  await expectServerHtmlKept(page, await page.reload());
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});
