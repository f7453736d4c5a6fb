// More than can be done at once: turned away cheaply, in the client's own error form, and nobody else suffers for it.
// And the other ends of load: conversations that stay where they are, a server that stops, parts that are exchanged.
import { request as httpRequest } from 'node:http';
import { type Socket, connect } from 'node:net';
import { expect, it } from 'vitest';
import { createRoster } from '../../src/gateway/index.ts';
import { systemClock } from '../../src/base/index.ts';
import { ask, post } from '../harness/clients.ts';
import { type PartsServer, startPartsServer } from '../harness/parts-server.ts';
import { eventually } from '../harness/server.ts';
import { type Behaviour, type TestUpstream, beginStream, sendJson, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

const DETECT = { detectors: ['pii'] };
const fine: Behaviour = (response) => sendJson(response, chat.whole('Fine.'));

function over(url: string, more: Record<string, unknown> = {}, upstream: object = {}): Promise<PartsServer> {
  const upstreams = { main: { kind: 'openai', baseUrl: url, ...upstream } };
  return startPartsServer({ upstreams, models: { '*': { upstream: 'main' } }, detect: DETECT, ...more });
}

/** An upstream that answers when it is told to. */
async function startHeld(): Promise<{ upstream: TestUpstream; letGo(): void }> {
  const waiting: (() => void)[] = [];
  const upstream = await startUpstream((response) => {
    waiting.push(() => sendJson(response, chat.whole('Fine.')));
  });
  return { upstream, letGo: () => waiting.splice(0).forEach((answer) => answer()) };
}

const PATHS = [
  ['/v1/chat/completions', ask('hi'), (body: never) => (body as { error: { code: string } }).error.code],
  [
    '/v1/messages',
    { model: 'm', max_tokens: 5, messages: [] },
    (body: never) => (body as { error: { type: string } }).error.type,
  ],
  [
    '/v1beta/models/m:generateContent',
    { contents: [] },
    (body: never) => (body as { error: { status: string } }).error.status,
  ],
] as const;

it('turns away what is beyond the bound, in each surface’s own shape, before it reads or records anything', async () => {
  const { upstream, letGo } = await startHeld();
  const server = await over(upstream.url, { limits: { concurrency: 2 } });
  // Out of calm a burst may take the places twice over.
  const under = [1, 2, 3, 4].map(() => post(server, '/v1/chat/completions', ask('hello')));
  await eventually(() => (upstream.received.length === 4 ? true : undefined));
  const codes: unknown[] = [];
  for (const [path, body, read] of PATHS) {
    const answer = await post(server, path, body);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('x-should-retry')).not.toBe('false');
    // A small body is read away: the connection serves again.
    expect(answer.headers.get('connection')).not.toBe('close');
    codes.push(read((await answer.json()) as never));
  }
  expect(codes).toEqual(['overloaded', 'overloaded_error', 'UNAVAILABLE']);
  expect((await fetch(`${server.address}/v1/models`)).status).toBe(503);
  expect(server.parts.load).toMatchObject({ count: 4, shed: 4 });
  letGo();
  for (const answer of await Promise.all(under)) expect(answer.status).toBe(200);
  await eventually(() => (server.parts.load.count === 0 ? true : undefined));
  upstream.behave(fine);
  expect((await post(server, '/v1/chat/completions', ask('hello'))).status).toBe(200);
  await server.parts.refusals.flush();
  const refused = server.appended.filter((record) => record.kind === 'access.refused');
  expect(refused).toMatchObject([{ reason: 'overloaded', count: 4 }]);
  expect(server.appended.filter((record) => record.kind === 'exchange.opened')).toHaveLength(5);
});

it('does not read a large body that it turns away to its end', async () => {
  const { upstream } = await startHeld();
  const server = await over(upstream.url, { limits: { concurrency: 1 } });
  for (let i = 0; i < 2; i++) void post(server, '/v1/chat/completions', ask('hello')).catch(() => undefined);
  await eventually(() => (upstream.received.length === 2 ? true : undefined));
  const { hostname, port } = new URL(server.address);
  const headers = { authorization: `Bearer ${server.key}`, 'content-length': 10_000_000 };
  const request = httpRequest({ hostname, port, path: '/v1/chat/completions', method: 'POST', headers });
  request.on('error', () => undefined);
  request.write('{');
  const [status, connection] = await new Promise<unknown[]>((resolve) => {
    request.on('response', (response) => resolve([response.statusCode, response.headers.connection]));
  });
  request.destroy();
  expect(status).toBe(503);
  expect(connection).toBe('close');
});

it('turns large bodies away when memory is taken up, and takes them again', async () => {
  const { upstream } = await startHeld();
  const server = await over(upstream.url);
  const taken = server.parts.load.enter(server.parts.limits)!;
  taken.take(256 * 1024 * 1024 - 1000);
  const body = ask('x'.repeat(2000));
  const refused = await post(server, '/v1/chat/completions', body);
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain('memory');
  taken.leave();
  upstream.behave(fine);
  expect((await post(server, '/v1/chat/completions', body)).status).toBe(200);
  await eventually(() => (server.parts.load.bytes === 0 ? true : undefined));
  // An answer counts as well; one that finds no room is charged as lost.
  const room = server.parts.load.enter(server.parts.limits)!;
  upstream.behave((response) => {
    room.take(256 * 1024 * 1024 - server.parts.load.bytes - 10);
    sendJson(response, chat.whole('Fine.'));
  });
  const lost = await post(server, '/v1/chat/completions', ask('hi', { max_tokens: 30 }));
  room.leave();
  expect(lost.status).toBe(503);
  expect(server.parts.load.shed).toBe(2);
  const id = lost.headers.get('x-ancile-exchange')!;
  const closed = await eventually(() =>
    server.appended.find((record) => record.kind === 'exchange.closed' && record.exchange === id),
  );
  expect(closed).toMatchObject({ reason: 'overloaded', usage: { outputTokens: 30, estimated: true } });
});

it('counts nothing for good that a connection leaves behind, half-way or queued on it', async () => {
  const { upstream } = await startHeld();
  const server = await over(upstream.url);
  const { hostname, port } = new URL(server.address);
  const socket = connect(Number(port), hostname);
  const body = JSON.stringify(ask('hello'));
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\nContent-Length: `;
  const unknown = 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}';
  socket.write(`${head}${body.length}\r\n\r\n${body}`.repeat(2) + unknown + `${head}500\r\n\r\n{`);
  await eventually(() => (upstream.received.length === 2 && server.parts.load.count === 3 ? true : undefined));
  socket.resetAndDestroy();
  await eventually(() => (server.parts.load.count === 0 && server.parts.inflight.count === 0 ? true : undefined));
  const closed = await eventually(() => {
    const records = server.appended.filter((record) => record.kind === 'exchange.closed');
    return records.length === 2 ? records : undefined;
  });
  expect(closed.map((record) => record.kind === 'exchange.closed' && record.outcome)).toEqual([
    'client_gone',
    'client_gone',
  ]);
  await server.parts.upstreams.retire();
});

it('lets nobody take a place by not reading: neither refusals nor answers', async () => {
  const upstream = await startUpstream((response) => sendJson(response, chat.whole('x '.repeat(4_000_000))));
  const limits = { upstreamIdleTimeout: '300ms', concurrency: 20 };
  const server = await over(upstream.url, { limits, detect: { detectors: [] } });
  const { hostname, port } = new URL(server.address);
  const open = (): Socket =>
    connect({ port: Number(port), host: hostname })
      .pause()
      .on('error', () => undefined);
  const unread = 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'.repeat(20_000);
  const [nobody, somebody] = [open(), open()];
  nobody.write(unread);
  const body = JSON.stringify(ask('hello'));
  const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}`;
  somebody.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await eventually(() => (upstream.received.length === 1 ? true : undefined));
  await eventually(() => (server.parts.load.count === 0 ? true : undefined));
  nobody.destroy();
  somebody.destroy();
});

it('asks an upstream no more at once than it may be asked; the fallback takes the rest', async () => {
  const { upstream, letGo } = await startHeld();
  const other = await startUpstream(fine);
  const upstreams = {
    main: { kind: 'openai', baseUrl: upstream.url, concurrency: 1 },
    other: { kind: 'openai', baseUrl: other.url },
  };
  const models = { spare: { upstream: 'main', fallbacks: [{ upstream: 'other' }] }, alone: { upstream: 'main' } };
  const server = await startPartsServer({ upstreams, models, detect: DETECT });
  const first = post(server, '/v1/chat/completions', ask('hello', { model: 'alone' }));
  await eventually(() => (upstream.received.length === 1 ? true : undefined));
  expect((await post(server, '/v1/chat/completions', ask('hello', { model: 'spare' }))).status).toBe(200);
  expect(other.received).toHaveLength(1);
  const full = await post(server, '/v1/chat/completions', ask('hello', { model: 'alone' }));
  expect(full.status).toBe(503);
  expect(full.headers.get('retry-after')).toBe('1');
  // It became no exchange: nothing is set aside, nothing recorded but a count.
  expect(full.headers.get('x-ancile-exchange')).toBeNull();
  expect(server.parts.load.shed).toBe(1);
  expect(server.parts.upstreams.health()[0]).toMatchObject({ inflight: 1, concurrency: 1 });
  letGo();
  expect((await first).status).toBe(200);
  upstream.behave(fine);
  expect((await post(server, '/v1/chat/completions', ask('hello', { model: 'alone' }))).status).toBe(200);
});

it('keeps a conversation with one of the targets that share the traffic', async () => {
  const all = await Promise.all([1, 2, 3].map(() => startUpstream(fine)));
  const upstreams = Object.fromEntries(all.map(({ url }, i) => [`u${i}`, { kind: 'openai', baseUrl: url }]));
  const models = { m: { upstream: 'u0', spread: [{ upstream: 'u1' }, { upstream: 'u2' }] } };
  const server = await startPartsServer({ upstreams, models, detect: DETECT });
  const servedBy = new Set<number>();
  for (let talk = 0; talk < 12; talk++) {
    const messages: object[] = [{ role: 'user', content: `talk ${talk}` }];
    const before = all.map(({ received }) => received.length);
    for (let turn = 0; turn < 3; turn++) {
      await post(server, '/v1/chat/completions', { model: 'm', messages });
      messages.push({ role: 'assistant', content: 'Fine.' }, { role: 'user', content: `turn ${turn}` });
    }
    const grown = all.flatMap(({ received }, i) =>
      received.length > before[i]! ? [[i, received.length - before[i]!]] : [],
    );
    expect(grown).toEqual([[grown[0]![0], 3]]);
    servedBy.add(grown[0]![0]!);
  }
  expect(servedBy.size).toBeGreaterThan(1);
});

it('stops: what is under way ends, what is new is sent elsewhere, what takes too long is cut with a word', async () => {
  const { upstream, letGo } = await startHeld();
  const server = await over(upstream.url);
  const { hostname, port } = new URL(server.address);
  const first = post(server, '/v1/chat/completions', ask('hello'));
  // Connections that are open already: one idle, one amid its body.
  const reading = connect(Number(port), hostname);
  let heard = '';
  reading.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  reading.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\nContent-Length: 50\r\n\r\n{`,
  );
  const late = connect(Number(port), hostname);
  let lateHeard = '';
  late.on('data', (chunk: Buffer) => (lateHeard += chunk.toString()));
  late.write('POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n');
  await eventually(() => (upstream.received.length === 1 && server.parts.inflight.count >= 2 ? true : undefined));
  const closed = server.close(400);
  late.write(`Authorization: Bearer ${server.key}\r\nContent-Length: 2\r\n\r\n{}`);
  await eventually(() => (lateHeard.includes('shutting_down') ? true : undefined));
  expect(lateHeard).toContain('503');
  letGo();
  expect((await first).status).toBe(200);
  // The one that never sent its body is told why, when its time is over.
  await closed;
  expect(heard).toContain('503');
  expect(heard).toContain('shutting_down');
  reading.destroy();
  late.destroy();
});

it('cuts a stream that outlasts the stop, with an error event and a record', async () => {
  const upstream = await startUpstream((response) => beginStream(response)(chat.text('Once upon a time '.repeat(50))));
  const server = await over(upstream.url);
  const answer = await post(server, '/v1/chat/completions', ask('hello', { stream: true }));
  const text = answer.text();
  await server.close(100);
  expect(await text).toContain('shutting_down');
  const closed = server.appended.find((record) => record.kind === 'exchange.closed');
  expect(closed).toMatchObject({ outcome: 'fault', reason: 'shutting_down' });
});

it('lets an exchange end with the upstreams it arrived with, while later ones get others', async () => {
  const { upstream, letGo } = await startHeld();
  const server = await over(upstream.url);
  const old = server.parts.upstreams;
  const first = post(server, '/v1/chat/completions', ask('hello'));
  await eventually(() => (upstream.received.length === 1 ? true : undefined));
  const none = createRoster([], { breaker: { failures: 1, cooldown: 1 }, clock: systemClock });
  server.exchange({ ...server.parts, upstreams: none });
  let retired = false;
  const retiring = old.retire().then(() => (retired = true));
  expect((await post(server, '/v1/chat/completions', ask('hello'))).status).toBe(400);
  expect(retired).toBe(false);
  letGo();
  expect((await first).status).toBe(200);
  await retiring;
});
