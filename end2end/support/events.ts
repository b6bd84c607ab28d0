// What a page hears: a second stream beside the application's own, and what became of the application's.
import { expect, type Page } from '@playwright/test';
import type { Run } from './api.ts';

/** An event of the stream. */
export interface Heard {
  id: number;
  topic: string;
  data: string;
}

declare global {
  interface Window {
    /** Everything the second stream said. */
    heard?: Heard[];
    /** The second stream. */
    listener?: EventSource;
    /** The streams that the application opened, oldest first. */
    streams?: EventSource[];
  }
}

/** Call before the first page: keeps the application's streams in sight. */
export async function watchStreams(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const streams: EventSource[] = [];
    window.streams = streams;
    window.EventSource = class extends EventSource {
      constructor(url: string | URL, options?: EventSourceInit) {
        super(url, options);
        streams.push(this);
      }
    };
  });
}

/** The states of the application's streams: 0 connecting, 1 open, 2 closed. */
export const streamStates = (page: Page): Promise<number[]> =>
  page.evaluate(() => (window.streams ?? []).map((stream) => stream.readyState));

/** Opens a second stream in the page and waits until it listens. Survives until the page is left. */
export async function listen(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((open, refused) => {
        const heard: Heard[] = [];
        const listener = new EventSource('/api/events?topics=run,button,documents');
        for (const topic of ['run', 'button', 'documents']) {
          listener.addEventListener(topic, ({ lastEventId, data }: MessageEvent<string>) =>
            heard.push({ id: Number(lastEventId), topic, data }),
          );
        }
        listener.onopen = () => open();
        listener.onerror = () => listener.readyState === EventSource.CLOSED && refused(new Error('no stream'));
        Object.assign(window, { heard, listener });
      }),
  );
}

/** What the second stream said so far. */
export const heard = (page: Page): Promise<Heard[]> => page.evaluate(() => window.heard ?? []);

/** The runs among it, in order. */
export async function heardRuns(page: Page): Promise<Run[]> {
  return (await heard(page)).filter(({ topic }) => topic === 'run').map(({ data }) => JSON.parse(data) as Run);
}

/** Waits until the second stream told the end of a run, and returns that event. */
export async function heardEnd(page: Page, pulls: boolean): Promise<Run> {
  const ended = async () => (await heardRuns(page)).find((run) => run.pulls === pulls && run.state === 'done');
  await expect.poll(async () => (await ended()) !== undefined, { timeout: 60_000 }).toBe(true);
  return (await ended()) as Run;
}
