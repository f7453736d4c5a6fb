// Signed statements in the ledger's folder: checkpoints over the tree, and prunes of its oldest segments.
//
// A note is a JSON object on one line. Its signature (Ed25519, base64) is over the bytes of
//   "ancile-<kind>-v1\n" followed by the canonical JSON (RFC 8785) of the object without `signature`,
// so a signature over one kind of statement cannot pass for another.
import { z } from 'zod';
import { canonicalJson } from '../base/index.ts';
import type { Keys, PublicKey } from '../keys/index.ts';

const Count = z.int().nonnegative();
const Root = z.string().regex(/^[0-9a-f]{64}$/);
/** What every note has. */
export const SIGNED_MEMBERS = {
  /** Which ledger this is about. */
  origin: z.string().max(200),
  time: z.string().max(40),
  /** First 16 hex characters of the SHA-256 of the signer's SPKI DER. */
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  signature: z.string().max(100),
};

/** The first `size` records have this Merkle root (hex). */
export const Checkpoint = z.strictObject({ ...SIGNED_MEMBERS, size: Count, root: Root });
export type Checkpoint = z.infer<typeof Checkpoint>;

/** The records of the segment `first .. first+size-1`, whose subtree has this root, were deleted on purpose. */
export const Prune = z.strictObject({ ...SIGNED_MEMBERS, first: Count, size: Count, root: Root });
export type Prune = z.infer<typeof Prune>;

type Kind = 'checkpoint' | 'prune' | 'forward';
type Unsigned<T> = Omit<T, 'signature' | 'keyId'>;

function signedBytes(kind: Kind, note: object): Buffer {
  return Buffer.from(`ancile-${kind}-v1\n${canonicalJson({ ...note, signature: undefined })}`);
}

/** A statement of a kind with the signature over it. */
export function signNote<T extends object>(kind: Kind, keys: Keys, body: T): T & { keyId: string; signature: string } {
  const note = { ...body, keyId: keys.keyId };
  return { ...note, signature: keys.sign(signedBytes(kind, note)).toString('base64') };
}

export function signCheckpoint(keys: Keys, body: Unsigned<Checkpoint>): Checkpoint {
  return signNote('checkpoint', keys, body);
}

export function signPrune(keys: Keys, body: Unsigned<Prune>): Prune {
  return signNote('prune', keys, body);
}

/** Whether the note is signed by this key. */
export function verifyNote(kind: 'checkpoint' | 'prune', note: Checkpoint | Prune, key: PublicKey): boolean {
  return isSignedNote(kind, note, key);
}

/** Whether a statement of a kind is signed by this key. */
export function isSignedNote(kind: Kind, note: { keyId: string; signature: string }, key: PublicKey): boolean {
  if (note.keyId !== key.keyId) return false;
  const signature = Buffer.from(note.signature, 'base64');
  // Base64 leaves room for several spellings of the same bytes: only ours is taken.
  return signature.toString('base64') === note.signature && key.verify(signedBytes(kind, note), signature);
}

/** Reads a note from its line; undefined when it is not one. Says nothing of the signature. */
export function parseNote<T>(schema: z.ZodType<T>, line: Uint8Array): T | undefined {
  try {
    // eslint-disable-next-line no-restricted-properties -- a line of bounded length, held against a strict schema
    return schema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))).data;
  } catch {
    return undefined;
  }
}
