// Legacy completions, embeddings, moderations: texts in, and what comes out.
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import type { SseEvent } from '../sse.ts';
import type { LlmSurface } from '../surface.ts';
import { assemble, createGate, parseAll, pass, plantings } from '../testing/gate.ts';
import { MARK, slots, tryOne } from '../testing/planting.ts';
import { openaiCompletions, openaiEmbeddings, openaiModerations } from './surface.ts';

const LOGPROBS = {
  tokens: ['Hé', 'bytes:\\x20', 'you'],
  token_logprobs: [null, -0.5, -1],
  top_logprobs: [null, { ' ': -0.5, _: -2 }, {}],
  text_offset: [0, 2, 3],
};
const COMPLETION = {
  id: 'cmpl-1',
  object: 'text_completion',
  created: 1_700_000_000,
  model: 'm',
  choices: [{ index: 0, text: 'Hé you', logprobs: LOGPROBS, finish_reason: 'stop' }],
  usage: { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 },
};
const VECTOR = Buffer.from(new Float32Array([0.25, -0.5, 1e-9]).buffer).toString('base64');
const EMBEDDINGS = {
  object: 'list',
  model: 'm',
  data: [
    { object: 'embedding', index: 0, embedding: [0.25, -0.5] },
    { object: 'embedding', index: 1, embedding: VECTOR },
  ],
  usage: { prompt_tokens: 7, total_tokens: 7 },
};
const MODERATION = {
  id: 'modr-1',
  model: 'omni-moderation-latest',
  results: [
    {
      flagged: true,
      categories: { hate: false, 'hate/threatening': true },
      category_scores: { hate: 0.1, 'hate/threatening': 0.9 },
      category_applied_input_types: { hate: ['text'], 'hate/threatening': ['text', 'image'] },
    },
  ],
};

const BODIES: [name: string, LlmSurface, 'readRequest' | 'readResponse', object][] = [
  [
    'a completion request',
    openaiCompletions,
    'readRequest',
    { model: 'm', prompt: ['a b', 'c d'], suffix: 'e f', n: 2 },
  ],
  ['a completion', openaiCompletions, 'readResponse', COMPLETION],
  ['an embedding request', openaiEmbeddings, 'readRequest', { model: 'm', input: ['a b'], encoding_format: 'float' }],
  ['embeddings', openaiEmbeddings, 'readResponse', EMBEDDINGS],
  [
    'a moderation request',
    openaiModerations,
    'readRequest',
    {
      input: [
        { type: 'text', text: 'a b' },
        { type: 'image_url', image_url: { url: 'https://a.example' } },
      ],
    },
  ],
  ['moderations', openaiModerations, 'readResponse', MODERATION],
];

it.each(BODIES)('finds a string in every place of %s', (_name, surface, way, body) => {
  const outcomes = slots(body).map((slot) => tryOne(surface, way, body, slot, MARK));
  expect(outcomes.filter((outcome) => outcome === outcome.toUpperCase())).toEqual([]);
  expect(outcomes).toContain('yielded');
});

it('reads prompts, and counts the answers they ask for', () => {
  const read = (rest: object): ReturnType<typeof openaiCompletions.readRequest> =>
    openaiCompletions.readRequest({ model: 'm', ...rest });
  expect(read({ prompt: 'a b', max_tokens: 5 })).toMatchObject({
    n: 1,
    maxOutputTokens: 5,
    segments: [{ path: '/prompt', channel: 'user', text: 'a b' }],
    capabilities: [],
    uninspected: [],
  });
  expect(read({ prompt: ['a', 'b', 'c'], n: 2, best_of: 4 }).n).toBe(12);
  expect(read({ prompt: 'a', echo: true, max_tokens: 0 }).maxOutputTokens).toBe(0);
  // Tokens are text that nobody here reads.
  expect(read({ prompt: [1, 2, 3] })).toMatchObject({ n: 1, segments: [], uninspected: ['unknown'] });
  expect(read({ prompt: [[1, 2], [3]], n: 2 })).toMatchObject({ n: 4, uninspected: ['unknown'] });
  expect(read({ prompt: [4111111111111111] }).segments).toHaveLength(1);
  expect(read({ prompt: 'a', suffix: 'b' }).segments.map(({ channel }) => channel)).toEqual(['user', 'user']);
  expect(read({ prompt: 'a', store: true }).capabilities).toEqual(['stored_state']);
  for (const bad of [
    { prompt: 7 },
    { prompt: 'a', n: 0 },
    { prompt: 'a', max_tokens: -1 },
    { prompt: 'a', Prompt: 'b' },
  ])
    expect(() => read(bad)).toThrow(AncileError);
});

it('keeps log probabilities in step with the text', () => {
  const read = (logprobs: unknown): typeof COMPLETION => {
    const body = structuredClone({
      ...COMPLETION,
      choices: [{ ...COMPLETION.choices[0]!, logprobs }],
    }) as typeof COMPLETION;
    expect(openaiCompletions.readResponse(body).usage).toEqual({ inputTokens: 4, outputTokens: 2 });
    return body;
  };
  expect(read(LOGPROBS).choices[0]!.logprobs).toMatchObject({
    tokens: ['Hé', 'bytes:\\x20', 'you'],
    token_logprobs: [null, -0.5, -1],
    text_offset: [0, 2, 3],
  });
  expect(read({ ...LOGPROBS, tokens: ['another', ' text'] }).choices[0]!.logprobs).toBeNull();
  const body = read(LOGPROBS);
  openaiCompletions.redact(body, [{ path: '/choices/0/text', text: 'Hé *', spans: [{ start: 3, end: 6 }] }]);
  expect(body.choices[0]).toMatchObject({ text: 'Hé *', logprobs: { tokens: ['Hé', 'bytes:\\x20'] } });
});

const chunk = (choice: object, rest: object = {}): SseEvent => ({
  data: JSON.stringify({
    ...COMPLETION,
    usage: undefined,
    choices: [{ index: 0, finish_reason: null, ...choice }],
    ...rest,
  }),
});
const lists = (token: string): object => ({
  tokens: [token],
  token_logprobs: [-1],
  top_logprobs: [{}],
  text_offset: [0],
});
const CHUNKS = [
  chunk({ text: 'one', logprobs: lists('one') }),
  chunk({ text: ' two', logprobs: lists(' two') }),
  chunk({ text: 'other', index: 1 }),
  chunk({ text: ' three', logprobs: lists(' three'), finish_reason: 'stop' }),
  { data: JSON.stringify({ ...COMPLETION, choices: [] }) },
  { data: '[DONE]' },
];

it('passes a stream whatever is held back, and its log probabilities with their text', () => {
  const expected = assemble(openaiCompletions, CHUNKS);
  expect(expected).toEqual({
    whole: { '/choices/0/text': 'one two three', '/choices/1/text': 'other' },
    rest: ['stop', { inputTokens: 4, outputTokens: 2 }],
  });
  for (const hold of [0, 4, 100]) {
    const out = parseAll(pass(openaiCompletions, CHUNKS, createGate(openaiCompletions, hold)));
    expect(assemble(openaiCompletions, out)).toEqual(expected);
    const tokens = out.flatMap(({ data }) => [...data.matchAll(/"tokens":\["([^"]*)"/g)].map(([, token]) => token));
    expect(tokens.length).toBeGreaterThan(0);
    expect(out.every(({ data }) => !data.includes('delta'))).toBe(true);
  }
  const secret = [chunk({ text: 'a PLANTED <he' }), chunk({ text: 're> & there b', finish_reason: 'stop' })];
  const out = parseAll(pass(openaiCompletions, secret, createGate(openaiCompletions, 30)));
  expect(assemble(openaiCompletions, out)['whole']).toEqual({ '/choices/0/text': 'a [gone] b' });
});

it('lets a string planted in any place of a stream reach the gate', () => {
  let tried = 0;
  for (const planted of plantings(CHUNKS)) {
    tried++;
    try {
      expect(pass(openaiCompletions, planted, createGate(openaiCompletions, 30))).not.toContain('PLANTED');
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
    }
  }
  expect(tried).toBeGreaterThan(50);
});

it('reads what is to be embedded, and skips vectors and nothing else', () => {
  const read = (input: unknown): ReturnType<typeof openaiEmbeddings.readRequest> =>
    openaiEmbeddings.readRequest({ model: 'm', input });
  expect(read(['a', 'b'])).toMatchObject({ maxOutputTokens: 0, segments: [{ channel: 'document' }, { text: 'b' }] });
  expect(read([[1, 2], [3]])).toMatchObject({ segments: [], uninspected: ['unknown'] });
  expect(() => read(7)).toThrow(AncileError);
  expect(openaiEmbeddings.readResponse(EMBEDDINGS)).toEqual({
    segments: [],
    uninspected: [],
    finishReasons: [],
    usage: { inputTokens: 7, outputTokens: 0 },
  });
  const texts = (embedding: unknown): string[] =>
    openaiEmbeddings.readResponse({ data: [{ embedding }] }).segments.map(({ text }) => text);
  expect(texts([0.1, 'hello there'])).toEqual(['hello there']);
  expect(texts([0.1, 4111111111111111])).toEqual(['4111111111111111']);
  expect(texts('hello there')).toEqual(['hello there']);
  expect(texts('aGVsbG8')).toEqual(['aGVsbG8']);
});

it('reads many long vectors without walking them', () => {
  const vector = Array.from({ length: 3072 }, (_, i) => Math.sin(i));
  const data = Array.from({ length: 1000 }, (_, index) => ({ object: 'embedding', index, embedding: vector }));
  // Walked number by number these would be more values than a body may have.
  expect(openaiEmbeddings.readResponse({ ...EMBEDDINGS, data }).segments).toEqual([]);
});

it('reads what is to be moderated, and the verdict', () => {
  expect(openaiModerations.readRequest({ input: 'a b' })).toMatchObject({
    model: 'omni-moderation-latest',
    maxOutputTokens: 0,
    segments: [{ path: '/input', channel: 'user' }],
  });
  const parts = [
    { type: 'text', text: 'a' },
    { type: 'image_url', image_url: { url: 'https://a.example' } },
    { type: 'x' },
  ];
  const view = openaiModerations.readRequest({ model: 'm', input: parts });
  expect(view.segments.map(({ text }) => text)).toEqual(['a', 'https://a.example', 'x']);
  expect([...view.uninspected].sort()).toEqual(['image', 'unknown']);
  expect(openaiModerations.readResponse(MODERATION)).toEqual({ segments: [], uninspected: [], finishReasons: [] });
  const body = { input: 'x' };
  openaiModerations.prepareUpstream(body, 'theirs');
  expect(body).toEqual({ input: 'x', model: 'theirs' });
});

it('says of tokens and vectors that nobody read them, also where other things stand among them', () => {
  const unread = (rest: object): readonly string[] =>
    openaiCompletions.readRequest({ model: 'm', prompt: 'Hello', ...rest }).uninspected;
  for (const prompt of [[1, 2], ['1', 2], [true, 2], [[1, '2']], ['text', [1]]])
    expect(unread({ prompt })).toEqual(['unknown']);
  expect(unread({ prompt: ['a', 'b'] })).toEqual([]);
  expect(unread({ prompt_embeds: 'AAAA' })).toEqual(['unknown']);
  expect(openaiEmbeddings.readRequest({ model: 'm', input: ['1', 2] }).uninspected).toEqual(['unknown']);
});

it('sees what a name of a model asks for besides', () => {
  const asks = (model: string): readonly string[] =>
    openaiCompletions.readRequest({ model, prompt: 'Hello' }).capabilities;
  expect(asks('some/model:online')).toEqual(['hosted_tool']);
  expect(asks('some/model@preset/mine')).toEqual(['stored_state']);
  expect(asks('llama3:8b')).toEqual([]);
});

it('takes no more tokens for said than any answer has', () => {
  const usage = { prompt_tokens: 2 ** 53 - 1, completion_tokens: 1 };
  expect(openaiCompletions.readResponse({ choices: [], usage }).usage).toBeUndefined();
});
