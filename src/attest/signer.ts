// Who signed a bundle, and whether he is trusted: by a key, by a certificate, or keyless.
import type { KeyObject } from 'node:crypto';
import type { ModelSigner } from '../contract/index.ts';
import type { Bundle, Envelope } from './bundle.ts';
import { type Certificate, checkPath, onOneLine, readCertificate } from './certificate.ts';
import { IN_TOTO_TYPE, hashOf, verifyPayload } from './dsse.ts';
import { isHintOf, keyDigest } from './key.ts';
import type { KeylessTrust } from './keyless.ts';
import { malformed, untrusted } from './refused.ts';

/** Whom to believe. A bundle signed in a way that nothing is given for is refused. */
export interface Trust {
  readonly keys?: readonly KeyObject[];
  readonly certificates?: readonly Certificate[];
  /** One of the certificate's names, or its common name, exactly; without it any that a trusted authority issued. */
  readonly identity?: string;
  readonly keyless?: KeylessTrust;
}

function checkSignature(key: KeyObject, { payloadType, payload, signature }: Envelope): void {
  if (!verifyPayload(key, payloadType, payload, signature)) {
    untrusted('the signature is not over this content, or by another key: something was changed after signing');
  }
}

function checkKeys(hint: string | undefined, envelope: Envelope, keys: readonly KeyObject[]): ModelSigner {
  if (keys.length === 0) untrusted('it is signed by a bare key, and no key to verify by was given');
  const meant = hint ? keys.filter((key) => isHintOf(hint, key)) : keys;
  if (meant.length === 0) untrusted(`it is signed by another key, whose hint is ${hint?.slice(0, 64)}`);
  const { payloadType, payload, signature } = envelope;
  const key = meant.find((each) => verifyPayload(each, payloadType, payload, signature)) ?? meant[0]!;
  checkSignature(key, envelope);
  return { method: 'key', keySha256: keyDigest(key) };
}

function checkCertificates(
  chain: readonly Buffer[],
  envelope: Envelope,
  { certificates = [], identity }: Trust,
  now: number,
): ModelSigner {
  if (certificates.length === 0) untrusted('it is signed by a certificate, and no trusted certificate was given');
  const [leaf, ...intermediates] = chain.map(readCertificate);
  if (leaf === undefined) malformed('the bundle has no certificate');
  checkPath(leaf, intermediates, certificates, now);
  const subject = onOneLine(leaf.x509.subject);
  if (hashOf(leaf.x509.publicKey) === undefined) untrusted(`the key of ${subject} is not P-256, P-384 or P-521`);
  checkSignature(leaf.x509.publicKey, envelope);
  const names = [
    ...leaf.identities,
    ...leaf.x509.subject.split('\n').flatMap((line) => /^CN=(.*)$/.exec(line)?.[1] ?? []),
  ];
  if (identity !== undefined && !names.includes(identity)) untrusted(`it is signed by ${subject}, not by ${identity}`);
  return {
    method: 'certificate',
    keySha256: keyDigest(leaf.x509.publicKey),
    subject,
    identities: [...leaf.identities],
    issuer: onOneLine(leaf.x509.issuer),
  };
}

/**
 * Checks a bundle's signature and its signer.
 * @throws Refused where the signature does not hold or the signer is not trusted
 */
export async function checkSigner({ material, ...bundle }: Bundle, trust: Trust, now: number): Promise<ModelSigner> {
  if (bundle.envelope.payloadType !== IN_TOTO_TYPE) malformed(`what is signed is not ${IN_TOTO_TYPE}`);
  switch (material.method) {
    case 'key':
      return checkKeys(material.hint, bundle.envelope, trust.keys ?? []);
    case 'certificate':
      return checkCertificates(material.certificates, bundle.envelope, trust, now);
    case 'keyless': {
      if (trust.keyless === undefined)
        untrusted('it is signed keyless, and no trust root, identity and issuer were given');
      const { checkKeyless } = await import('./keyless.ts');
      return checkKeyless({ material, ...bundle }, trust.keyless);
    }
  }
}
