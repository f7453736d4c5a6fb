// Callers with a good key and bad intent, and upstreams that cannot be trusted: nothing is left behind, nothing is
// passed on that should not be, and whoever waits is answered.
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createApprovalBook } from '../../src/access/index.ts';
import { openKeys } from '../../src/keys/index.ts';
import { openStore } from '../../src/store/index.ts';
import { ask, post } from '../harness/clients.ts';
import { atEnd, tempFolder } from '../harness/cleanup.ts';
import { startPartsServer, type PartsServer } from '../harness/parts-server.ts';
import { policiesWith } from '../harness/policies.ts';
import { behind, eventually } from '../harness/server.ts';
import { beginStream, sendJson, startRawUpstream, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

const IBAN = 'DE89 3704 0044 0532 0130 00';
const SECRET = 'AKIAIOSFODNN7QWERTYU';
const POLICIES = `
@id("test.hold")
@action("hold")
@reason("a person must see account numbers")
forbid (principal, action == Action::"finding", resource)
when { context.rule == "pii.iban" };

@id("test.schema")
@action("block")
@reask("once")
@reason("the answer is not of the form")
forbid (principal, action == Action::"finding", resource)
when { context.direction == "output" && context.class == "schema" };
`;
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const FORM = { response_format: { type: 'json_schema', json_schema: { name: 'place', schema: SCHEMA } } };
const PRICE = { input: 3, output: 15 };
const LIMITED = [{ period: 'day' as const, tokens: 10_000_000 }];

/** A gateway with approvals, whose present load can be looked at. */
async function start(overrides: Record<string, unknown>, wait = 200): Promise<PartsServer> {
  const dataDir = tempFolder();
  const keys = openKeys(dataDir);
  const store = await openStore({ path: join(dataDir, 'store.db') });
  atEnd(() => store.close());
  const book = await createApprovalBook({
    store,
    append: async () => undefined,
    keyedDigest: (text) => keys.keyedDigest(text),
    seal: keys.sealFor('approvals'),
    settings: () => ({ expires: 60_000 }),
    onFault: () => undefined,
  });
  atEnd(() => book.close());
  return startPartsServer({ policy: { set: policiesWith(POLICIES) }, ...overrides }, (parts) => ({
    ...parts,
    approvers: { book, wait },
  }));
}

const settled = (server: PartsServer, principal: string): Promise<unknown> =>
  eventually(() => {
    const { load, inflight, budgets, upstreams } = server.parts;
    const left = [
      load.count,
      load.bytes,
      inflight.count,
      ...upstreams.health().map((health) => health.inflight),
      ...Object.values(budgets.used(principal, 'day').reserved),
    ];
    return left.every((count) => count === 0) ? true : undefined;
  });

/** Sends a request and goes away when told to. */
function leave(server: PartsServer, body: unknown, when: Promise<unknown>): Promise<void> {
  const gone = new AbortController();
  const sent = post(server, '/v1/chat/completions', body, { signal: gone.signal }).then((answer) => answer.text());
  void when.then(() => gone.abort());
  return sent.then(
    () => undefined,
    () => undefined,
  );
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('leaves nothing taken or set aside after endings of every odd kind', async () => {
  const upstream = await startUpstream(async (response, { body }) => {
    const text = JSON.stringify(body['messages']);
    if (text.includes('reset')) response.destroy();
    else if (text.includes('halfway')) {
      beginStream(response)(chat.text('so far '));
      await pause(20);
      response.destroy();
    } else if (text.includes('never')) return;
    else if (text.includes('garbage'))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":');
    else if (text.includes('liar'))
      sendJson(
        response,
        chat.whole('x', { prompt_tokens: 2 ** 53 - 1, completion_tokens: 2 ** 53 - 1, total_tokens: 1 }),
      );
    else if (text.includes('odd'))
      response.writeHead(299, { 'content-type': 'text/event-stream' }).end('data: [1]\n\n');
    else if (text.includes('refuses')) sendJson(response, { error: { message: 'no' } }, 429);
    else if (text.includes('form')) sendJson(response, chat.whole('It is Rome.'));
    else sendJson(response, chat.whole('Fine.'));
  });
  const server = await start({
    ...behind(upstream.url),
    models: { '*': { upstream: 'main', price: PRICE } },
    retries: { perTarget: 1, backoff: '1ms', maxBackoff: '5ms' },
    limits: { upstreamHeadersTimeout: '400ms' },
    breaker: { failures: 1000, cooldown: '1s' },
  });
  const made = await server.parts.keys.create({ name: 'limited', budgets: LIMITED });
  const limited = { ...server, key: made.key };
  const words = ['reset', 'halfway', 'never', 'garbage', 'liar', 'odd', 'refuses', 'fine', `held ${IBAN}`];
  const sent: Promise<unknown>[] = words.flatMap((word, i) =>
    [false, true].flatMap((stream): Promise<unknown>[] => [
      post(limited, '/v1/chat/completions', ask(`${word} ${i}`, { stream })).then((answer) =>
        answer.text().catch(() => ''),
      ),
      leave(limited, ask(`${word} gone ${i}`, { stream }), pause(i * 10)),
    ]),
  );
  sent.push(post(limited, '/v1/chat/completions', ask('form', FORM)).then((answer) => answer.text()));
  sent.push(leave(limited, ask('form gone', FORM), pause(15)));
  await Promise.all(sent);
  await settled(server, made.info.id);
  const count = (kind: string): number => server.appended.filter((record) => record.kind === kind).length;
  await eventually(() => (count('exchange.opened') === count('exchange.closed') ? true : undefined));
  expect(count('exchange.closed')).toBeGreaterThan(15);
  // What the liar said he used is not charged.
  expect(server.parts.budgets.used(made.info.id, 'day').charged.tokens).toBeLessThan(1_000_000);
});

it('a request and an answer that come a byte at a time pass like any other', async () => {
  const body = JSON.stringify(chat.whole(`Fine. ${'x'.repeat(300_000)}`));
  const piece = (bytes: string): string => bytes.replace(/[^]/g, (byte) => `1\r\n${byte}\r\n`);
  const upstream = await startRawUpstream((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
      socket.write(`${piece(body)}0\r\n\r\n`);
    });
  });
  const server = await start(behind(upstream.url));
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1');
  const text = JSON.stringify(ask('y'.repeat(100_000)));
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${server.key}\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${piece(text)}0\r\n\r\n`,
  );
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer).toContain('x'.repeat(300_000));
});

describe('an ending that cannot be recorded', () => {
  it('is told all the same, with nothing of the answer: whole, and where the upstream refused', async () => {
    const upstream = await startUpstream((response, { text }) =>
      text.includes('refuse')
        ? sendJson(response, { error: { message: 'no' } }, 400)
        : sendJson(response, chat.whole('Rome')),
    );
    const server = await startPartsServer(behind(upstream.url), (parts) => ({
      ...parts,
      append: (record) =>
        record.kind === 'exchange.closed' ? Promise.reject(new Error('the disk is full')) : parts.append(record),
    }));
    for (const content of ['Where?', 'refuse']) {
      const answer = await post(server, '/v1/chat/completions', ask(content), { signal: AbortSignal.timeout(8000) });
      expect(answer.status).toBe(503);
      expect(await answer.text()).not.toContain('Rome');
    }
  });
});

describe('a re-ask', () => {
  it('does not show another upstream what was found in the first answer', async () => {
    const other = await startUpstream((response) => sendJson(response, chat.whole('{"city":"Rome"}')));
    let first = true;
    const main = await startUpstream((response) => {
      if (first) sendJson(response, chat.whole(`It is Rome, and the key is ${SECRET}.`));
      else sendJson(response, { error: { message: 'busy' } }, 503);
      first = false;
    });
    const server = await start({
      upstreams: { main: { kind: 'openai', baseUrl: main.url }, other: { kind: 'openai', baseUrl: other.url } },
      models: { '*': { upstream: 'main', fallbacks: [{ upstream: 'other' }] } },
      retries: { perTarget: 0 },
    });
    const answer = await post(server, '/v1/chat/completions', ask('Which city?', FORM));
    expect(answer.status).toBe(200);
    expect(other.received).toHaveLength(1);
    expect(other.received[0]!.text).toContain('Your last answer cannot be used');
    expect(other.received[0]!.text).not.toContain(SECRET);
  });
});

describe('a judge that is asked', () => {
  const JUDGED = `
@id("test.judged")
@action("block")
@reask("once")
@reason("the judge says it is not borne out")
forbid (principal, action == Action::"finding", resource)
when { context.direction == "output" && context.rule == "ungrounded.judged" };
`;
  const question = {
    model: 'm',
    messages: [
      { role: 'user', content: 'Where is it?' },
      { role: 'tool', tool_call_id: 'c', content: 'Our office is in Rome, near the river, and opens at nine.' },
    ],
  };

  it('is not asked for every text of an answer, and nothing follows for a client that has gone', async () => {
    let asked = 0;
    let slow = false;
    const judge = await startUpstream(async (response, { body }) => {
      asked++;
      const check = /"check": "([^"]+)"/.exec((body['messages'] as { content: string }[])[0]!.content)![1];
      if (slow) await pause(300);
      sendJson(response, chat.whole(JSON.stringify({ check, unsupported: slow ? [1] : [] })));
    });
    const one = (chat.whole('The office is in Rome.') as { choices: object[] }).choices[0]!;
    const choices = Array.from({ length: 30 }, (_, index) => ({ ...one, index }));
    const main = await startUpstream((response) => sendJson(response, { ...(chat.whole('') as object), choices }));
    const server = await startPartsServer(
      {
        upstreams: { main: { kind: 'openai', baseUrl: main.url }, judge: { kind: 'openai', baseUrl: judge.url } },
        models: { '*': { upstream: 'main' }, judge: { upstream: 'judge' } },
        policy: { set: policiesWith(JUDGED) },
      },
      (parts) => ({ ...parts, judge: { model: 'judge', timeout: 5000 } }),
    );
    expect((await post(server, '/v1/chat/completions', question)).status).toBe(200);
    expect(asked).toBe(8);
    slow = true;
    const begun = eventually(() => (asked > 8 ? true : undefined));
    await leave(server, question, begun);
    await settled(server, server.keyId);
    expect(main.received).toHaveLength(2);
    expect(asked).toBe(9);
  });
});

describe('what waits for a person', () => {
  it('is bound to the headers that go with it, and to what was sent whichever upstream is ready', async () => {
    let down = false;
    const main = await startUpstream((response) =>
      down ? sendJson(response, {}, 500) : sendJson(response, chat.whole('main')),
    );
    const other = await startUpstream((response) => sendJson(response, chat.whole('other')));
    const server = await start({
      upstreams: { main: { kind: 'openai', baseUrl: main.url }, other: { kind: 'openai', baseUrl: other.url } },
      models: { '*': { upstream: 'main', model: 'a', fallbacks: [{ upstream: 'other', model: 'b' }] } },
      retries: { perTarget: 0 },
      breaker: { failures: 1, cooldown: '60s' },
    });
    const { book } = server.parts.approvers!;
    const body = ask(`Pay to ${IBAN}.`);
    const held = await post(server, '/v1/chat/completions', body);
    expect(held.status).toBe(403);
    await book.decide(held.headers.get('x-ancile-approval')!, 'approve', 'alice');
    const beta = { headers: { 'openai-beta': 'other=1' } };
    expect((await post(server, '/v1/chat/completions', body, beta)).status).toBe(403);
    down = true;
    expect(await (await post(server, '/v1/chat/completions', ask('Hello'))).text()).toContain('other');
    const passed = await post(server, '/v1/chat/completions', body);
    expect(passed.status).toBe(200);
    expect(other.received.at(-1)!.text).toContain(IBAN);
  });

  it('cannot be made to take every place of the gateway by one key', async () => {
    const upstream = await startUpstream((response) => sendJson(response, chat.whole('Fine.')));
    const server = await start({ ...behind(upstream.url), limits: { concurrency: 40 } }, 20_000);
    const gone = new AbortController();
    const body = ask(`Pay to ${IBAN}.`);
    const waiting = Array.from({ length: 35 }, () =>
      post(server, '/v1/chat/completions', body, { signal: gone.signal }).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await eventually(() => (server.parts.load.count === 20 ? true : undefined));
    expect((await post(server, '/v1/chat/completions', ask('Hello'))).status).toBe(200);
    gone.abort();
    expect((await Promise.all(waiting)).filter((status) => status === 403)).toHaveLength(15);
    await settled(server, server.keyId);
  });
});
