import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKeyedDigest, createKeyedLabel } from './keyed-digest.ts';

const secret = randomBytes(32);
const digest = createKeyedDigest(createSecretKey(secret));
const reference = (content: string | Uint8Array): string => createHmac('sha256', secret).update(content).digest('hex');

it('is HMAC-SHA-256, of texts and of bytes', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => digest(text) === reference(text)));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => digest(bytes) === reference(bytes)));
});

it('holds at the sizes where the way of computing it changes', () => {
  for (const size of [0, 63, 64, 65, 87_381, 87_382, 262_144, 262_145, 1_000_000]) {
    expect(digest('é'.repeat(size)) === reference('é'.repeat(size)), `${size}`).toBe(true);
    expect(digest(Buffer.alloc(size, 7)) === reference(Buffer.alloc(size, 7)), `${size}`).toBe(true);
  }
});

it('labels texts under the key', () => {
  const label = createKeyedLabel(digest);
  const other = createKeyedLabel(createKeyedDigest(createSecretKey(randomBytes(32))));
  expect(label('a')).toMatch(/^[0-9a-f]{32}$/);
  expect(label('a')).toBe(label('a'));
  expect(label('a')).not.toBe(label('b'));
  expect(label('a')).not.toBe(other('a'));
});
