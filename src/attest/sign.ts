// Signs what is said of models: a statement, in an envelope, in a bundle.
import { type KeyObject, createPublicKey } from 'node:crypto';
import { AncileError } from '../base/index.ts';
import { type Material, renderBundle } from './bundle.ts';
import { type Certificate, readPemCertificates } from './certificate.ts';
import { IN_TOTO_TYPE, signPayload } from './dsse.ts';
import { checkCurve, keyDigest, keyHint } from './key.ts';
import { type DigestOptions, type DigestedModel, digestModel } from './model.ts';
import { Refused } from './refused.ts';
import { renderSignedModel } from './statement.ts';

export interface SigningKey {
  /** Private: P-256, P-384 or P-521. */
  readonly key: KeyObject;
  /** The key's certificate and those above it, leaf first; without them it signs as a bare key. */
  readonly certificates?: readonly Certificate[] | undefined;
}

export interface SignedStatement {
  /** A Sigstore bundle, as JSON. */
  readonly bundle: string;
  /** SHA-256 of the signing key's SPKI in DER, hex. */
  readonly keySha256: string;
}

/** Certificates of a PEM text. @throws AncileError `usage` where there is none, or one cannot be read */
export function readCertificates(pem: string, at: string): Certificate[] {
  try {
    return readPemCertificates(pem);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    throw new AncileError('usage', `${at}: ${thrown.message}`, { at, hint: 'Give certificates in PEM.' });
  }
}

function toMaterial({ key, certificates = [] }: SigningKey): Exclude<Material, { method: 'keyless' }> {
  const [leaf] = certificates;
  if (leaf === undefined) return { method: 'key', hint: keyHint(key) };
  if (!leaf.x509.publicKey.equals(createPublicKey(key))) {
    throw new AncileError('usage', 'the certificate is of another key', {
      hint: 'Give the certificate of the signing key first, those above it after it.',
    });
  }
  return { method: 'certificate', certificates: certificates.map(({ x509 }) => x509.raw) };
}

/** Signs an in-toto statement. @throws AncileError `usage` for a key or certificate that does not fit */
export function signStatement(statement: string, signer: SigningKey): SignedStatement {
  checkCurve(signer.key, 'the signing key');
  const material = toMaterial(signer);
  const payload = Buffer.from(statement);
  const signature = signPayload(signer.key, IN_TOTO_TYPE, payload);
  return {
    bundle: renderBundle(material, { payloadType: IN_TOTO_TYPE, payload, signature }),
    keySha256: keyDigest(signer.key),
  };
}

/**
 * Signs a model by OpenSSF Model Signing v1.0.
 * @param model - a folder, or one file
 * @throws AncileError as `digestModel` and `signStatement` do
 */
export async function signModel(
  model: string,
  signer: SigningKey,
  options: DigestOptions = {},
): Promise<SignedStatement & { readonly model: DigestedModel }> {
  // A key that does not fit is found before minutes of reading.
  checkCurve(signer.key, 'the signing key');
  toMaterial(signer);
  const digested = await digestModel(model, options);
  return { ...signStatement(renderSignedModel(digested), signer), model: digested };
}
