import { describe, expect, it } from 'vitest';
import { alarms, scanBytes, u32, u64 } from '../../testing/configs.ts';
import { call, global, pickle, text } from '../../testing/pickle.ts';

const [U32, STRING, ARRAY] = [4, 8, 9];
const word = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const entry = (key: string, type: number, value: Buffer): Buffer => Buffer.concat([word(key), u32(type), value]);
const texts = (...values: string[]): Buffer =>
  Buffer.concat([u32(STRING), u64(values.length), ...values.map((value) => word(value))]);
const tensor = (name: string, sizes: (number | bigint)[], type: number, offset: number | bigint): Buffer =>
  Buffer.concat([word(name), u32(sizes.length), ...sizes.map((size) => u64(size)), u32(type), u64(offset)]);
const LLAMA = entry('general.architecture', STRING, word('llama'));

/** A file with these keys and tensors; the numbers begin where they are aligned to. */
function file(keys: Buffer[], tensors = [tensor('a', [8], 0, 0)], data = Buffer.alloc(32), version = 3): Buffer {
  const counts = [u32(version), u64(tensors.length), u64(keys.length)];
  const head = Buffer.concat([Buffer.from('GGUF'), ...counts, ...keys, ...tensors]);
  return Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), data]);
}
const template = (key: string, value: string): Buffer => file([LLAMA, entry(key, STRING, word(value))]);
const ESCAPE = "{{ cycler.__init__.__globals__.os.popen('id').read() }}";

it.each([
  ['a tensor', file([LLAMA])],
  ['a vocabulary', file([LLAMA, entry('tokenizer.ggml.tokens', ARRAY, texts('<s>', 'eval', '<0x0A>'))])],
  ['a template', template('tokenizer.chat_template', '{% for m in messages %}{{ m.content }}{% endfor %}')],
  ['an alignment of its own', file([LLAMA, entry('general.alignment', U32, u32(32))])],
])('is clean with %s', (_, bytes) => {
  expect(scanBytes('m.gguf', bytes)).toMatchObject({ format: 'gguf', verdict: 'clean', findings: [], unseen: [] });
});

describe('what attacks loaders is found', () => {
  const of = (...tensors: Buffer[]): Buffer => file([LLAMA], tensors, Buffer.alloc(64));
  it.each([
    ['an alignment of nothing', file([LLAMA, entry('general.alignment', U32, u32(0))]), 'structure'],
    ['an alignment of three', file([LLAMA, entry('general.alignment', U32, u32(3))]), 'structure'],
    ['a key twice', file([LLAMA, LLAMA]), 'structure'],
    ['a version to come', file([LLAMA], [], Buffer.alloc(0), 99), 'structure'],
    ['a value of no type', file([entry('x', 77, u32(1))]), 'malformed'],
    ['a list without end', file([entry('x', ARRAY, Buffer.concat([u32(STRING), u64(2n ** 62n)]))]), 'malformed'],
    ['a text without end', file([entry('x', STRING, u64(-1))]), 'malformed'],
    ['more dimensions than there is room for', of(tensor('a', [1, 1, 1, 1, 1], 0, 0)), 'malformed'],
    ['dimensions without end', of(Buffer.concat([word('a'), u32(-1)])), 'malformed'],
    ['a type beyond the table', of(tensor('a', [8], 9999, 0)), 'tensor'],
    ['a size that overflows', of(tensor('a', [2n ** 62n, 8], 0, 0)), 'tensor'],
    ['a dimension below zero', of(tensor('a', [-1n], 0, 0)), 'tensor'],
    ['a place before the first', of(tensor('a', [8], 0, -32n)), 'tensor'],
    ['a place behind the end', of(tensor('a', [8], 0, 4096)), 'tensor'],
    ['a place that is not aligned', of(tensor('a', [8], 0, 4)), 'tensor'],
    ['tensors over each other', of(tensor('a', [16], 0, 0), tensor('b', [8], 0, 32)), 'tensor'],
    ['a tensor twice', of(tensor('a', [8], 0, 0), tensor('a', [8], 0, 32)), 'tensor'],
    ['bytes behind the last', file([LLAMA], undefined, Buffer.alloc(9000, 3)), 'hidden'],
  ])('%s', (_, bytes, rule) => {
    expect(alarms('m.gguf', bytes)).toEqual([`medium gguf.${rule}`]);
  });
});

it('has every template followed, wherever it stands', () => {
  for (const key of ['tokenizer.chat_template', 'tokenizer.chat_template.rag', 'general.description'])
    expect(alarms('m.gguf', template(key, ESCAPE))).toContain('critical jinja.escape');
  const listed = file([LLAMA, entry('tokenizer.chat_templates', ARRAY, texts('{{ messages }}', ESCAPE))]);
  expect(alarms('m.gguf', listed)).toContain('critical jinja.escape');
});

it('has its tensors looked at, of whatever type', () => {
  const evil = pickle(call(global('os', 'system'), text('id')));
  const data = Buffer.concat([evil, Buffer.alloc(64 - evil.length)]);
  expect(alarms('m.gguf', file([LLAMA], [tensor('a', [16], 0, 0)], data))).toContain('high gguf.payload');
});
