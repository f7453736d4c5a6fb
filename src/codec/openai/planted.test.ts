// Answers and requests made to carry text past the gate: each was once a way through.
import { expect, it } from 'vitest';
import { passEvent } from '../pass-event.ts';
import type { StreamGate, StreamPiece, StreamReader } from '../surface.ts';
import { HOSTED_FIELDS, STATE_FIELDS } from './chat-request.ts';
import { alignLogprobs } from './logprobs.ts';
import { openChatStream } from './chat-stream.ts';
import { openaiChat } from './surface.ts';

const read = (...choices: object[]): StreamPiece =>
  openChatStream({ hideUsage: false }).read({ data: JSON.stringify({ choices }) });
const malformed = expect.objectContaining({ code: 'upstream_malformed' }) as Error;
const CARD = 'card 4111 1111 1111 1111';
const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];

it('writes a token anew where it is not the text of its bytes', () => {
  const entry = { logprob: -1, bytes: bytesOf('Hello') };
  const tokens = (token: string): unknown[] =>
    alignLogprobs([{ ...entry, token }], 'Hello').map((t) => t.entry['token']);
  expect(tokens(`${CARD} \ufffd`)).toEqual(['Hello']);
  expect(tokens('\\x41\\x42')).toEqual(['Hello']);
  expect(tokens('\\x48\\x65\\x6c\\x6c\\x6f')).toEqual(['\\x48\\x65\\x6c\\x6c\\x6f']);
  expect(tokens('other')).toEqual([]);
});

it('writes alternatives anew from their bytes, or drops them', () => {
  const alternatives = [
    { token: 'pin 1234 \ufffd', logprob: -2, bytes: [0xc3] },
    { token: 'pin 1234', logprob: -2, bytes: [72] },
    { token: '\ufffd', logprob: -2, bytes: bytesOf(CARD) },
  ];
  const entries = [{ token: 'Hi', logprob: -1, bytes: bytesOf('Hi'), top_logprobs: alternatives }];
  expect(alignLogprobs(entries, 'Hi')[0]?.entry['top_logprobs']).toEqual([
    { token: '\ufffd', logprob: -2, bytes: [0xc3] },
  ]);
});

it('refuses a chunk that names one choice twice', () => {
  const first = { index: 0, delta: { content: 'my card 4111 1111' } };
  const second = { delta: { content: ' 1111 1111' }, finish_reason: 'stop' };
  expect(() => read(first, { index: 0, ...second })).toThrow(malformed);
  expect(() => read(first, second)).toThrow(malformed);
  expect(read(first, { index: 1, ...second }).texts).toHaveLength(3);
});

it('ends a text only after its last piece in the event', () => {
  const steps: string[] = [];
  const gate: StreamGate = {
    push: ({ text }) => (steps.push(text), { text: '', cut: false }),
    end: () => (steps.push('end'), { text: '', cut: false }),
    whole: ({ text }) => ({ text, cut: false }),
    toolCall: () => ({ cut: false }),
  };
  const reader: StreamReader = openChatStream({ hideUsage: false });
  const delta = { reasoning_details: ['my card 4111 1111', ' 1111 1111'].map((text) => ({ index: 0, text })) };
  const choices = [{ index: 0, delta, finish_reason: 'stop' }];
  passEvent(reader, reader.read({ data: JSON.stringify({ choices }) }), gate);
  expect(steps).toEqual(['my card 4111 1111', ' 1111 1111', 'end']);
});

it('refuses a text under a name that is a text itself', () => {
  expect(() => read({ index: 0, delta: { [CARD]: 'hello there' } })).toThrow(malformed);
  expect(() => read({ index: 0, delta: { [CARD]: { more: 'hello there' } } })).toThrow(malformed);
});

it.each([
  { content: 41111111 },
  { content: ['a'] },
  { refusal: true },
  { reasoning: {} },
  { reasoning_content: 1 },
  { audio: { transcript: 41111111 } },
  { tool_calls: { function: { arguments: 41111111 } } },
])('refuses a growing text that is no string: %j', (delta) => {
  expect(() => read({ index: 0, delta })).toThrow(malformed);
});

it.each([...STATE_FIELDS, ...HOSTED_FIELDS])('refuses %s in another case', (name) => {
  const body = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
  const variant = name[0]!.toUpperCase() + name.slice(1);
  expect(() => openaiChat.readRequest({ ...body, [variant]: true })).toThrow(
    expect.objectContaining({ code: 'request_invalid', at: `/${name}` }) as Error,
  );
});
