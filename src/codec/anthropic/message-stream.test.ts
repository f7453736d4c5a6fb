// What a stream of Messages may not do, and where its texts may not hide.
import { expect, it } from 'vitest';
import type { StreamPiece } from '../surface.ts';
import { openMessageStream } from './message-stream.ts';

function read(...bodies: object[]): StreamPiece[] {
  const reader = openMessageStream();
  return bodies.map((body) => reader.read({ data: JSON.stringify(body) }));
}

const CARD = '4111 1111 1111 1111';
const start = (block: object, index = 0): object => ({ type: 'content_block_start', index, content_block: block });
const delta = (body: object): object => ({ type: 'content_block_delta', index: 0, delta: body });
const TEXT = start({ type: 'text', text: '' });

it.each([
  ['a list for a text', [start({ type: 'text', text: [CARD] })]],
  ['an object for a thought', [start({ type: 'thinking', thinking: { a: CARD } })]],
  ['a number for a text', [start({ type: 'text', text: 4111111111111111 })]],
  ['a list for a piece of text', [TEXT, delta({ type: 'text_delta', text: [CARD] })]],
  ['a list in a signature', [TEXT, delta({ type: 'signature_delta', signature: '', text: [CARD] })]],
  ['a block out of order', [start({ type: 'text', text: '' }, 1)]],
  ['content at the start', [{ type: 'message_start', message: { content: [{ type: 'text', text: CARD }] } }]],
])('refuses %s', (_name, bodies) => {
  expect(() => read(...bodies)).toThrow(expect.objectContaining({ code: 'upstream_malformed' }));
});

it('reads what stands under a name of the prototype', () => {
  const [piece] = read(start({ type: 'toString', toString: CARD }));
  expect(piece!.texts.map((each) => each.text)).toContain(CARD);
});

it('judges the name of a delta member that begins with a digit', () => {
  const name = CARD.replaceAll(' ', '');
  const piece = read(TEXT, delta({ type: 'text_delta', [name]: 'x' }))[1]!;
  expect(piece.texts.map((each) => each.text)).toContain(name);
});

it.each([String.raw`{"a":1,"a":"4111 1111 1111 111\u0031"}`, String.raw`["4111 1111 1111 111\u0031"]`])(
  'reads through the escapes of an input that is no object by strict rules: %s',
  (partial_json) => {
    const pieces = read(
      start({ type: 'tool_use', id: 't', name: 'f', input: {} }),
      delta({ type: 'input_json_delta', partial_json }),
      { type: 'content_block_stop', index: 0 },
    );
    const call = pieces[2]!.toolCalls[0]!;
    expect(call.segments.some((each) => each.text.includes(CARD))).toBe(true);
    expect(call.body).toMatchObject({ input: partial_json });
  },
);
