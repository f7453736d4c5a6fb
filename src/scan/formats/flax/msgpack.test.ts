import { expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes, u8 } from '../../testing/configs.ts';

const text = (value: string): Buffer => Buffer.concat([u8(0xa0 | value.length), Buffer.from(value)]);
const binary = (value: Buffer): Buffer => Buffer.concat([u8(0xc4, value.length), value]);
const map = (entries: Readonly<Record<string, Buffer>>): Buffer =>
  Buffer.concat([
    u8(0x80 | Object.keys(entries).length),
    ...Object.entries(entries).flatMap(([name, value]) => [text(name), value]),
  ]);
const array = (shape: number[], type: string, data: Buffer): Buffer => {
  const inner = Buffer.concat([u8(0x93, 0x90 | shape.length, ...shape), text(type), binary(data)]);
  return Buffer.concat([u8(0xc7, inner.length, 1), inner]);
};
const params = (value: Buffer): Buffer => map({ params: map({ Dense_0: map({ kernel: value }) }) });

it('is clean with arrays that fit their bytes, and is known without a name', () => {
  const good = params(array([2, 2], 'float32', Buffer.alloc(16)));
  expect(scanBytes('flax_model', good)).toMatchObject({ format: 'flax', verdict: 'clean', findings: [], unseen: [] });
  const others = map({
    a: u8(0xc0),
    b: u8(0xc3),
    c: u8(0xcb, 0, 0, 0, 0, 0, 0, 0, 0),
    d: u8(0x92, 1, 0xff),
    e: u8(0xd1, 0xff, 0),
  });
  expect(alarms('a.msgpack', others)).toEqual([]);
});

it('is found to count what is not there', () => {
  expect(alarms('a.msgpack', u8(0xdd, 0xff, 0xff, 0xff, 0xff))).toEqual(['medium flax.malformed']);
  expect(alarms('a.msgpack', Buffer.concat([u8(0x81), text('a'), u8(0xdf, 0x7f, 0, 0, 0)]))).toEqual([
    'medium flax.malformed',
  ]);
  expect(alarms('a.msgpack', Buffer.concat([u8(0x81), text('a'), u8(0xc6, 0x7f, 0, 0, 0, 1)]))).toEqual([
    'medium flax.malformed',
  ]);
  expect(alarms('a.msgpack', Buffer.concat([u8(0x81), text('a'), Buffer.alloc(100_000, 0x91), u8(1)]))).toEqual([
    'medium flax.malformed',
  ]);
  expect(alarms('a.msgpack', Buffer.concat([u8(0x81), text('a'), u8(0xc1)]))).toEqual(['medium flax.malformed']);
});

it('is found to have arrays that contradict themselves, or are of objects', () => {
  expect(alarms('a', params(array([100, 100], 'float32', Buffer.alloc(16))))).toEqual(['medium flax.array']);
  expect(alarms('a', params(array([1], 'O', Buffer.alloc(8))))).toEqual(['high flax.array']);
  expect(alarms('a', params(array([1], 'i4,O', Buffer.alloc(8))))).toEqual(['medium flax.array']);
  expect(rulesOf('a', Buffer.concat([params(u8(1)), u8(1)]))).toEqual(['flax.trailing']);
});

it('hands pickles within on', () => {
  const pickle = Buffer.from('\x80\x02}q\x00.', 'latin1');
  expect(scanBytes('a', params(binary(pickle))).members.map(({ path }) => path)[0]).toMatch(/^bytes-at-\d+\.pkl$/);
});
