// DSSE signatures by elliptic-curve keys, each curve with its own hash. Our own, since Sigstore's library takes SHA-256 for
// every curve, while model signing has SHA-384 and SHA-512 for the larger ones.
import { type KeyObject, sign, verify } from 'node:crypto';

/** By the names that Node gives to P-256, P-384 and P-521. */
const HASHES: Readonly<Record<string, string>> = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' };

export const IN_TOTO_TYPE = 'application/vnd.in-toto+json';

/** The hash that goes with a key's curve; undefined for a key that cannot sign models. */
export function hashOf(key: KeyObject): string | undefined {
  return HASHES[key.asymmetricKeyDetails?.namedCurve ?? ''];
}

/** DSSE's pre-authentication encoding, v1: what is signed. */
export function encodePae(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `), payload]);
}

/** Python's `repr` of bytes. Injective, so that a signature over it is one over the bytes. */
function pythonRepr(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\'"]|[^\x20-\x7e]/g, (char) => {
    if (char === '\\' || char === quote) return `\\${char}`;
    if (char === "'" || char === '"') return char;
    if (char === '\t') return '\\t';
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `b${quote}${escaped}${quote}`;
}

/** What model signing before 1.0 signed: a bug of its own encoding, which the reference still reads. */
export function encodeOldPae(payloadType: string, payload: Buffer): Buffer {
  return Buffer.from(`DSSEV1 ${payloadType.length} ${payloadType} ${payload.length} ${pythonRepr(payload)}`);
}

/** Signatures by that encoding were over lists of files, never so long; showing bytes costs several times their room. */
const MAX_OLD_BYTES = 16_000_000;

/** The signature over a payload, DER. The key is one that `hashOf` knows. */
export function signPayload(key: KeyObject, payloadType: string, payload: Buffer): Buffer {
  return sign(hashOf(key), encodePae(payloadType, payload), key);
}

/** Whether it is the key's signature over the payload. Never throws. */
export function verifyPayload(key: KeyObject, payloadType: string, payload: Buffer, signature: Buffer): boolean {
  const hash = hashOf(key);
  if (hash === undefined) return false;
  try {
    return (
      verify(hash, encodePae(payloadType, payload), key, signature) ||
      (payload.length <= MAX_OLD_BYTES && verify(hash, encodeOldPae(payloadType, payload), key, signature))
    );
  } catch {
    return false;
  }
}
