// Who made a model and what is said of it: OpenSSF Model Signing v1.0 and in-toto attestations about a model's digest.
export { attest, predicateType, type Requirements, toScanPredicate } from './attestation.ts';
export type { Certificate } from './certificate.ts';
export { readPublicKey } from './key.ts';
export type { KeylessTrust } from './keyless.ts';
export { SIGNATURE_NAME } from './manifest.ts';
export { type DigestOptions, type DigestedModel, digestModel } from './model.ts';
export { type SignedStatement, type SigningKey, readCertificates, signModel } from './sign.ts';
export type { Trust } from './signer.ts';
export { type VerifyOptions, signaturePath, verifyModel } from './verify.ts';
