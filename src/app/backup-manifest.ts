// What a backup is made of: the files of a data folder that it takes, and the manifest that says how they were.
import { z } from 'zod';
import { Checkpoint } from '../ledger/index.ts';

/** The last member of the archive: it tells of all before it. */
export const MANIFEST = 'manifest.json';
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
/** The store's file in a data folder. */
export const STORE = 'store.db';

const MEMBERS = [
  /^store\.db$/,
  /^ledger\/(format\.json|checkpoints\.jsonl|prunes\.jsonl|\d{16}\.(jsonl|leaves|root))$/,
  /^keys\/(signing\.pem|signing\.pub\.pem|digest\.key|capture\.key)$/,
  /^evidence\/\d{4}-\d\d-\d\d\.jsonl$/,
];

/** Without one of these it is no data folder: what is opened in their absence would quietly be made anew. */
export const REQUIRED_MEMBERS = [STORE, 'keys/signing.pem', 'keys/digest.key', 'keys/capture.key'];

/**
 * Whether a path within a data folder belongs in a backup. Nothing else is taken, and nothing else is put back: not a
 * socket, not a half-written file, not the log beside the store, which the copy has no need of.
 */
export function isMember(name: string): boolean {
  return MEMBERS.some((pattern) => pattern.test(name));
}

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

export const Manifest = z.strictObject({
  format: z.literal('ancile-backup'),
  version: z.literal(1),
  /** ISO 8601. */
  created: z.iso.datetime(),
  /** Version of ancile that made it. */
  ancile: z.string().max(100),
  node: z.string().max(100),
  /** Covers all records in it. */
  checkpoint: Checkpoint,
  members: z
    .array(z.strictObject({ name: z.string().max(100), bytes: z.int().nonnegative(), sha256: Digest }))
    .max(1_000_000),
});
export type Manifest = z.infer<typeof Manifest>;
