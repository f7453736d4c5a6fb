// Checkpoints in the form that other transparency logs have, so that their tools can verify ours: a C2SP signed note
// (https://c2sp.org/signed-note) over a C2SP checkpoint (https://c2sp.org/tlog-checkpoint).
import { createPublicKey, hash } from 'node:crypto';
import type { Keys, PublicKey } from '../keys/index.ts';
import type { Checkpoint } from './note.ts';

/** The signature type byte of Ed25519. */
const ED25519 = 1;
const SIGNATURE_BYTES = 64;
const KEY_HASH_BYTES = 4;

export interface CheckpointNote {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
}

/** The first bytes of SHA-256(name || "\n" || type || public key): which key a signature line is of. */
function keyHash(name: string, pem: string): Buffer {
  // The raw key is the end of its SPKI form.
  const raw = createPublicKey(pem).export({ type: 'spki', format: 'der' }).subarray(-32);
  const named = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), raw]);
  return hash('sha256', named, 'buffer').subarray(0, KEY_HASH_BYTES);
}

/**
 * A checkpoint as signed note, under the key name of its origin. Its text begins with the origin (`ancile/...`), so
 * that the signature cannot pass for one over a statement of the ledger's own form (`ancile-checkpoint-v1`), nor back.
 */
export function signCheckpointNote(keys: Keys, { origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\n`;
  const signature = Buffer.concat([keyHash(origin, keys.publicKeyPem), keys.sign(Buffer.from(text))]);
  return `${text}\n\u2014 ${origin} ${signature.toString('base64')}\n`;
}

/** What a signed note says that is signed by this key; undefined where it is not one. Never throws. */
export function openCheckpointNote(note: string, key: PublicKey): CheckpointNote | undefined {
  const match =
    /^(([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n)\n\u2014 ([^\n ]+) ([A-Za-z0-9+/]+={0,2})\n$/.exec(note);
  if (match === null) return undefined;
  const [, text = '', origin = '', size, root = '', name, encoded = ''] = match;
  const signature = Buffer.from(encoded, 'base64');
  if (name !== origin || signature.length !== KEY_HASH_BYTES + SIGNATURE_BYTES) return undefined;
  if (!signature.subarray(0, KEY_HASH_BYTES).equals(keyHash(name, key.pem))) return undefined;
  if (!key.verify(Buffer.from(text), signature.subarray(KEY_HASH_BYTES))) return undefined;
  return { origin, size: Number(size), root: Buffer.from(root, 'base64').toString('hex') };
}
