// What a node signs when it sends records on: which they are, and the whole history that they end.
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Keys, PublicKey } from '../keys/index.ts';
import { leafHashOfBytes } from './merkle.ts';
import { SIGNED_MEMBERS, isSignedNote, signNote } from './note.ts';

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Hashes = z.array(Hash).max(64);

/**
 * "Records `from` to `size - 1` of this ledger are those of `batch`, and the first `size` have this root." Without records
 * (`from` = `size`) it says how far the ledger is.
 */
export const ForwardNote = z.strictObject({
  ...SIGNED_MEMBERS,
  from: z.int().nonnegative(),
  size: z.int().nonnegative(),
  root: Hash,
  /** Records there are, sent or not. */
  total: z.int().nonnegative(),
  /** SHA-256 of the leaf hashes of the records of this batch, end to end. */
  batch: Hash,
  /** The tree at `from`, as the roots of its complete subtrees, for one who does not have it. */
  frontier: Hashes.optional(),
  /** Where records before `from` are not sent: proof that the tree at `from` goes on from that of so many records. */
  after: z.strictObject({ size: z.int().nonnegative(), proof: Hashes }).optional(),
});
export type ForwardNote = z.infer<typeof ForwardNote>;

export function signForward(keys: Keys, body: Omit<ForwardNote, 'keyId' | 'signature'>): ForwardNote {
  return signNote('forward', keys, body);
}

export function verifyForward(note: ForwardNote, key: PublicKey): boolean {
  return isSignedNote('forward', note, key);
}

export const batchDigest = (leaves: readonly Uint8Array[]): string => hash('sha256', Buffer.concat(leaves), 'hex');

export const leafOf = (line: Uint8Array): Buffer => leafHashOfBytes(line);
