// A body that is allowed to take longer is read to its end; every other one is told that it took too long.
import { once } from 'node:events';
import { type Server, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allowLongBody, boundBodies } from './long-body.ts';

let server: Server;
/** Resolves when the server has looked for slow requests, after ours had become one. */
let told: Promise<void>;

beforeEach(async () => {
  server = createServer(
    { requestTimeout: 100, headersTimeout: 100, connectionsCheckingInterval: 20 },
    (incoming, response) => {
      if (incoming.url === '/long') allowLongBody(incoming);
      incoming.resume();
      incoming.on('end', () => response.end('read'));
    },
  );
  boundBodies(server);
  told = new Promise((resolve) => server.once('clientError', () => resolve()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function send(path: string): Promise<number | undefined> {
  const { port } = server.address() as AddressInfo;
  const outgoing = request({ port, path, method: 'PUT', headers: { 'content-length': '10' } });
  outgoing.on('error', () => undefined);
  const answered = once(outgoing, 'response') as Promise<[{ statusCode?: number; resume(): void }]>;
  outgoing.write('12345');
  await told;
  outgoing.end('67890');
  const [response] = await answered;
  response.resume();
  return response.statusCode;
}

it('is read to its end where it may be long', async () => {
  expect(await send('/long')).toBe(200);
});

it('is ended where it may not', async () => {
  expect(await send('/short')).toBe(408);
});
