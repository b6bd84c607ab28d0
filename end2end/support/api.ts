// The public JSON API and the simulator's control, as programs call them.
import type { Demo } from './demo.ts';

const METAKOCKA = '/api/integrations/metakocka';
const ENDPOINT_4 = `${METAKOCKA}/sales-documents/sync-from-metakocka`;
const ENDPOINT_6 = `${METAKOCKA}/sales-documents/sync-all-from-metakocka`;

/** A document that waits (contract §2, endpoint 4). */
export interface WaitingDocument {
  mk_id: string;
  number: string;
  reason: 'new' | 'changed' | 'conflict' | 'review' | 'unreadable';
}

/** The answer of endpoint 4. */
export interface Waiting {
  documents: WaitingDocument[];
  total: number | null;
  nextCursor: string | null;
}

/** A run, in the API and in the events of the stream. */
export interface Run {
  id: string;
  pulls: boolean;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  total: number;
  done: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  unknown: number;
  review: number;
  skipped: number;
}

/** A document as the simulator keeps it. */
export interface RemoteDocument {
  id: string;
  number: string;
  docType: string;
  currency: string;
  buyerOrder: string | null;
  title: string | null;
  notes: string | null;
  partnerName: string;
  lines: { kind: string }[];
}

/** A partner as the simulator keeps it. */
export interface RemotePartner {
  id: string;
  name: string;
  business: boolean;
  taxNumber: string | null;
  contacts: { phone: string | null; email: string | null }[];
}

/** A product as the simulator keeps it. */
export interface RemoteProduct {
  id: string;
  code: string;
  name: string;
}

async function json<T>(request: Promise<Response>): Promise<T> {
  const response = await request;
  if (response.status !== 200) throw new Error(`${response.url} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Calls with a person's token. */
export class Api {
  readonly #url: string;
  readonly #token: string;

  constructor(demo: Demo, token: string = demo.apiToken) {
    this.#url = demo.url;
    this.#token = token;
  }

  /** Endpoint 4: the first page of what waits, with the total of all; `refresh` looks first. */
  waiting(options: { refresh?: boolean } = {}): Promise<Waiting> {
    return this.#call(`${ENDPOINT_4}?limit=200${options.refresh ? '&refresh=true' : ''}`);
  }

  /** Endpoint 6: takes the named documents, or all that can be taken. */
  take(metakockaIds?: string[]): Promise<Run & { runId: string }> {
    const body = JSON.stringify(metakockaIds === undefined ? {} : { metakockaIds });
    return this.#call(ENDPOINT_6, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  }

  /** Endpoint 3: how a document stands. */
  status(documentId: string): Promise<{ syncStatus: string; reason: string | null }> {
    return this.#call(`${METAKOCKA}/sales-documents/sync?documentId=${documentId}`);
  }

  /** What a person is asked. */
  conflicts(): Promise<{ conflicts: { id: string | null; reason: string }[] }> {
    return this.#call(`${METAKOCKA}/conflicts?limit=200`);
  }

  /** A document. */
  document(id: string): Promise<{ number: string; title: string | null; notes: string | null }> {
    return this.#call(`/api/sales-documents/${id}`);
  }

  /** Deletes a document here. */
  async remove(id: string): Promise<void> {
    const path = `/api/sales-documents/${id}`;
    const { revision } = await this.#call<{ revision: number }>(path);
    await this.#call(path, { method: 'DELETE', headers: { 'if-match': `"${revision}"` } });
  }

  /** Makes a record of a kind here; returns its id. */
  async make(kind: 'contacts' | 'products', record: Record<string, unknown>): Promise<string> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const response = await fetch(`${this.#url}/api/${kind}`, { method: 'POST', body: JSON.stringify(record), headers });
    if (response.status !== 201) throw new Error(`${response.url} answers ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  }

  /** What a record here shows about its sync. */
  async syncOf(kind: 'contacts' | 'products', id: string): Promise<{ syncStatus: string; metakockaId: string | null }> {
    return (await this.#call<{ sync: { syncStatus: string; metakockaId: string | null } }>(`/api/${kind}/${id}`)).sync;
  }

  /** A run's row. */
  run(id: string): Promise<Run> {
    return this.#call(`${METAKOCKA}/runs/${id}`);
  }

  #call<T>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#token}` };
    return json<T>(fetch(this.#url + path, { ...init, headers }));
  }
}

/** All records of a kind of the simulated company. */
async function remote<T>(demo: Demo, kind: 'document' | 'partner' | 'product'): Promise<T[]> {
  const found: T[] = [];
  for (let cursor: number | null = 0; cursor !== null; ) {
    type Page = { items: T[]; nextCursor: number | null };
    const page: Page = await json(fetch(`${demo.simulatorUrl}/_sim/state?kind=${kind}&limit=1000&cursor=${cursor}`));
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

/** All documents of the simulated company. */
export const remoteDocuments = (demo: Demo) => remote<RemoteDocument>(demo, 'document');

/** All partners of the simulated company. */
export const remotePartners = (demo: Demo) => remote<RemotePartner>(demo, 'partner');

/** All products of the simulated company. */
export const remoteProducts = (demo: Demo) => remote<RemoteProduct>(demo, 'product');

/** Changes a document as a user of Metakocka does. */
export async function editThere(demo: Demo, document: RemoteDocument, set: Record<string, unknown>): Promise<void> {
  await control(demo, 'edit', { kind: 'document', docType: document.docType, id: document.id, set });
}

async function control(demo: Demo, deed: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await json(fetch(`${demo.simulatorUrl}/_sim/${deed}`, { method: 'POST', body: JSON.stringify(body), headers }));
}

/** How long every call to the simulator takes, in milliseconds. */
export async function slowDown(demo: Demo, milliseconds: number): Promise<void> {
  const body = JSON.stringify({ latencyMs: { '*': milliseconds } });
  const headers = { 'content-type': 'application/json' };
  await json(fetch(`${demo.simulatorUrl}/_sim/settings`, { method: 'PUT', body, headers }));
}

/** Makes a record as a user of Metakocka does (contract §6). */
export async function createThere(demo: Demo, record: Record<string, unknown>): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await json(fetch(`${demo.simulatorUrl}/_sim/create`, { method: 'POST', body: JSON.stringify(record), headers }));
}

/** Deletes a record as a user of Metakocka does (contract §6). */
export async function deleteThere(demo: Demo, record: Record<string, unknown>): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await json(fetch(`${demo.simulatorUrl}/_sim/delete`, { method: 'POST', body: JSON.stringify(record), headers }));
}

/** Spoils calls to the simulator from now on (contract §6). */
export async function spoil(demo: Demo, fault: Record<string, unknown>): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await json(fetch(`${demo.simulatorUrl}/_sim/faults`, { method: 'POST', body: JSON.stringify(fault), headers }));
}
