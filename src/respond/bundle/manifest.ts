// What a bundle says of itself, signed with the node's key.
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'manifest.sig';
export const PUBLIC_KEY = 'public-key.pem';
export const RECORDS = 'records.jsonl';
export const PROOFS = 'proofs.jsonl';

export const BundleManifest = z.strictObject({
  form: z.literal('ancile-incident-bundle/1'),
  incident: z.string(),
  node: z.string(),
  keyId: z.string(),
  /** ISO 8601. */
  made: z.string(),
  by: z.string(),
  version: z.string(),
  policyVersion: z.string(),
  records: z.int().nonnegative(),
  /** Records that the ledger could not prove, and why. */
  unproven: z.array(z.strictObject({ seq: z.int().nonnegative(), why: z.string() })),
  /** Records the incident rests on that are not there any more. */
  gone: z.array(z.int().nonnegative()),
  /** What is not in it, as sentences. */
  leftOut: z.array(z.string()),
  files: z.array(z.strictObject({ name: z.string(), bytes: z.int().nonnegative(), sha256: z.string() })),
});
export type BundleManifest = z.infer<typeof BundleManifest>;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
