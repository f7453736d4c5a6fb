// Upstreams fail in every way they can: what the client gets, what is asked again, what the record says, and a budget
// exact to the token afterwards. docs/guides/continuity.md has the same as a table.
import { expect, it } from 'vitest';
import { EMPTY_USAGE, type UsageRecord, advanceUsage } from '../../src/access/index.ts';
import { ask, post } from '../harness/clients.ts';
import { type PartsServer, startPartsServer } from '../harness/parts-server.ts';
import { eventually } from '../harness/server.ts';
import { type Behaviour, beginStream, sendJson, startRawUpstream, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

/** Dollars per million tokens; so that what each target used can be told from the cost. */
const DEAR = { input: 100, output: 200 };
const CHEAP = { input: 1, output: 2 };
const SETTINGS = {
  limits: { upstreamHeadersTimeout: '300ms', upstreamIdleTimeout: '300ms', upstreamConnectTimeout: '300ms' },
  retries: { perTarget: 1, backoff: '5ms', maxBackoff: '200ms', deadline: '2s' },
  breaker: { failures: 100, cooldown: '300ms' },
  detect: { detectors: ['pii', 'secrets'] },
};
const REFUSED = 'http://127.0.0.1:9/v1';
/** What is set aside for the request of these tests, without its output. */
const MAX_TOKENS = 50;

/** A gateway whose model `m` is served by these upstreams, the first dear, the others cheap fallbacks. */
function gatewayOver(urls: readonly string[], more: Record<string, unknown> = {}): Promise<PartsServer> {
  const upstreams = Object.fromEntries(urls.map((baseUrl, i) => [`u${i}`, { kind: 'openai', baseUrl }]));
  const fallbacks = urls.slice(1).map((_, i) => ({ upstream: `u${i + 1}`, model: `model-${i + 1}`, price: CHEAP }));
  const models = { m: { upstream: 'u0', price: DEAR, fallbacks } };
  return startPartsServer({ ...SETTINGS, upstreams, models, ...more });
}

interface Ended {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly attempts: readonly string[];
  readonly usage: { inputTokens: number; outputTokens: number; costMicros: number; estimated: boolean };
}

function closedOf(server: PartsServer, id: string) {
  const record = server.appended.find((each) => each.kind === 'exchange.closed' && each.exchange === id);
  return record?.kind === 'exchange.closed' ? record : undefined;
}

/** Asks once and says how it ended, for the client and on record; and holds the book against the ledger. */
async function outcomeOf(server: PartsServer, stream = false): Promise<Ended> {
  const answer = await post(
    server,
    '/v1/chat/completions',
    ask('hello', { model: 'm', stream, max_tokens: MAX_TOKENS }),
  );
  const text = await answer.text();
  const id = answer.headers.get('x-ancile-exchange')!;
  const closed = await eventually(() => closedOf(server, id));
  expectExact(server);
  return {
    status: answer.status,
    text,
    headers: answer.headers,
    outcome: closed.outcome,
    reason: closed.reason,
    attempts: (closed.attempts ?? []).map((each) => `${each.upstream} ${each.why} ${each.status ?? each.reason}`),
    usage: closed.usage,
  };
}

/** What the book in force has charged is what the records say was used, to the token; and nothing is set aside. */
function expectExact(server: PartsServer): void {
  const records = [...server.appended].sort((a, b) => a.seq - b.seq) as unknown as UsageRecord[];
  const { counters, open } = advanceUsage(EMPTY_USAGE, records);
  const { charged, reserved } = server.parts.budgets.used(server.keyId, 'total');
  expect(open).toEqual([]);
  expect(counters.find(({ period }) => period === 'total')?.amounts).toEqual(charged);
  expect(reserved).toEqual({ requests: 0, tokens: 0, costMicros: 0 });
}

const fine: Behaviour = (response, { body }) => {
  if (body['stream'] !== true) return sendJson(response, chat.whole('Fine.'));
  beginStream(response)(chat.text('Fine.'), chat.finish(), chat.usage(3, 5), chat.done);
  return response.end();
};
const reset: Behaviour = (response) => void response.socket?.resetAndDestroy();
const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    sendJson(response, { error: { message: 'not now' } }, code);
  };
/** Behaves so in turn, and then as the last says. */
function inTurn(...behaviours: Behaviour[]): Behaviour {
  let n = 0;
  return (response, received) => behaviours[Math.min(n++, behaviours.length - 1)]!(response, received);
}

const FINE = { status: 200, outcome: 'completed', reason: undefined };
/** 3 + 5 tokens, as the upstream says, at the price of a fallback. */
const CHEAP_USE = { inputTokens: 3, outputTokens: 5, costMicros: 13, estimated: false };
const DEAR_USE = { ...CHEAP_USE, costMicros: 1300 };
const NOTHING = { inputTokens: 0, outputTokens: 0, costMicros: 0, estimated: false };

it.each([false, true])('refused: asked again, then the fallback answers (stream: %s)', async (stream) => {
  const other = await startUpstream(fine);
  const server = await gatewayOver([REFUSED, other.url]);
  const { text, ...ended } = await outcomeOf(server, stream);
  expect(ended).toMatchObject({ ...FINE, usage: CHEAP_USE });
  expect(ended.attempts).toEqual(['u0 first upstream_unreachable', 'u0 retry upstream_unreachable', 'u1 fallback 200']);
  expect(text).toContain('Fine.');
  expect(other.received[0]!.body['model']).toBe('model-1');
});

it('refused everywhere: a 502 that costs nothing', async () => {
  const server = await gatewayOver([REFUSED, REFUSED]);
  expect(await outcomeOf(server)).toMatchObject({
    status: 502,
    outcome: 'upstream_error',
    reason: 'upstream_unreachable',
    usage: NOTHING,
  });
});

it('black hole: not asked twice, the fallback answers, and what may have been made is charged', async () => {
  const [hole, other] = [await startUpstream(() => undefined), await startUpstream(fine)];
  const server = await gatewayOver([hole.url, other.url]);
  const whole = await outcomeOf(server);
  expect(whole).toMatchObject(FINE);
  expect(whole.attempts).toEqual(['u0 first upstream_timeout', 'u1 fallback 200']);
  expect(hole.received).toHaveLength(1);
  // As much as was set aside, at the price of the one that may have made it, besides what the other used.
  const { inputTokens, outputTokens } = whole.usage;
  expect(outputTokens).toBe(MAX_TOKENS + 5);
  const lost = (inputTokens - 3) * DEAR.input + MAX_TOKENS * DEAR.output;
  expect(whole.usage).toMatchObject({ costMicros: lost + CHEAP_USE.costMicros, estimated: true });
  // Of a stream nothing came: what was sent is charged, and nothing for an answer.
  const streamed = await outcomeOf(server, true);
  expect(streamed.usage).toMatchObject({ outputTokens: 5, estimated: true });
  expect(streamed.usage.inputTokens).toBe(inputTokens);
});

it('black hole and nobody else: a 504 after the time for one asking', async () => {
  const hole = await startRawUpstream(() => undefined);
  const ended = await outcomeOf(await gatewayOver([hole.url]));
  expect(ended).toMatchObject({ status: 504, reason: 'upstream_timeout', attempts: [] });
  expect(ended.usage).toMatchObject({ outputTokens: MAX_TOKENS, estimated: true });
});

it.each([
  ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'upstream_malformed'],
  ['ends without a word', '', 'upstream_reset'],
])('an upstream that %s: the fallback answers', async (_, bytes, reason) => {
  const [raw, other] = [
    await startRawUpstream((socket) => socket.once('data', () => socket.end(bytes))),
    await startUpstream(fine),
  ];
  const ended = await outcomeOf(await gatewayOver([raw.url, other.url]));
  expect(ended).toMatchObject(FINE);
  expect(ended.attempts[0]).toBe(`u0 first ${reason}`);
  expect(ended.attempts.at(-1)).toBe('u1 fallback 200');
});

it('TLS that fails: nothing was sent, nothing is charged', async () => {
  const plain = await startUpstream(fine);
  const ended = await outcomeOf(await gatewayOver([plain.url.replace('http:', 'https:'), plain.url]));
  expect(ended).toMatchObject({ ...FINE, usage: CHEAP_USE });
});

it.each([false, true])(
  'reset before the head: asked again, and the lost asking is charged (stream: %s)',
  async (stream) => {
    const upstream = await startUpstream(inTurn(reset, fine));
    const ended = await outcomeOf(await gatewayOver([upstream.url]), stream);
    expect(ended).toMatchObject(FINE);
    expect(ended.attempts).toEqual(['u0 first upstream_reset', 'u0 retry 200']);
    expect(ended.usage).toMatchObject({ outputTokens: (stream ? 0 : MAX_TOKENS) + 5, estimated: true });
  },
);

it('reset amid a stream: an error event after what came, and it is never begun anew', async () => {
  const other = await startUpstream(fine);
  const upstream = await startUpstream((response) => {
    beginStream(response)(chat.text('The garden is quiet. '), chat.text('x '.repeat(400)));
    setTimeout(() => response.socket?.resetAndDestroy(), 50);
  });
  const ended = await outcomeOf(await gatewayOver([upstream.url, other.url]), true);
  expect(ended).toMatchObject({ status: 200, outcome: 'upstream_error', reason: 'upstream_reset', attempts: [] });
  expect(ended.text).toContain('The garden');
  expect(ended.text).toContain('upstream_reset');
  expect(ended.text).not.toContain('[DONE]');
  expect(other.received).toHaveLength(0);
  expect(ended.usage.estimated).toBe(true);
  expect(ended.usage.outputTokens).toBeGreaterThan(100);
});

it('reset amid a whole answer: a 502, not asked again, charged as set aside', async () => {
  const upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"id":');
    setTimeout(() => response.socket?.resetAndDestroy(), 30);
  });
  const other = await startUpstream(fine);
  const ended = await outcomeOf(await gatewayOver([upstream.url, other.url]));
  expect(ended).toMatchObject({ status: 502, reason: 'upstream_reset', usage: { outputTokens: MAX_TOKENS } });
  expect(other.received).toHaveLength(0);
});

it('429 with a short retry-after: waited for and asked again', async () => {
  const upstream = await startUpstream(inTurn(status(429, { 'retry-after-ms': '60' }), fine));
  const begun = performance.now();
  const ended = await outcomeOf(await gatewayOver([upstream.url]));
  expect(ended).toMatchObject({ ...FINE, usage: DEAR_USE, attempts: ['u0 first 429', 'u0 retry 200'] });
  expect(performance.now() - begun).toBeGreaterThan(55);
});

it('429 with a long retry-after: the fallback is asked; without one the client is told when to come back', async () => {
  const [busy, other] = [await startUpstream(status(429, { 'retry-after': '60' })), await startUpstream(fine)];
  const ended = await outcomeOf(await gatewayOver([busy.url, other.url]));
  expect(ended).toMatchObject({ ...FINE, usage: CHEAP_USE, attempts: ['u0 first 429', 'u1 fallback 200'] });
  const alone = await outcomeOf(await gatewayOver([busy.url]));
  expect(alone).toMatchObject({
    status: 429,
    outcome: 'upstream_error',
    reason: 'upstream_status_429',
    usage: NOTHING,
  });
  expect(alone.headers.get('retry-after')).toBe('60');
  expect(JSON.parse(alone.text)).toMatchObject({ error: { message: 'not now' } });
});

it.each([false, true])('500, then fine: asked again (stream: %s)', async (stream) => {
  const upstream = await startUpstream(inTurn(status(500), fine));
  const ended = await outcomeOf(await gatewayOver([upstream.url]), stream);
  expect(ended).toMatchObject({ ...FINE, usage: DEAR_USE, attempts: ['u0 first 500', 'u0 retry 200'] });
});

it('500 everywhere: the last of them is what the client gets', async () => {
  const [first, second] = [await startUpstream(status(500)), await startUpstream(status(503))];
  const ended = await outcomeOf(await gatewayOver([first.url, second.url]));
  expect(ended).toMatchObject({ status: 503, reason: 'upstream_status_503', usage: NOTHING });
  expect(ended.attempts).toEqual(['u0 first 500', 'u0 retry 500', 'u1 fallback 503', 'u1 retry 503']);
});

it('our own key refused: the fallback answers; a bad request goes to nobody else', async () => {
  const [closed, other] = [await startUpstream(status(401)), await startUpstream(fine)];
  expect((await outcomeOf(await gatewayOver([closed.url, other.url]))).attempts).toEqual([
    'u0 first 401',
    'u1 fallback 200',
  ]);
  const picky = await startUpstream(status(400));
  expect(await outcomeOf(await gatewayOver([picky.url, other.url]))).toMatchObject({ status: 400, attempts: [] });
});

it('slow head, within the bound: waited for; slow body, beyond it: ended in an error', async () => {
  const slow = await startUpstream((response, received) => void setTimeout(() => fine(response, received), 200));
  expect(await outcomeOf(await gatewayOver([slow.url]))).toMatchObject({ ...FINE, usage: DEAR_USE });
  const stuck = await startUpstream((response, { body }) => {
    if (body['stream'] === true) return beginStream(response)(chat.text('Once upon a time '.repeat(30)));
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.write('{"id":');
  });
  const server = await gatewayOver([stuck.url]);
  expect(await outcomeOf(server)).toMatchObject({ status: 504, reason: 'upstream_timeout' });
  const streamed = await outcomeOf(server, true);
  expect(streamed).toMatchObject({ status: 200, outcome: 'upstream_error', reason: 'upstream_timeout' });
  expect(streamed.text).toContain('Once upon');
});

it('all targets down, in different ways: the last says it, within the deadline', async () => {
  const [hole, dead, broken] = [await startRawUpstream(() => undefined), REFUSED, await startUpstream(status(500))];
  const ended = await outcomeOf(await gatewayOver([hole.url, dead, broken.url]));
  expect(ended.attempts).toEqual([
    'u0 first upstream_timeout',
    'u1 fallback upstream_unreachable',
    'u1 retry upstream_unreachable',
    'u2 fallback 500',
    'u2 retry 500',
  ]);
  expect(ended).toMatchObject({ status: 500, outcome: 'upstream_error', reason: 'upstream_status_500' });
  const patient = await gatewayOver([hole.url], {
    limits: { upstreamHeadersTimeout: '30s' },
    retries: { ...SETTINGS.retries, deadline: '200ms' },
  });
  expect(await outcomeOf(patient)).toMatchObject({ status: 504, reason: 'upstream_timeout' });
});

it('a client that goes while a retry is waited for ends it, and is on record', async () => {
  const busy = await startUpstream(status(429, { 'retry-after-ms': '150' }));
  const server = await gatewayOver([busy.url]);
  const gone = new AbortController();
  const pending = post(server, '/v1/chat/completions', ask('hello', { model: 'm' }), { signal: gone.signal });
  await eventually(() => (busy.received.length > 0 ? true : undefined));
  await new Promise((resolve) => setTimeout(resolve, 30));
  gone.abort();
  await expect(pending).rejects.toThrow();
  const closed = await eventually(() => server.appended.find((record) => record.kind === 'exchange.closed'));
  expect(closed).toMatchObject({ outcome: 'client_gone', usage: NOTHING });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(busy.received).toHaveLength(1);
  expectExact(server);
});

it('the breaker opens after failures in a row, rests, and one request closes it', async () => {
  const upstream = await startUpstream(status(500));
  const more = { breaker: { failures: 3, cooldown: '300ms' }, retries: { ...SETTINGS.retries, perTarget: 0 } };
  const server = await gatewayOver([upstream.url], more);
  const state = (): unknown => server.parts.upstreams.health()[0]!.state;
  const ready = async (): Promise<number> => (await fetch(`${server.address}/readyz`)).status;
  for (let i = 0; i < 3; i++) expect((await outcomeOf(server)).status).toBe(500);
  expect(state()).toBe('open');
  expect(await ready()).toBe(503);
  const rested = await outcomeOf(server);
  expect(rested).toMatchObject({ status: 502, reason: 'upstream_unreachable', usage: NOTHING });
  expect(rested.headers.get('retry-after')).toBe('1');
  expect(upstream.received).toHaveLength(3);
  upstream.behave(fine);
  await new Promise((resolve) => setTimeout(resolve, 320));
  expect(await outcomeOf(server)).toMatchObject(FINE);
  expect(state()).toBe('ok');
  expect(await ready()).toBe(200);
});

it('an upstream that rests is passed over at once', async () => {
  const [broken, other] = [await startUpstream(status(500)), await startUpstream(fine)];
  const server = await gatewayOver([broken.url, other.url], { breaker: { failures: 2, cooldown: '60s' } });
  await outcomeOf(server);
  const ended = await outcomeOf(server);
  expect(ended).toMatchObject({ ...FINE, attempts: ['u1 fallback 200'], usage: CHEAP_USE });
  expect(broken.received).toHaveLength(2);
});
