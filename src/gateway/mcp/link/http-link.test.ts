// A tool server over HTTP that misbehaves: what is too large, malformed, missing or gone is a fault of one message, or the end.
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { atEnd } from '../../../../test/harness/cleanup.ts';
import { AncileError } from '../../../base/index.ts';
import { createOutlet } from '../../../net/index.ts';
import type { RpcMessage } from '../json-rpc.ts';
import { openHttpLink } from './http-link.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function connect(handle: Handle) {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => handle(request, response));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const outlet = createOutlet({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    connections: 4,
    connectTimeout: 1000,
    headersTimeout: 0,
    idleTimeout: 0,
  });
  atEnd(async () => {
    await outlet.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const messages: RpcMessage[] = [];
  let closed: AncileError | undefined;
  const link = openHttpLink(
    { outlet, path: '', headers: { 'x-own': 'yes' }, maxBytes: 1000 },
    { message: (message) => messages.push(message), closed: (error) => void (closed = error) },
  );
  const ask = (id: number): Promise<AncileError | 'answered'> =>
    new Promise((resolve) => {
      const started = messages.length;
      link.send({ jsonrpc: '2.0', id, method: 'ping', params: {} }, (error) =>
        // That a stream has ended is told also where the answer came in it.
        resolve(messages.length > started ? 'answered' : error),
      );
    });
  return { link, messages, ask, closed: () => closed };
}

const json = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void =>
  void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
const answer = { jsonrpc: '2.0', id: 1, result: {} };

it('keeps the session and the revision that it was given, and sends what the operator configured', async () => {
  const seen: IncomingMessage['headers'][] = [];
  const { link, ask } = await connect((request, response) => {
    seen.push(request.headers);
    if (request.method === 'GET') response.writeHead(405).end();
    else json(response, answer, seen.length === 1 ? { 'mcp-session-id': 'abc' } : {});
  });
  expect(await ask(1)).toBe('answered');
  link.begin('2025-06-18');
  expect(await ask(1)).toBe('answered');
  const last = seen.find((headers) => headers['mcp-protocol-version'] === '2025-06-18');
  expect(last).toMatchObject({ 'mcp-session-id': 'abc', 'x-own': 'yes' });
  await link.close();
});

it.each<[string, Handle, string]>([
  ['too large', (_, response) => json(response, { ...answer, result: { a: 'a'.repeat(2000) } }), 'upstream_malformed'],
  [
    'too deep',
    (_, response) => json(response, JSON.parse('[{"a":'.repeat(70) + '1' + '}]'.repeat(70))),
    'upstream_malformed',
  ],
  ['no JSON', (_, response) => void response.writeHead(200).end('<html>'), 'upstream_malformed'],
  ['no message', (_, response) => json(response, { hello: 1 }), 'upstream_malformed'],
  ['nothing', (_, response) => void response.writeHead(202).end(), 'upstream_malformed'],
  [
    'a redirect',
    (_, response) => void response.writeHead(302, { location: 'http://evil.example' }).end(),
    'upstream_malformed',
  ],
  ['a refusal of our credentials', (_, response) => void response.writeHead(401).end(), 'upstream_refused'],
  ['a broken connection', (_, response) => void response.destroy(), 'upstream_reset'],
  [
    'a stream that ends without it',
    (_, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing\n\n'),
    'upstream_malformed',
  ],
])('an answer that is %s is a fault of that message alone', async (_, handle, code) => {
  let first = true;
  const { ask, closed } = await connect((request, response) => {
    if (!first) return json(response, answer);
    first = false;
    handle(request, response);
  });
  expect(await ask(1)).toMatchObject({ code });
  expect(closed()).toBeUndefined();
  expect(await ask(1)).toBe('answered');
});

it('ends where the server has forgotten the session', async () => {
  let asked = 0;
  const { ask, closed } = await connect((_, response) => {
    if (++asked === 1) json(response, answer, { 'mcp-session-id': 'abc' });
    else response.writeHead(404).end();
  });
  expect(await ask(1)).toBe('answered');
  expect(await ask(1)).toBeInstanceOf(AncileError);
  expect(closed()).toMatchObject({ code: 'upstream_reset' });
});
