// The stream of events: whose events it tells, when it is open, and how it goes on.
import { Api } from '../support/api.ts';
import { heard, heardEnd, listen, streamStates, watchStreams } from '../support/events.ts';
import { hydrated } from '../support/hydration.ts';
import { signIn, syncButton } from '../support/people.ts';
import { withProxy } from '../support/proxy.ts';
import { expect, openTab, test } from '../support/test.ts';

test.use({ demoOptions: { seed: 7, documents: 70 } });

const OPEN = 1;
const CLOSED = 2;
/** A revoked session may go on listening for two seconds, and a busy machine adds some. */
const REVOCATION_MS = 10_000;
/** Browsers wait some seconds before they ask for a lost stream again. */
const RECONNECT_MS = 20_000;

test('two workspaces never hear of each other', async ({ page, demo, browser }) => {
  await signIn(page, demo);
  await hydrated(page);
  await listen(page);
  const elsewhere = await browser.newContext();
  try {
    const { tab: other } = await openTab(elsewhere);
    await signIn(other, demo, demo.second);
    await hydrated(other);
    await listen(other);
    await new Api(demo).waiting({ refresh: true });
    const look = await heardEnd(page, false);
    expect(await heard(other)).toEqual([]);

    await other.goto(`${demo.url}/settings/metakocka`);
    await hydrated(other);
    await listen(other);
    await other.getByLabel('Company ID').fill(demo.companyId);
    await other.getByLabel('Secret key').fill(demo.secretKey);
    await other.getByLabel('Address').fill(demo.simulatorUrl);
    await other.getByRole('button', { name: 'Save' }).click();
    await expect(other.locator('.toast')).toContainText('Saved');
    await new Api(demo, demo.second.apiToken).waiting({ refresh: true });
    const theirs = await heardEnd(other, false);
    expect(theirs.id).not.toBe(look.id);
    expect((await heard(page)).filter(({ data }) => data.includes(theirs.id))).toEqual([]);
  } finally {
    await elsewhere.close();
  }
});

test('a hidden tab closes its stream, and reads what it missed when it is shown', async ({ page, demo }) => {
  await watchStreams(page);
  await signIn(page, demo);
  await expect.poll(() => streamStates(page)).toEqual([OPEN]);
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => now });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, state);
  await show('hidden');
  await expect.poll(() => streamStates(page)).toEqual([CLOSED]);
  const api = new Api(demo);
  await api.waiting({ refresh: true });
  const waiting = (await api.waiting()).documents.filter(({ reason }) => reason === 'new');
  await api.take([waiting[0]?.mk_id ?? '']);
  const left = (await api.waiting()).total ?? 0;
  await show('visible');
  await expect.poll(() => streamStates(page)).toEqual([CLOSED, OPEN]);
  await expect(syncButton(page)).toHaveText(`Sync ${left - demo.planted.review} from Metakocka`);
});

test('a stream that was cut goes on where it stopped', async ({ demo, browser }) => {
  await withProxy(async (proxy) => {
    const context = await browser.newContext({ proxy: { server: proxy.server } });
    try {
      const { tab: page } = await openTab(context);
      await signIn(page, demo);
      await hydrated(page);
      await listen(page);
      const api = new Api(demo);
      await api.waiting({ refresh: true });
      await heardEnd(page, false);
      const before = await heard(page);
      proxy.cut();
      const [next] = (await api.waiting()).documents.filter(({ reason }) => reason === 'new');
      const taken = await api.take([next?.mk_id ?? '']);
      expect(taken).toMatchObject({ total: 1, created: 1 });
      expect(await heard(page), 'nothing passes a stream that was cut').toEqual(before);
      proxy.mend();
      await expect.poll(async () => (await heard(page)).some(({ data }) => data.includes(taken.runId)), { timeout: RECONNECT_MS }).toBe(true);
      await heardEnd(page, true);
      const numbers = (await heard(page)).map(({ id }) => id);
      expect(numbers, 'nothing is missing and nothing comes twice').toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
      expect(proxy.resumedFrom).toContain(String(before.at(-1)?.id));
    } finally {
      await context.close();
    }
  });
});

test('a session that was ended elsewhere ends its streams', async ({ page, context, demo, pageConsole }) => {
  // The browser asks again for the stream and is refused.
  pageConsole.expect(/Failed to load resource: .* status of 401/);
  await watchStreams(page);
  await signIn(page, demo);
  await expect.poll(() => streamStates(page)).toEqual([OPEN]);
  const { tab: other } = await openTab(context);
  await other.goto(`${demo.url}/sales-documents`);
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other.getByLabel('Password')).toBeVisible();
  await expect.poll(async () => (await streamStates(page))[0], { timeout: REVOCATION_MS }).toBe(CLOSED);
  await page.reload();
  await expect(page.getByLabel('Password')).toBeVisible();
});
