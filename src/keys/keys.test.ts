// The story of keys: made once, used, found again, and refused when anything about them is off.
import { createHmac } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { PUBLIC_KEY_PATH, equalSecrets, loadPublicKey, openKeys } from './index.ts';

let dir: string;
const file = (name: string): string => join(dir, 'keys', name);
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'ancile-keys-'))));
afterEach(() => rmSync(dir, { recursive: true }));

function refusal(): AncileError {
  try {
    openKeys(dir);
  } catch (error) {
    if (error instanceof AncileError) return error;
    throw error;
  }
  throw new Error('the keys were opened');
}

it('makes keys on first use and finds the same again', () => {
  const keys = openKeys(dir);
  expect(readdirSync(file('')).sort()).toEqual(['capture.key', 'digest.key', 'signing.pem', 'signing.pub.pem']);
  expect(statSync(file('')).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(file(''))) expect(statSync(file(name)).mode & 0o777).toBe(0o600);

  const again = openKeys(dir);
  expect(again.keyId).toBe(keys.keyId);
  expect(again.keyId).toMatch(/^[0-9a-f]{16}$/);
  expect(again.keyedDigest('tëxt')).toBe(keys.keyedDigest(Buffer.from('tëxt')));
  expect(again.captureKey.equals(keys.captureKey)).toBe(true);
});

it('signs so that the public half verifies, and nothing else does', () => {
  const keys = openKeys(dir);
  const publicKey = loadPublicKey(readFileSync(join(dir, PUBLIC_KEY_PATH), 'utf8'), 'the key');
  const bytes = Buffer.from('a checkpoint');
  const signature = keys.sign(bytes);
  expect(publicKey.keyId).toBe(keys.keyId);
  expect(publicKey.verify(bytes, signature)).toBe(true);
  expect(publicKey.verify(Buffer.from('another'), signature)).toBe(false);
  expect(publicKey.verify(bytes, signature.subarray(1))).toBe(false);
  signature[3]! ^= 1;
  expect(publicKey.verify(bytes, signature)).toBe(false);
});

it('digests as HMAC-SHA-256 under a key that differs between folders', () => {
  const keys = openKeys(dir);
  const expected = createHmac('sha256', readFileSync(file('digest.key')))
    .update('text')
    .digest('hex');
  expect(keys.keyedDigest('text')).toBe(expected);
  const other = mkdtempSync(join(tmpdir(), 'ancile-keys-'));
  expect(openKeys(other).keyedDigest('text')).not.toBe(expected);
  rmSync(other, { recursive: true });
});

it('refuses keys that others can reach', () => {
  openKeys(dir);
  for (const name of ['signing.pem', 'digest.key', 'capture.key']) {
    chmodSync(file(name), 0o640);
    expect(refusal()).toMatchObject({
      code: 'data_dir_unusable',
      at: file(name),
      hint: expect.stringContaining('chmod 600'),
    });
    chmodSync(file(name), 0o600);
  }
  chmodSync(file(''), 0o755);
  expect(refusal().hint).toContain('chmod 700');
});

it('refuses broken, missing and planted keys without quoting them', () => {
  openKeys(dir);
  const keep = (name: string, change: () => void): AncileError => {
    renameSync(file(name), join(dir, 'kept'));
    change();
    const error = refusal();
    rmSync(file(name), { force: true });
    renameSync(join(dir, 'kept'), file(name));
    return error;
  };
  const secret = 'MC4CAQAwBQYDK2VwBCIEIsecretsecretsecret';
  for (const text of [secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`, '']) {
    const error = keep('signing.pem', () => writeFileSync(file('signing.pem'), text, { mode: 0o600 }));
    expect(error.message).toContain('not an Ed25519 private key');
    expect(inspect(error)).not.toContain('secretsecret');
  }
  expect(keep('digest.key', () => writeFileSync(file('digest.key'), 'short', { mode: 0o600 })).message).toContain(
    '5 bytes',
  );
  expect(keep('digest.key', () => {}).message).toContain('missing');
  expect(keep('capture.key', () => symlinkSync(file('digest.key'), file('capture.key'))).message).toContain('link');
  const foreign =
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';
  expect(keep('signing.pub.pem', () => writeFileSync(file('signing.pub.pem'), foreign)).message).toContain(
    'other half',
  );
  expect(
    keep('digest.key', () => writeFileSync(file('digest.key'), Buffer.alloc(20_000), { mode: 0o600 })).message,
  ).toContain('too large');
  openKeys(dir);
});

it('completes a folder whose making was interrupted', () => {
  openKeys(dir);
  const digest = readFileSync(file('digest.key'));
  rmSync(file('signing.pem'));
  rmSync(file('signing.pub.pem'));
  rmSync(file('capture.key'));
  openKeys(dir);
  expect(readFileSync(file('digest.key'))).toEqual(digest);
  expect(readdirSync(file(''))).toHaveLength(4);
});

it('does not show keys when printed', () => {
  const keys = openKeys(dir);
  const shown = inspect(keys, { depth: 5, showHidden: true }) + JSON.stringify(keys);
  for (const name of ['digest.key', 'capture.key']) {
    const raw = readFileSync(file(name));
    expect(shown).not.toContain(raw.toString('hex'));
    expect(shown).not.toContain(raw.toString('base64'));
  }
  expect(shown).not.toContain(readFileSync(file('signing.pem'), 'utf8').split('\n')[1]);
});

it('takes only Ed25519 public keys', () => {
  expect(() => loadPublicKey('nonsense', 'here')).toThrow('here is not');
  openKeys(dir);
  expect(() => loadPublicKey(readFileSync(file('signing.pem'), 'utf8'), 'here')).toThrow('here is not');
});

it('compares secrets whole', () => {
  expect(equalSecrets('abc', 'abc')).toBe(true);
  expect(equalSecrets('abc', Buffer.from('abc'))).toBe(true);
  expect(equalSecrets('abc', 'abd')).toBe(false);
  expect(equalSecrets('abc', 'abcd')).toBe(false);
  expect(equalSecrets('', 'a')).toBe(false);
});
