import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Bytes } from './bytes.ts';
import { ProtobufFault, readFields } from './protobuf.ts';

const of = (bytes: Uint8Array): Bytes => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, Math.max(offset, offset + length)),
});
const read = (...bytes: number[]): unknown[] =>
  [...readFields(of(Uint8Array.from(bytes)))].map(({ number, wire, value, start, end }) => [
    number,
    wire,
    value,
    start,
    end,
  ]);

it('gives the fields of a message, one of each kind', () => {
  expect(read(0x08, 0x96, 0x01)).toEqual([[1, 0, 150, 1, 3]]);
  expect(read(0x12, 2, 0x68, 0x69, 0x1d, 1, 2, 3, 4)).toEqual([
    [2, 2, 0, 2, 4],
    [3, 5, 0, 5, 9],
  ]);
  expect(read(0x21, 1, 2, 3, 4, 5, 6, 7, 8)).toEqual([[4, 1, 0, 1, 9]]);
  expect(read()).toEqual([]);
});

it('gives numbers below zero as what they are without a sign, rounded', () => {
  expect(read(0x08, ...Array<number>(9).fill(0xff), 0x01)).toEqual([[1, 0, 2 ** 64, 1, 11]]);
});

it.each([
  ['a tag that breaks off', [0x80]],
  ['a number that breaks off', [0x08, 0x80]],
  ['a number without an end', [0x08, ...Array<number>(11).fill(0x80), 1]],
  ['a text that breaks off', [0x12, 3, 0x68]],
  ['a length beyond everything', [0x12, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ['eight bytes that break off', [0x21, 1, 2]],
  ['the field 0', [0x00, 0]],
  ['a group', [0x0b, 0x0c]],
  ['a kind that is none', [0x0e]],
])('finds fault with %s', (_, bytes) => {
  expect(() => read(...bytes)).toThrow(ProtobufFault);
});

it('ends on any bytes with fields that lie within them, or with a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      let at = 0;
      try {
        for (const { start, end, number } of readFields(of(bytes))) {
          expect(number).toBeGreaterThan(0);
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeLessThanOrEqual(bytes.length);
          at = end;
        }
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ProtobufFault);
      }
    }),
  );
});
