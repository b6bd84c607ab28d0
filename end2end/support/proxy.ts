// A proxy between the browser and the application that can cut streams, as a restarted balancer does.
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A running proxy. */
export interface Proxy {
  /** To be given to `browser.newContext`. */
  server: string;
  /** Cuts every open stream in the middle and refuses new ones until `mend` is called. */
  cut: () => void;
  /** Lets streams pass again. */
  mend: () => void;
  /** The `Last-Event-ID` of each request for a stream, in order. */
  resumedFrom: (string | undefined)[];
}

/** Runs `use` with a proxy that speaks plain HTTP. */
export async function withProxy(use: (proxy: Proxy) => Promise<void>): Promise<void> {
  const streams = new Set<ServerResponse>();
  const resumedFrom: (string | undefined)[] = [];
  let broken = false;
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '');
    const isStream = url.pathname === '/api/events';
    if (isStream && broken) return answer.destroy();
    if (isStream) {
      resumedFrom.push(asked.headers['last-event-id'] as string | undefined);
      streams.add(answer);
      answer.once('close', () => streams.delete(answer));
    }
    const { method, headers } = asked;
    const onward = request(url, { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    answer.once('close', () => onward.destroy());
    onward.once('error', () => answer.destroy());
    asked.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    broken = true;
    for (const stream of streams) stream.destroy();
  };
  try {
    const { port } = server.address() as AddressInfo;
    await use({ server: `http://127.0.0.1:${port}`, cut, mend: () => (broken = false), resumedFrom });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
