// Starts `crm-mind demo` on free ports with a data directory of its own, and ends it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What the demo writes to `demo.json` when both processes are ready (contract §6). */
export interface DemoFacts {
  url: string;
  email: string;
  password: string;
  apiToken: string;
  simulatorUrl: string;
  companyId: string;
  secretKey: string;
  /** The owner of an empty workspace that is not connected. */
  second: Person;
  /** Everybody in the first workspace. */
  people: Member[];
  /** What the seed planted: what a pull creates, what it updates, what waits for a person, what changed only here. */
  planted: { new: number; changed: number; review: number; here: number };
}

/** Somebody who can sign in. */
export interface Person {
  email: string;
  password: string;
  apiToken: string;
}

/** A person with a role. */
export interface Member extends Person {
  role: 'owner' | 'staff' | 'read_only';
}

/** The member of the first workspace with this role. */
export function member(demo: DemoFacts, role: Member['role']): Member {
  const found = demo.people.find((person) => person.role === role);
  if (found === undefined) throw new Error(`the demo has nobody with the role ${role}`);
  return found;
}

/** What a test asks of its demo. */
export interface DemoOptions {
  seed: number;
  documents: number;
  /** How soon it asks what became of a write, in seconds. */
  settleHorizon?: number;
}

/** A running demo. */
export interface Demo extends DemoFacts {
  /** Everything it printed so far, the counts that the seed planted among it. */
  output: () => string;
}

/** Seeding and the first start of an unoptimised server on two cores; 5 s are usual. */
const READY_LIMIT_MS = 120_000;
/** The application ends within 30 s of a signal (contract §9). */
const STOP_LIMIT_MS = 30_000;

/** Runs `use` with a demo and takes everything of it away afterwards. */
export async function withDemo(options: DemoOptions, use: (demo: Demo) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'crm-mind-demo-'));
  const child = start(options, directory, await freePort(), await freePort());
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  }
  try {
    const facts = await ready(child, join(directory, 'demo.json'), () => printed);
    await use({ ...facts, output: () => printed });
  } finally {
    await stop(child);
    await rm(directory, { recursive: true, force: true });
  }
}

function start(options: DemoOptions, directory: string, port: number, simulatorPort: number): ChildProcess {
  const binary = process.env.CRM_MIND_BINARY ?? join(import.meta.dirname, '../../target/debug/crm-mind');
  const flags = {
    '--data-dir': directory,
    '--port': port,
    '--simulator-port': simulatorPort,
    '--seed': options.seed,
    '--documents': options.documents,
  };
  const args = ['demo', ...Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)])];
  const horizon = options.settleHorizon;
  const env =
    horizon === undefined ? process.env : { ...process.env, CRM_MIND_SETTLE_HORIZON_SECONDS: String(horizon) };
  return spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ready(child: ChildProcess, path: string, printed: () => string): Promise<DemoFacts> {
  let failed: Error | undefined;
  child.once('error', (error) => (failed = error));
  const limit = Date.now() + READY_LIMIT_MS;
  while (Date.now() < limit) {
    if (failed !== undefined) throw new Error('the demo could not be started', { cause: failed });
    if (child.exitCode !== null) throw new Error(`the demo ended (${child.exitCode}):\n${printed()}`);
    if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8')) as DemoFacts;
    await pause(100);
  }
  throw new Error(`the demo was not ready within ${READY_LIMIT_MS / 1000} s:\n${printed()}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const late = pause(STOP_LIMIT_MS, 'late' as const, { ref: false });
  if ((await Promise.race([ended, late])) === 'late') {
    child.kill('SIGKILL');
    throw new Error(`the demo did not end within ${STOP_LIMIT_MS / 1000} s of Ctrl-C`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
