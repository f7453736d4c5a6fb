// Every exchange ends once, whoever ends it: the client, the key, the ledger, the upstream; and ends on the record.
import { expect, it } from 'vitest';
import { AncileError } from '../../src/base/index.ts';
import type { LlmParts } from '../../src/gateway/index.ts';
import { ask, post } from '../harness/clients.ts';
import { startPartsServer } from '../harness/parts-server.ts';
import { behind, eventually, startTestServer } from '../harness/server.ts';
import { beginStream, sendJson, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

it.each([false, true])(
  'a key revoked while the record is awaited gives no answer, and no second one (stream: %s)',
  async (stream) => {
    const upstream = await startUpstream((response) => {
      if (!stream) return sendJson(response, chat.whole('the whole answer'));
      beginStream(response)(chat.text('the whole answer'), chat.finish(), chat.done);
      return response.end();
    });
    let parts: LlmParts | undefined;
    let letGo: (() => void) | undefined;
    const server = await startPartsServer(behind(upstream.url), (given) => {
      parts = {
        ...given,
        append: async (body) => {
          if (body.kind === 'exchange.opened') await new Promise<void>((go) => (letGo = go));
          return given.append(body);
        },
      };
      return parts;
    });
    const pending = post(server, '/v1/chat/completions', ask('hello', { stream }));
    await eventually(() => (upstream.received.length > 0 && letGo !== undefined ? true : undefined));
    // The answer has come and waits for its record; now the key ends.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [key] = parts!.keys.list();
    parts!.inflight.cut(({ principal }) => principal === key!.id, 'revoked');
    letGo!();
    const answer = await pending;
    expect(await answer.text()).not.toContain('the whole answer');
    const closed = server.appended.filter((record) => record.kind === 'exchange.closed');
    expect(closed.map((record) => record.kind === 'exchange.closed' && record.outcome)).toEqual(['revoked']);
    // The process lives, and the next request is answered as ever.
    letGo = undefined;
    const next = post(server, '/v1/chat/completions', ask('again', { stream }));
    (await eventually(() => letGo))();
    expect((await next).status).toBe(200);
  },
);

it('a stream whose opened record cannot be written is closed all the same, and its budget settled', async () => {
  const upstream = await startUpstream((response) => {
    beginStream(response)(chat.text('hi'), chat.finish(), chat.done);
    return response.end();
  });
  let settled = 0;
  const server = await startPartsServer(behind(upstream.url), (given) => ({
    ...given,
    budgets: {
      ...given.budgets,
      reserve: (...args) => given.budgets.reserve(...args),
      settle: (reservation, usage) => {
        settled++;
        given.budgets.settle(reservation, usage);
      },
    },
    append: (body) =>
      body.kind === 'exchange.opened' ? Promise.reject(new AncileError('ledger_fault', 'no room')) : given.append(body),
  }));
  const answer = await post(server, '/v1/chat/completions', ask('hello', { stream: true }));
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain('hi');
  await eventually(() => (server.appended.some((record) => record.kind === 'exchange.closed') ? true : undefined));
  expect(settled).toBe(1);
});

it('passes on limits of the upstream, and nothing else by its headers', async () => {
  const secret = 'card 4111 1111 1111 1111';
  const upstream = await startUpstream((response) => {
    response.setHeader('retry-after', '7');
    response.setHeader('x-ratelimit-remaining-tokens', '12');
    response.setHeader('x-ratelimit-reset-requests', '6m0s');
    response.setHeader('x-ratelimit-note', secret);
    response.setHeader('x-ratelimit-limit-tokens', '4111111111111111');
    sendJson(response, chat.whole('hi'));
  });
  const server = await startTestServer(behind(upstream.url));
  const { headers } = await post(server, '/v1/chat/completions', ask('hello'));
  expect(headers.get('retry-after')).toBe('7');
  expect(headers.get('x-ratelimit-remaining-tokens')).toBe('12');
  expect(headers.get('x-ratelimit-reset-requests')).toBe('6m0s');
  expect([...headers.values()].join()).not.toContain('4111');
});

it('judges the whole of an upstream error before it is shortened', async () => {
  const message = `${'x'.repeat(484)} 4111 1111 1111 1111`;
  const upstream = await startUpstream((response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message } }));
  });
  const server = await startTestServer(behind(upstream.url));
  const answer = await post(server, '/v1/chat/completions', ask('hello'));
  expect(await answer.text()).not.toContain('4111');
});

it('charges what was set aside when the client does not wait for a whole answer', async () => {
  const upstream = await startUpstream(() => undefined);
  const server = await startTestServer(behind(upstream.url));
  const gone = new AbortController();
  const pending = fetch(`${server.address}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(ask('hello', { max_tokens: 1000 })),
    signal: gone.signal,
  }).catch(() => undefined);
  await eventually(() => (upstream.received.length > 0 ? true : undefined));
  gone.abort();
  await pending;
  const closed = await eventually(async () => (await server.records({ kind: 'exchange.closed' }))[0]);
  expect(closed).toMatchObject({ outcome: 'client_gone', usage: { outputTokens: 1000, estimated: true } });
});
