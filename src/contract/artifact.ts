// Models of the inventory: what is known of one version of a model, whether it may be used, and who pulled it.
import { z } from 'zod';
import { AttestationKind } from './attestation.ts';
import { Decision } from './decision.ts';
import { ScanFinding, ScanVerdict } from './scan.ts';

/** `quarantined`: nobody gets it; `admitted`: served to those in whose scope it is; `retired`: not served any more. */
export const ModelState = z.enum(['quarantined', 'admitted', 'retired']);
export type ModelState = z.infer<typeof ModelState>;

/** Whether something comes in or is put in. Policies rule on it. */
export const Transfer = z.enum(['pull', 'push']);
export type Transfer = z.infer<typeof Transfer>;

export const SignatureState = z.enum(['none', 'valid', 'invalid']);
export type SignatureState = z.infer<typeof SignatureState>;

export const ModelSignature = z.object({
  state: SignatureState,
  /** Whose signature it is, as its verification says: a key's hint, an identity. */
  signer: z.string().optional(),
  /** Of the key that an image's signature is by: SHA-256 of its SPKI, hex. */
  keySha256: z.string().optional(),
});
export type ModelSignature = z.infer<typeof ModelSignature>;

/** A finding as the inventory keeps it: what is there, and where in the file. */
export const ModelFinding = ScanFinding.pick({
  rule: true,
  severity: true,
  message: true,
  member: true,
  offset: true,
  line: true,
});
export type ModelFinding = z.infer<typeof ModelFinding>;

/** A file of a version. What follows `etag` is known once it was fetched and scanned. */
export const ModelFile = z.object({
  path: z.string(),
  size: z.int().nonnegative(),
  /** As its source names the content: what clients are told as ETag. */
  etag: z.string(),
  /** SHA-256, hex: as the source says, and later as it was computed. */
  sha256: z.string().optional(),
  verdict: ScanVerdict.optional(),
  format: z.string().optional(),
  /** The five worst. */
  findings: z.array(ModelFinding).optional(),
  /** A person admitted the version and knew of this file. */
  accepted: z.literal(true).optional(),
});
export type ModelFile = z.infer<typeof ModelFile>;

/** An attestation of a version that counts: its signature held, it is about this digest, and it says what is wanted. */
export const ModelEvidence = z.object({
  kind: AttestationKind,
  /** Of the attestation itself, SHA-256, hex. */
  sha256: z.string(),
  /** Whose signature it is: a name of the certificate, or the key's digest. */
  signer: z.string(),
  /** What it came to: `clean`, `passed`, who approved. */
  says: z.string(),
  /** A file of the version, or the person who gave it. */
  from: z.string(),
  /** ISO 8601: when it was attested, when it was taken in, and from when on it counts no more. */
  time: z.string(),
  added: z.string(),
  expires: z.string().optional(),
  /** Why it counts no more: its signer is trusted no longer. */
  revoked: z.string().optional(),
});
export type ModelEvidence = z.infer<typeof ModelEvidence>;

export const ModelAsset = z.object({
  /** `source:repo@revision`. */
  id: z.string(),
  /** A name under `artifacts.sources` in the configuration. */
  source: z.string(),
  repo: z.string(),
  /** A commit or digest: what it names never changes. */
  revision: z.string(),
  /** SHA-256 over the listing: path, size and content name of each file. */
  digest: z.string(),
  state: ModelState,
  /** Why it is in that state, and the person who brought it there. */
  reason: z.string().optional(),
  actor: z.string().optional(),
  files: z.array(ModelFile),
  /** What the files say together was looked at. */
  examined: z.literal(true).optional(),
  /** Of all files. */
  bytes: z.int().nonnegative(),
  licence: z.string().optional(),
  signature: ModelSignature,
  /** What `ancile sign` and `ancile attest` call the model: SHA-256 over the digests of its files; known once all are. */
  contentDigest: z.string().optional(),
  /** What is attested of it, in the order it came. */
  evidence: z.array(ModelEvidence).optional(),
  /** Digest of whom the configuration trusted when signature and evidence were last looked at. */
  heldBy: z.string().optional(),
  /** The last one; absent while nothing of it was fetched. */
  decision: Decision.optional(),
  /** ISO 8601 times: of the version itself, as its source says, and of what happened here. */
  modified: z.string().optional(),
  firstSeen: z.string(),
  changed: z.string(),
  lastPulled: z.string().optional(),
  pulls: z.int().nonnegative(),
  /** Principals, the last hundred. */
  pulledBy: z.array(z.string()),
});
export type ModelAsset = z.infer<typeof ModelAsset>;
