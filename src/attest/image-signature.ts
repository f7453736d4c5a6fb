// Signatures of container images as cosign makes them with a key: over a small document (simple signing) that names the manifest's
// digest.
import { type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import type { ModelSignature } from '../contract/index.ts';
import { hashOf } from './dsse.ts';
import { keyDigest } from './key.ts';

/** Largest document that is read. */
export const MOST_PAYLOAD_BYTES = 64 << 10;
const TYPE = 'cosign container image signature';

const Payload = z.looseObject({
  critical: z.looseObject({
    image: z.looseObject({ 'docker-manifest-digest': z.string() }),
    type: z.literal(TYPE),
  }),
});

export interface ImageSignature {
  /** The document, byte for byte. */
  readonly payload: Buffer;
  /** Over it, DER. */
  readonly signature: Buffer;
}

function digestIn(payload: Buffer): string | undefined {
  try {
    const value = parseJson(payload, { what: 'the document', maxBytes: MOST_PAYLOAD_BYTES });
    return Payload.safeParse(value).data?.critical.image['docker-manifest-digest'];
  } catch (thrown) {
    if (thrown instanceof AncileError) return undefined;
    throw thrown;
  }
}

function isBy(key: KeyObject, { payload, signature }: ImageSignature): boolean {
  const hash = hashOf(key);
  try {
    return hash !== undefined && verify(hash, payload, key, signature);
  } catch {
    return false;
  }
}

/**
 * Whether one of the signatures is over this digest, by one of the keys. Anybody who may push can add more: those that do not hold
 * say nothing.
 * @param digest - of the manifest, `sha256:...`
 */
export function checkImage(
  digest: string,
  signatures: readonly ImageSignature[],
  keys: readonly KeyObject[],
): ModelSignature {
  for (const each of signatures) {
    // The signature first: what nobody signed is not read.
    const key = keys.find((one) => isBy(one, each));
    if (key !== undefined && digestIn(each.payload) === digest) {
      const keySha256 = keyDigest(key);
      return { state: 'valid', signer: `key ${keySha256.slice(0, 16)}`, keySha256 };
    }
  }
  return { state: 'none' };
}
