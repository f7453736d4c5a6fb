// Everything that can break does, one thing at a time: upstreams, clients, bodies, our own stages. Each is answered in
// bounds, in the client's own error form, and is on record.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { AncileError } from '../../src/base/index.ts';
import type { Detector } from '../../src/detect/index.ts';
import { createPipeline } from '../../src/guard/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { ask, failureOf, openaiClient, post } from '../harness/clients.ts';
import { type PartsServer, startPartsServer } from '../harness/parts-server.ts';
import { type TestServer, behind, eventually, startTestServer } from '../harness/server.ts';
import { type TestUpstream, beginStream, sendJson, startRawUpstream, startUpstream } from '../harness/upstream.ts';
import { chat } from '../harness/wire.ts';

const LIMITS = {
  upstreamHeadersTimeout: '400ms',
  upstreamIdleTimeout: '400ms',
  upstreamConnectTimeout: '400ms',
  headersTimeout: '300ms',
  requestTimeout: '600ms',
  bodyBytes: 2_000_000,
  answerBytes: 2_000_000,
};

let upstream: TestUpstream;
let server: TestServer;

beforeAll(async () => {
  upstream = await startUpstream((response) => sendJson(response, chat.whole('Fine.')));
  // These faults come one after the other: test/e2e/outages.test.ts has what a row of them leads to.
  server = await startTestServer({ ...behind(upstream.url), limits: LIMITS, breaker: { failures: 1000 } });
});

/** Asks, whole or streamed, and says how it ended for the client and for the ledger. */
async function outcomeOf(
  target: TestServer,
  stream: boolean,
): Promise<{ code: unknown; text: string; reason: unknown }> {
  const answer = await post(target, '/v1/chat/completions', ask('Hi', { stream }));
  const text = await answer.text();
  const { closed } = await target.exchange(answer.headers.get('x-ancile-exchange')!);
  expect(closed.outcome).toBe('upstream_error');
  const last = text
    .trim()
    .split('\n')
    .at(-1)!
    .replace(/^data: /, '');
  return { code: (JSON.parse(last) as { error?: { code?: string } }).error?.code, text, reason: closed.reason };
}

describe('an upstream that', () => {
  it('resets in the middle of a stream ends the client’s in an error, after what came before', async () => {
    upstream.behave((response) => {
      beginStream(response)(chat.text('The garden is quiet. '), chat.text('x '.repeat(400)));
      setTimeout(() => response.socket?.resetAndDestroy(), 50);
    });
    const { code, text } = await outcomeOf(server, true);
    expect(code).toBe('upstream_reset');
    expect(text).toContain('The garden');
    expect(text).not.toContain('[DONE]');
    const client = openaiClient(server).chat.completions;
    const failure = await failureOf(
      (async () => {
        const stream = await client.create({ model: 'm', messages: [{ role: 'user', content: 'x' }], stream: true });
        for await (const _ of stream);
      })(),
    );
    expect(failure).toBeInstanceOf(OpenAI.APIError);
  });

  it('resets before it answers, or refuses the connection, is a 502', async () => {
    upstream.behave((response) => void response.socket?.resetAndDestroy());
    for (const stream of [false, true]) expect((await outcomeOf(server, stream)).code).toBe('upstream_reset');
    const closed = await startTestServer({ ...behind('http://127.0.0.1:9/v1'), limits: LIMITS });
    expect((await outcomeOf(closed, false)).code).toBe('upstream_unreachable');
  });

  it('never answers is a 504, and one that falls silent in the middle ends the stream in the same error', async () => {
    const hole = await startRawUpstream(() => undefined);
    const behindHole = await startTestServer({ ...behind(hole.url), limits: LIMITS });
    expect((await outcomeOf(behindHole, false)).code).toBe('upstream_timeout');
    upstream.behave((response) => beginStream(response)(chat.text('Once upon a time ')));
    expect((await outcomeOf(server, true)).code).toBe('upstream_timeout');
  });

  it.each([
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['says nothing at all', ''],
    ['breaks off in its headers', 'HTTP/1.1 200 OK\r\nContent-Type: applica'],
    ['breaks off in its body', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"id"'],
    ['lies about chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s is a 502', async (_, bytes) => {
    const raw = await startRawUpstream((socket) => socket.once('data', () => socket.end(bytes)));
    const behindRaw = await startTestServer({ ...behind(raw.url), limits: LIMITS });
    expect((await outcomeOf(behindRaw, false)).code).toMatch(/^upstream_(malformed|reset)$/);
  });

  it.each([
    ['broken JSON', '{"choices": [{'],
    ['JSON of another shape', '{"choices": "none"}'],
    ['no JSON', '<html>Bad gateway</html>'],
    ['one name twice', '{"choices": [], "choices": []}'],
    ['depth without end', '['.repeat(5000)],
    ['letters that are none', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ])('answers with %s is a 502 that quotes nothing of it', async (_, body) => {
    upstream.behave((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    });
    const { code, text } = await outcomeOf(server, false);
    expect(code).toBe('upstream_malformed');
    expect(text).not.toContain('Bad gateway');
  });

  it.each([
    ['broken JSON', 'data: {"choices": [{"index"\n\n'],
    ['an array', 'data: [1]\n\n'],
    ['a choice that is none', 'data: {"choices": [7]}\n\n'],
    ['a line without end', `data: ${'x'.repeat(2_500_000)}`],
  ])('streams %s ends the stream in an error', async (_, bytes) => {
    upstream.behave((response) => {
      beginStream(response)(chat.text('Hello. '), bytes);
      response.end();
    });
    const { code, text } = await outcomeOf(server, true);
    expect(code).toBe('upstream_malformed');
    expect(text).not.toContain('[DONE]');
  });

  it('compresses, although asked not to, is a 502: nobody could bound or read that', async () => {
    upstream.behave((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(gzipSync(JSON.stringify(chat.whole('Fine.'))));
    });
    expect((await outcomeOf(server, false)).code).toBe('upstream_malformed');
  });

  it.each([true, false])('answers without end is cut at the bound (stream: %s)', async (stream) => {
    const gone = new AbortController();
    upstream.behave(async (response) => {
      response.on('close', () => gone.abort());
      response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
      if (!stream) response.write('{"choices":[],"padding":"');
      const block = stream ? chat.text('so it goes '.repeat(1000)) : 'x'.repeat(16_384);
      while (!gone.signal.aborted) {
        if (!response.write(block)) await once(response, 'drain', gone).catch(() => undefined);
      }
    });
    expect((await outcomeOf(server, stream)).code).toBe('upstream_malformed');
    await eventually(() => (gone.signal.aborted ? true : undefined));
  });

  it('redirects is not followed', async () => {
    const elsewhere = await startUpstream((response) => sendJson(response, chat.whole('Gotcha.')));
    for (const status of [301, 302, 307, 308]) {
      upstream.behave((response) => {
        response.writeHead(status, { location: `${elsewhere.url}/chat/completions` });
        response.end();
      });
      const { code, text } = await outcomeOf(server, false);
      expect(code).toBe('upstream_refused');
      expect(text).not.toContain(elsewhere.url);
    }
    expect(elsewhere.received).toEqual([]);
  });

  it('streams although nobody asked for a stream is a 502', async () => {
    upstream.behave((response) => {
      beginStream(response)(chat.text('Hello'), chat.finish(), chat.done);
      response.end();
    });
    expect((await outcomeOf(server, false)).code).toBe('upstream_malformed');
  });
});

describe('a request', () => {
  const health = async (): Promise<number> => (await fetch(`${server.address}/healthz`)).status;
  /** Sends so many bytes of body, as long as they are wanted; what was answered. */
  function send(bytes: number, headers: Record<string, string>): Promise<{ status: number; text: string }> {
    const { hostname, port } = new URL(server.address);
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        hostname,
        port,
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { authorization: `Bearer ${server.key}`, ...headers },
      });
      request.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode!, text }));
      });
      request.on('error', reject);
      const block = Buffer.alloc(65_536, 'x');
      let left = bytes;
      const pump = (): void => {
        while (left > 0 && !request.destroyed) {
          left -= block.length;
          if (!request.write(block)) return void request.once('drain', pump);
        }
        request.end();
      };
      pump();
    });
  }

  it.each([
    ['announced', { 'content-length': String(100 * 1024 * 1024) }],
    ['unannounced', {}],
  ])('of 100 MB, %s, is a 413 and costs no memory', async (_, headers) => {
    let peak = 0;
    const before = process.memoryUsage().rss;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
    const { status, text } = await send(100 * 1024 * 1024, headers as Record<string, string>);
    clearInterval(timer);
    expect(status).toBe(413);
    expect(text).toContain('limits.bodyBytes');
    expect(peak - before).toBeLessThan(64 * 1024 * 1024);
    expect(await health()).toBe(200);
  });

  it.each([
    ['nested 10,000 deep', `{"model":"m","messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, /nest/i],
    ['nested and never closed', '{"a":'.repeat(300_000), /nest/i],
    [
      'with one name twice',
      '{"model":"m","model":"n","messages":[{"role":"user","content":"x"}]}',
      /two members of one name/,
    ],
    ['with one name twice, escaped', '{"model":"m","mod\\u0065l":"n","messages":[]}', /two members of one name/],
    ['with __proto__', '{"__proto__":{"model":"m"},"messages":[]}', /__proto__/],
    ['that is no JSON', 'model=m&messages=hi', /JSON/],
    ['that is empty', '', /JSON/],
    ['that is a number', '7', /object/],
  ])('%s is a 400 that says so', async (_, body, words) => {
    const answer = await post(server, '/v1/chat/completions', body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(words);
  });

  it('in a compressed body or invalid letters is a 400', async () => {
    const zipped = gzipSync(JSON.stringify(ask('Hi')));
    const headers = { 'content-encoding': 'gzip' };
    expect((await post(server, '/v1/chat/completions', zipped, { headers })).status).toBe(400);
    const bytes = Buffer.concat([
      Buffer.from('{"model":"m","messages":[{"role":"user","content":"'),
      Buffer.from([0xff]),
    ]);
    const answer = await post(server, '/v1/chat/completions', Buffer.concat([bytes, Buffer.from('"}]}')]));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('UTF-8');
  });

  it.each([
    ['headers come a letter at a time', 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    [
      'body comes a letter at a time',
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\nContent-Length: 5000\r\n\r\n{"model":',
    ],
  ])('whose %s is cut off in time', async (_, head) => {
    const { hostname, port } = new URL(server.address);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(head.replace('KEY', server.key));
    const drip = setInterval(() => socket.write(' '), 50);
    await closed;
    clearInterval(drip);
    if (text !== '') expect(text).toContain('408');
    expect(await health()).toBe(200);
  });

  it('with headers past the bound is turned away', async () => {
    const headers = { 'x-long': 'y'.repeat(20_000) };
    expect((await post(server, '/v1/chat/completions', ask('Hi'), { headers })).status).toBe(431);
  });

  it('of one word of a million letters passes through whole, and its answer streams as one', async () => {
    const words = ['a'.repeat(1_000_000), '1'.repeat(1_000_000), 'A1-'.repeat(330_000), '('.repeat(500_000)];
    for (const word of words) {
      upstream.behave((response, { body }) => {
        const content = (body['messages'] as { content: string }[])[0]!.content;
        beginStream(response)(chat.text(content), chat.finish(), chat.done);
        response.end();
      });
      const answer = await post(server, '/v1/chat/completions', ask(word, { stream: true }));
      const text = await answer.text();
      const spoken = text
        .split('\n\n')
        .filter((event) => event.startsWith('data: {'))
        .map(
          (event) =>
            (JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content,
        )
        .join('');
      expect(answer.status).toBe(200);
      expect(spoken === word).toBe(true);
    }
  }, 60_000);

  it('abandoned half-way through its body leaves the server well', async () => {
    const { hostname, port } = new URL(server.address);
    for (let i = 0; i < 20; i++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\nContent-Length: 5000\r\n\r\n{`,
      );
      socket.on('connect', () => socket.resetAndDestroy());
    }
    await eventually(async () => ((await server.admin.getStatus({})).inflight === 0 ? true : undefined));
    expect(await health()).toBe(200);
  });
});

describe('a stage of our own that fails does what the policy set wrote down', () => {
  const CHOICES = ['deny', 'allow', 'flag'] as const;

  /** A policy set that permits everything, by these Cedar policies and with one choice for every fault. */
  function policySet(onFault: string, cedar: string): string {
    const folder = tempFolder();
    mkdirSync(folder, { recursive: true });
    const stages = ['detect', 'policy', 'ledger', 'budget'].map((stage) => `  ${stage}: ${onFault}`);
    const manifest = ['name: test', "version: '1'", 'description: For a test.', 'onFault:', ...stages];
    writeFileSync(
      join(folder, 'policy-set.yaml'),
      [...manifest, 'policies: [all.cedar]', 'cases: cases.yaml', ''].join('\n'),
    );
    writeFileSync(join(folder, 'cases.yaml'), 'cases: []\n');
    writeFileSync(join(folder, 'all.cedar'), cedar);
    return folder;
  }
  const PERMIT = ['finding', 'exchange']
    .map(
      (name) =>
        `@id("${name}.ok")\n@action("allow")\n@reason("fine")\npermit (principal, action == Action::"${name}", resource);`,
    )
    .join('\n');
  /** An error each time it is asked: the sum is past what Cedar counts to. */
  const BROKEN = `@id("broken")\n@action("block")\n@reason("never")\nforbid (principal, action == Action::"exchange", resource)\nwhen { 9223372036854775807 + 1 > 0 };`;

  it.each(CHOICES)('policy evaluation: %s', async (onFault) => {
    upstream.behave((response) => sendJson(response, chat.whole('Fine.')));
    const target = await startTestServer({
      ...behind(upstream.url),
      policy: { set: policySet(onFault, `${PERMIT}\n${BROKEN}`) },
    });
    const answer = await post(target, '/v1/chat/completions', ask('Hi'));
    expect(answer.status).toBe(onFault === 'deny' ? 503 : 200);
    if (onFault === 'deny') expect(await answer.text()).toContain('policy_fault');
    const { opened } = await target.exchange(answer.headers.get('x-ancile-exchange')!);
    expect(opened.decision.action).toBe(onFault === 'deny' ? 'block' : onFault);
    expect(opened.decision.stages).toMatchObject([{ stage: 'policy', status: 'failed', onFault }]);
  });

  describe.each(['input', 'output'] as const)('a detector that throws on %s', (direction) => {
    const broken: Detector = {
      id: 'broken',
      version: '1',
      classes: ['pii'],
      reach: 0,
      lookbehind: 0,
      usesContext: false,
      appliesTo: (_, asked) => asked === direction,
      inspect() {
        throw new RangeError('it quotes the text: Hi');
      },
    };
    const startBroken = (onFault: string): Promise<PartsServer> =>
      startPartsServer({ ...behind(upstream.url), policy: { set: policySet(onFault, PERMIT) } }, (parts, made) => ({
        ...parts,
        pipeline: createPipeline({ detectors: [...made.detectors, broken], policies: () => parts.policies }),
      }));

    it.each(CHOICES)('%s', async (onFault) => {
      const target = await startBroken(onFault);
      for (const stream of [false, true]) {
        upstream.behave((response) => {
          if (!stream) return sendJson(response, chat.whole('Fine.'));
          beginStream(response)(chat.text('Fine. '.repeat(100)), chat.finish(), chat.done);
          return response.end();
        });
        target.appended.length = 0;
        const before = upstream.received.length;
        const answer = await post(target, '/v1/chat/completions', ask('Hi', { stream }));
        const text = await answer.text();
        const denied = onFault === 'deny';
        expect(text.includes('guard_fault')).toBe(denied);
        expect(text.includes('Fine.')).toBe(!denied);
        if (denied && direction === 'input') expect(upstream.received).toHaveLength(before);
        if (!(stream && direction === 'output')) expect(answer.status).toBe(denied ? 503 : 200);
        const records = await eventually(() => (target.appended.length === 2 ? target.appended : undefined));
        // By kind: of two that become durable together, either may be noted first.
        const kind = direction === 'input' ? 'exchange.opened' : 'exchange.closed';
        const record = records.find((each) => each.kind === kind)!;
        const decision = 'decision' in record ? record.decision : undefined;
        expect(decision?.action).toBe(denied ? 'block' : onFault);
        expect(decision?.stages).toMatchObject([
          { stage: 'detect.broken', status: 'failed', onFault, detail: 'RangeError' },
        ]);
        expect(JSON.stringify(records)).not.toContain('it quotes');
      }
    });
  });

  it.each(CHOICES)('a ledger that cannot be written: %s', async (onFault) => {
    let full = false;
    const target = await startPartsServer(
      { ...behind(upstream.url), policy: { set: policySet(onFault, PERMIT) } },
      ({ append, ...parts }) => ({
        ...parts,
        append: (body) => (full ? Promise.reject(new AncileError('ledger_fault', 'no room')) : append(body)),
      }),
    );
    for (const stream of [false, true]) {
      upstream.behave((response) => {
        if (!stream) return sendJson(response, chat.whole('Fine.'));
        beginStream(response)(chat.text('Fine.'), chat.finish(), chat.done);
        return response.end();
      });
      full = true;
      const answer = await post(target, '/v1/chat/completions', ask('Hi', { stream }));
      const text = await answer.text();
      expect(answer.status).toBe(onFault === 'deny' ? 503 : 200);
      expect(text.includes('Fine.')).toBe(onFault !== 'deny');
      expect(target.faults.length).toBeGreaterThan(0);
      full = false;
      expect((await post(target, '/v1/chat/completions', ask('Hi', { stream }))).status).toBe(200);
    }
  });

  it.each(CHOICES)('a book of budgets that cannot be read: %s', async (onFault) => {
    upstream.behave((response) => sendJson(response, chat.whole('Fine.')));
    const target = await startPartsServer(
      { ...behind(upstream.url), policy: { set: policySet(onFault, PERMIT) } },
      (parts) => ({
        ...parts,
        budgets: {
          ...parts.budgets,
          reserve() {
            throw new AncileError('store_fault', 'the book is torn');
          },
        },
      }),
    );
    const answer = await post(target, '/v1/chat/completions', ask('Hi'));
    expect(answer.status).toBe(onFault === 'deny' ? 503 : 200);
    expect(target.faults).toHaveLength(1);
    if (onFault === 'deny') return;
    const opened = target.appended.find((record) => record.kind === 'exchange.opened');
    expect(opened?.decision.action).toBe(onFault);
    expect(opened?.decision.stages).toEqual([{ stage: 'budget', status: 'failed', detail: 'store_fault', onFault }]);
  });
});
