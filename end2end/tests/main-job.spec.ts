// The main job (issue: Shows 2): two thousand documents arrive, and every number on the way is the run's own.
import type { Page } from '@playwright/test';
import { Api, slowDown, type Run } from '../support/api.ts';
import { heardEnd, heardRuns, listen } from '../support/events.ts';
import { hydrated } from '../support/hydration.ts';
import { count, signIn, syncButton } from '../support/people.ts';
import { expect, openTab, test } from '../support/test.ts';

test.use({ demoOptions: { seed: 7, documents: 2000 } });

/** One state of the button, and the run's row read right after it was seen. */
interface Seen {
  label: string;
  row: Run | null;
}

declare global {
  interface Window {
    seen?: Promise<Seen>[];
  }
}

/** Notes every label of the button from now on, each with the run's row as the API tells it afterwards. */
async function watchButton(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: Promise<Seen>[] = [];
    window.seen = seen;
    let last = '';
    const pull = () =>
      (window.heard ?? [])
        .filter(({ topic }) => topic === 'run')
        .map(({ data }) => JSON.parse(data) as Run)
        .findLast(({ pulls }) => pulls);
    const row = async (): Promise<Run | null> => {
      // The button may be read before the second stream tells of the run.
      for (let tries = 0; pull() === undefined && tries < 50; tries += 1) await new Promise((later) => setTimeout(later, 100));
      const run = pull();
      if (run === undefined) return null;
      const answer = await fetch(`/api/integrations/metakocka/runs/${run.id}`);
      return (await answer.json()) as Run;
    };
    const note = () => {
      const label = document.querySelector('.primary [data-state]')?.textContent.trim() ?? '';
      if (label === last || label === '') return;
      last = label;
      seen.push(row().then((row) => ({ label, row })));
    };
    new MutationObserver(note).observe(document.querySelector('.primary')!, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    note();
  });
}

const seen = (page: Page): Promise<Seen[]> => page.evaluate(() => Promise.all(window.seen ?? []));

/** The numbers of a label like "Syncing 1,284 of 1,981…". */
function progress(label: string): { done: number; total: number } | undefined {
  const [, done, total] = /^Syncing ([\d,]+) of ([\d,]+)…$/.exec(label) ?? [];
  if (done === undefined || total === undefined) return undefined;
  return { done: Number(done.replaceAll(',', '')), total: Number(total.replaceAll(',', '')) };
}

/** How many documents the chip of a state counts. */
async function chip(page: Page, name: string): Promise<number> {
  const text = await page.getByRole('navigation', { name: 'Filter by state' }).getByRole('link', { name }).first().textContent();
  return Number((text ?? '').replace(/\D/g, ''));
}

test('two thousand documents are checked, synced and counted alike everywhere', async ({ page, context, demo }) => {
  test.setTimeout(120_000);
  const { new: created, changed: updated, review } = demo.planted;
  const all = count(created + updated);
  const api = new Api(demo);
  await signIn(page, demo);
  await hydrated(page);
  const before = await chip(page, 'All');
  const button = syncButton(page);
  const { tab: other, tabConsole: otherConsole } = await openTab(context);

  await test.step('a check counts what can be taken', async () => {
    await expect(button).toHaveText('Check Metakocka');
    await button.click();
    await expect(button).toHaveText(`Sync ${all} from Metakocka`, { timeout: 30_000 });
    expect((await api.waiting()).total).toBe(created + updated + review);
    await expect(page.getByRole('status').locator('.toast')).toHaveCount(0);
  });

  const changed = await test.step('a second tab shows which documents are newer there', async () => {
    await other.goto(`${demo.url}/sales-documents?state=to_take`);
    await expect(other.locator('tr[data-id]')).toHaveCount(updated);
    const first = await other.locator('tr[data-id] .at-number a').first().getAttribute('href');
    await other.goto(`${demo.url}/sales-documents`);
    await expect(syncButton(other)).toHaveText(`Sync ${all} from Metakocka`);
    return first;
  });

  // So that there is time to reload in the middle, whatever the machine.
  await slowDown(demo, 30);
  await listen(page);
  await watchButton(page);
  await button.click();

  await test.step('the second tab follows, and a reload in the middle keeps the truth', async () => {
    await expect(syncButton(other)).toHaveText(/^Syncing [1-9]/, { timeout: 30_000 });
    const shown = progress((await syncButton(other).textContent()) ?? '')?.done ?? 0;
    await other.reload();
    const after = progress((await syncButton(other).textContent()) ?? '');
    expect(after, 'the run still works after the reload').toBeDefined();
    expect(after?.total).toBe(created + updated);
    expect(after?.done).toBeGreaterThanOrEqual(shown);
  });

  const ended = await heardEnd(page, true);
  await expect(button).toHaveText(`${count(review)} need review`);

  await test.step('toast, run row, chips and table say the same', async () => {
    const toast = page.locator('.toast');
    await expect(toast).toHaveCount(1);
    await expect(toast).toContainText('Sync completed');
    await expect(toast).toContainText(`Created ${count(created)}, updated ${count(updated)}, unchanged 0`);
    const row = await api.run(ended.id);
    expect(row).toMatchObject({ state: 'done', created, updated, unchanged: 0, failed: 0, unknown: 0, review: 0, skipped: 0 });
    expect(row).toMatchObject({ total: created + updated, done: created + updated });
    await expect.poll(() => chip(page, 'All')).toBe(before + created);
    expect(await chip(page, 'Synced')).toBe(created + updated);
    await expect(page.locator('.head .sub')).toContainText(`${count(before + created)} documents`);
    await expect(page.locator('.pager')).toContainText(`of ${count(before + created)}`);
  });

  await test.step('the button rose in at least five steps, each the value of the run row', async () => {
    const rows = (await heardRuns(page)).filter(({ id }) => id === ended.id);
    const told = new Set(rows.map(({ done }) => done));
    const labels = await seen(page);
    const steps = labels.flatMap(({ label, row }) => {
      const shown = progress(label);
      return shown === undefined ? [] : [{ ...shown, row }];
    });
    for (const [index, { done, total, row }] of steps.entries()) {
      expect(total).toBe(created + updated);
      expect([...told, 0], 'a value that the run row had').toContain(done);
      expect(row?.done, 'the run row was there already').toBeGreaterThanOrEqual(done);
      expect(done, `rising: ${steps.map((step) => step.done).join(' ')}`).toBeGreaterThan(steps[index - 1]?.done ?? -1);
    }
    expect(new Set(steps.map(({ done }) => done)).size).toBeGreaterThanOrEqual(5);
    const after = labels.slice(labels.findLastIndex(({ label }) => progress(label) !== undefined) + 1);
    expect(after.map(({ label }) => label), 'nothing between the last step and the end').toEqual([`${count(review)} need review`]);
  });

  await test.step('the second tab came to the same end without a toast', async () => {
    await expect(syncButton(other)).toHaveText(`${count(review)} need review`);
    await expect(other.locator('.toast')).toHaveCount(0);
    expect(otherConsole.unexpected()).toEqual([]);
    await other.close();
  });

  await test.step('exactly those for review wait', async () => {
    await button.click();
    await expect(page.getByRole('heading', { level: 1, name: 'Waiting in Metakocka' })).toBeVisible();
    await expect(page.locator('tr[data-key]')).toHaveCount(review);
    await expect(page.locator('tr[data-key]').filter({ has: page.getByRole('checkbox') })).toHaveCount(0);
    const waiting = await api.waiting();
    expect(waiting.total).toBe(review);
    const keys = await page.locator('tr[data-key]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')?.split(':')[1]));
    expect(keys.sort()).toEqual(waiting.documents.map(({ mk_id }) => mk_id).sort());
  });

  await test.step('a document that was changed there is shown as it is there', async () => {
    await page.goto(`${demo.url}${changed}`);
    await expect(page.locator('.facts')).toContainText('Agreed by telephone');
    await expect(page.locator('#sync .state')).toHaveText('Synced');
  });
});
