// Who made a model, what it is made of and what is said of it: OpenSSF Model Signing v1.0, in-toto attestations about a model's
// digest, bills of materials.
export {
  type HeldAttestation,
  attest,
  holdAttestation,
  holdSigner,
  predicateType,
  type Requirements,
  toScanPredicate,
} from './attestation.ts';
export type { Certificate } from './certificate.ts';
export { type ImageSignature, MOST_PAYLOAD_BYTES, checkImage } from './image-signature.ts';
export { keyDigest, readPublicKey } from './key.ts';
export type { KeylessTrust } from './keyless.ts';
export { SIGNATURE_NAME, contentDigest, isStatementFile } from './manifest.ts';
export { type DigestOptions, type DigestedModel, digestModel } from './model.ts';
export { type SignedStatement, type SigningKey, readCertificates, signModel } from './sign.ts';
export type { Trust } from './signer.ts';
export { type TrustField, readTrust } from './trust.ts';
export { type VerifyOptions, signaturePath, verifyModel } from './verify.ts';
export { loadContents, readContents } from './bom/bom-file.ts';
export { type Completeness, toCompleteness } from './bom/completeness.ts';
export { toCyclonedx } from './bom/cyclonedx.ts';
export { type Change, type Gate, diffContents, failsGate } from './bom/diff.ts';
export type { ModelFacts } from './bom/facts.ts';
export { gatherFacts, type KnownBeside } from './bom/gather.ts';
export { scanToCyclonedx } from './bom/scanned.ts';
export { toBomFacts } from './bom/shown.ts';
export { toSpdx } from './bom/spdx.ts';
