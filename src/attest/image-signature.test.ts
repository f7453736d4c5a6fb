// Image signatures: made here as cosign makes them (`openssl dgst -sha256 -sign` over the document, DER), by its key's own curve.
import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyDigest } from './key.ts';
import { checkImage } from './image-signature.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function payloadOf(digest = DIGEST, type = 'cosign container image signature', more: object = {}): Buffer {
  const image = { 'docker-manifest-digest': digest };
  const critical = { identity: { 'docker-reference': 'registry.example.org/org/model' }, image, type, ...more };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}
const signed = (payload: Buffer, { privateKey } = mine) => ({
  payload,
  signature: sign('sha256', payload, privateKey),
});
const check = (...signatures: { payload: Buffer; signature: Buffer }[]) =>
  checkImage(DIGEST, signatures, [mine.publicKey]);

it('holds where one of several is by a key that counts, over this digest', () => {
  expect(check(signed(payloadOf()))).toEqual({
    state: 'valid',
    signer: expect.stringMatching(/^key [0-9a-f]{16}$/),
    keySha256: keyDigest(mine.publicKey),
  });
  expect(check(signed(payloadOf(), other), signed(payloadOf())).state).toBe('valid');
  const keys = [other.publicKey, mine.publicKey];
  expect(checkImage(DIGEST, [signed(payloadOf())], keys).state).toBe('valid');
});

it('reads what cosign wrote', () => {
  // As `cosign generate` prints it: no spaces, `optional` null.
  const text =
    '{"critical":{"identity":{"docker-reference":"r.example/m"},"image":{"docker-manifest-digest":"' +
    `${DIGEST}"},"type":"cosign container image signature"},"optional":null}`;
  expect(check(signed(Buffer.from(text))).state).toBe('valid');
});

it.each([
  ['by another key', [signed(payloadOf(), other)]],
  ['over another digest', [signed(payloadOf(`sha256:${'cd'.repeat(32)}`))]],
  ['of another kind', [signed(payloadOf(DIGEST, 'atomic container signature'))]],
  ['over another document', [{ ...signed(payloadOf()), payload: payloadOf(DIGEST, undefined, { x: 1 }) }]],
  ['that is none', [{ payload: payloadOf(), signature: Buffer.from('x') }]],
  ['over what is no document', [signed(Buffer.from('{'))]],
  [
    'over a document with the digest twice',
    [
      signed(
        Buffer.from(
          payloadOf('sha256:x').toString().replace('"sha256:x"', `"sha256:x","docker-manifest-digest":"${DIGEST}"`),
        ),
      ),
    ],
  ],
  ['at all', []],
])('does not count a signature %s', (_, signatures) => {
  expect(check(...signatures)).toEqual({ state: 'none' });
});
