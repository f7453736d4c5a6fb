// A sealed text opens for its purpose, its place and its key, and otherwise not at all.
import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSeal } from './index.ts';

const root = createSecretKey(randomBytes(32));

it('opens what it sealed, in any script and of any length', () => {
  const seal = createSeal(root, 'test');
  for (const text of ['', 'a', '日本 \u{1f642}', 'x'.repeat(100_000)]) {
    const sealed = seal.seal(text, 'id');
    expect(seal.open(sealed, 'id')).toBe(text);
    if (text.length > 3) expect(Buffer.from(sealed, 'base64').includes(text.slice(0, 4))).toBe(false);
  }
  expect(seal.seal('same', 'id')).not.toBe(seal.seal('same', 'id'));
});

it('opens for no other place, purpose or key, nor after a change', () => {
  const sealed = createSeal(root, 'test').seal('held text', 'id');
  expect(createSeal(root, 'test').open(sealed, 'other')).toBeUndefined();
  expect(createSeal(root, 'tests').open(sealed, 'id')).toBeUndefined();
  expect(createSeal(createSecretKey(randomBytes(32)), 'test').open(sealed, 'id')).toBeUndefined();
  const bytes = Buffer.from(sealed, 'base64');
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i]! ^= 1;
    expect(createSeal(root, 'test').open(changed.toString('base64'), 'id')).toBeUndefined();
  }
  for (const broken of ['', 'AAAA', sealed.slice(0, 20)]) {
    expect(createSeal(root, 'test').open(broken, 'id')).toBeUndefined();
  }
});
