import { describe, expect, it } from 'vitest';
import { alarms, scanBytes, u64 } from '../../testing/configs.ts';
import { call, global, pickle, text } from '../../testing/pickle.ts';

const file = (header: object | string, data: Buffer = Buffer.alloc(8), length?: number): Buffer => {
  const bytes = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([u64(length ?? bytes.length), bytes, data]);
};
const tensor = (shape: number[], from: number, to: number, dtype = 'F32'): object => ({
  dtype,
  shape,
  data_offsets: [from, to],
});
const one = tensor([2], 0, 8);
const EVIL = pickle(call(global('os', 'system'), text('id')));

it.each([
  ['a tensor', file({ a: one })],
  ['metadata', file({ __metadata__: { format: 'pt', notes: 'we import and eval (see exec.md)' }, a: one })],
  ['nothing', file('{}', Buffer.alloc(0))],
  ['room behind its header', file(`${JSON.stringify({ a: one })}    `)],
])('is clean with %s', (_, bytes) => {
  expect(scanBytes('m.safetensors', bytes)).toMatchObject({ format: 'safetensors', verdict: 'clean', findings: [] });
});

describe('a header that lies is found', () => {
  it.each([
    ['of a length beyond the file', file({ a: one }, Buffer.alloc(8), 2 ** 53), 'malformed'],
    ['of no length', file('', Buffer.alloc(0), 0), 'malformed'],
    ['that is no object', file('[]'), 'malformed'],
    ['that is no JSON', file('{"a": }'), 'malformed'],
    ['that is nested without end', file(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), 'malformed'],
    ['with a name twice', file('{"a":1,"a":2}'), 'malformed'],
    ['with metadata that are no text', file({ __metadata__: { a: 1 }, b: one }), 'malformed'],
    ['of tensors over each other', file({ a: one, b: tensor([2], 4, 12) }, Buffer.alloc(12)), 'tensor'],
    ['of a place before the first', file({ a: tensor([2], -8, 0) }), 'tensor'],
    ['of an end before its beginning', file({ a: tensor([2], 8, 0) }), 'tensor'],
    ['of a place behind the end', file({ a: tensor([4], 0, 16) }), 'tensor'],
    ['of a type that is none', file({ a: tensor([2], 0, 8, 'X9') }), 'tensor'],
    ['of half a size', file({ a: tensor([1.5], 0, 8) }), 'tensor'],
    ['of a shape that overflows', file({ a: tensor([2 ** 40, 2 ** 40], 0, 8) }), 'tensor'],
    ['of another shape than it takes', file({ a: tensor([3], 0, 8) }), 'tensor'],
    ['with bytes behind the last', file({ a: one }, Buffer.alloc(90, 1)), 'hidden'],
    ['with a gap', file({ a: one, b: tensor([2], 16, 24) }, Buffer.alloc(24)), 'hidden'],
  ])('%s', (_, bytes, rule) => {
    expect(alarms('m.safetensors', bytes)).toEqual([`medium safetensors.${rule}`]);
  });
});

it('has what hides in it looked at: in tensors of any type, behind them, in metadata', () => {
  const data = Buffer.concat([EVIL, Buffer.alloc(64 - EVIL.length)]);
  for (const [type, count] of [
    ['U8', 64],
    ['F32', 16],
  ] as const)
    expect(alarms('m.safetensors', file({ a: tensor([count], 0, 64, type) }, data))).toContain(
      'high safetensors.payload',
    );
  const program = Buffer.concat([Buffer.alloc(8), Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(64)]);
  expect(alarms('m.safetensors', file({ a: one }, program))).toContain('high safetensors.payload');
  for (const note of ['<script>alert(1)</script>', "__import__('os').system('id')", '{{ "".__class__.__mro__ }}'])
    expect(alarms('m.safetensors', file({ __metadata__: { note }, a: one }))).toContain('high safetensors.active');
});
