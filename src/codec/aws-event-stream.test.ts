import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeHeader, encodeMessage } from '../../test/harness/aws-messages.ts';
import { type AwsMessage, createAwsEventStreamParser } from './aws-event-stream.ts';

const malformed = expect.objectContaining({ code: 'upstream_malformed' }) as Error;
const read = (bytes: Buffer): AwsMessage[] => {
  const parser = createAwsEventStreamParser();
  const messages = parser.push(bytes);
  parser.end();
  return messages;
};
const plain = ({ headers, payload }: AwsMessage): unknown => [{ ...headers }, Buffer.from(payload).toString('latin1')];

const header = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' });
const message = fc.tuple(
  fc.dictionary(header, fc.string({ maxLength: 30 }), { maxKeys: 4 }),
  fc.uint8Array({ maxLength: 60 }),
);

it('reads what the published example holds', () => {
  // A message without headers and payload: the smallest there is, with the checksums of the format's own documents.
  expect(read(Buffer.from('000000100000000005c248eb7d98c8ff', 'hex')).map(plain)).toEqual([[{}, '']]);
});

it('reads messages however the chunks split them', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(400), { maxLength: 12 }), (messages, cuts) => {
      const bytes = Buffer.concat(messages.map(([headers, payload]) => encodeMessage(headers, payload)));
      const parser = createAwsEventStreamParser();
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const got = places.slice(1).flatMap((end, i) => parser.push(bytes.subarray(places[i], end)));
      parser.end();
      expect(got.map(plain)).toEqual(
        messages.map(([headers, payload]) => [{ ...headers }, Buffer.from(payload).toString('latin1')]),
      );
    }),
  );
});

it('refuses a message with any bit changed', () => {
  const bytes = encodeMessage({ ':message-type': 'event', ':event-type': 'chunk' }, Buffer.from('{"bytes":"e30="}'));
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => read(changed)).toThrow(malformed);
    }),
  );
});

it('passes over headers of other types, and refuses those that are none', () => {
  const types = [0, 1, 2, 3, 4, 5, 8, 9].map((type) =>
    encodeHeader(`h${type}`, type, Buffer.alloc([0, 0, 1, 2, 4, 8, 0, 0, 8, 16][type]!)),
  );
  const bytes = encodeHeader('h6', 6, Buffer.from([0, 2, 9, 9]));
  const [got] = read(encodeMessage({ name: 'value' }, Buffer.from('x'), Buffer.concat([...types, bytes])));
  expect(plain(got!)).toEqual([{ name: 'value' }, 'x']);
  for (const wrong of [
    encodeHeader('h', 10, Buffer.alloc(0)),
    encodeHeader('', 0, Buffer.alloc(0)),
    encodeHeader('h', 7, Buffer.from([0, 9, 65])),
    encodeHeader('name', 7, Buffer.from([0, 1, 65])),
    encodeHeader('h', 7, Buffer.from([0, 1, 0xff])),
    Buffer.from([200]),
  ]) {
    expect(() => read(encodeMessage({ name: 'value' }, Buffer.alloc(0), wrong))).toThrow(malformed);
  }
  expect(read(encodeMessage({ __proto__: 'x' } as never, Buffer.alloc(0)))).toHaveLength(1);
});

it('holds no more than its bound, and no message that is cut short', () => {
  const parser = createAwsEventStreamParser();
  const huge = encodeMessage({}, Buffer.alloc(6_000_001)).subarray(0, 12);
  expect(() => parser.push(huge)).toThrow(malformed);
  const open = createAwsEventStreamParser();
  open.push(encodeMessage({}, Buffer.from('abc')).subarray(0, 15));
  expect(() => open.end()).toThrow(malformed);
});
