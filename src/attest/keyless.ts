// Keyless signatures: a short-lived certificate that an authority gave to an identity, witnessed by a transparency log. All
// is checked offline, against a trust root that was given. Loaded where it is needed, since its libraries are large.
import { bundleFromJSON, isBundleWithDsseEnvelope } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify';
import { createPublicKey } from 'node:crypto';
import type { ModelSigner } from '../contract/index.ts';
import type { Bundle } from './bundle.ts';
import { keyDigest } from './key.ts';
import { Refused, malformed, untrusted } from './refused.ts';

export interface KeylessTrust {
  /** A trusted_root.json, parsed. */
  readonly trustedRoot: unknown;
  /** The certificate's name, exactly: an address or a URI. */
  readonly identity: string;
  /** The provider that vouched for the identity, exactly. */
  readonly issuer: string;
}

/** The first time a log has signed for. */
function witnessed(bundle: ReturnType<typeof bundleFromJSON>): string | undefined {
  const times = bundle.verificationMaterial.tlogEntries
    .filter(({ inclusionPromise }) => inclusionPromise !== undefined)
    .map(({ integratedTime }) => Number(integratedTime) * 1000);
  return times.length === 0 ? undefined : new Date(Math.min(...times)).toISOString();
}

/** @throws Refused where the signature does not hold, or is another's than who was named */
export function checkKeyless({ json, envelope }: Bundle, trust: KeylessTrust): ModelSigner {
  let bundle: ReturnType<typeof bundleFromJSON>;
  try {
    bundle = bundleFromJSON(json);
  } catch (thrown) {
    malformed(`the keyless bundle is not of its form: ${thrown instanceof Error ? thrown.message : 'unreadable'}`);
  }
  // Two readers of one file: what the library checks must be what is used afterwards.
  if (!isBundleWithDsseEnvelope(bundle) || !bundle.content.dsseEnvelope.payload.equals(envelope.payload)) {
    malformed('the bundle is read in two ways');
  }
  let signer: ReturnType<Verifier['verify']>;
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(trust.trustedRoot));
    signer = new Verifier(material).verify(toSignedEntity(bundle));
  } catch (thrown) {
    throw new Refused(
      'untrusted',
      `the keyless signature: ${thrown instanceof Error ? thrown.message : 'does not hold'}`,
    );
  }
  // The library takes an identity for a pattern, in which a point stands for any character.
  const identity = signer.identity?.subjectAlternativeName;
  const issuer = signer.identity?.extensions?.issuer;
  if (identity !== trust.identity) untrusted(`it is signed by ${identity ?? 'nobody named'}, not by ${trust.identity}`);
  if (issuer !== trust.issuer)
    untrusted(`the signer is vouched for by ${issuer ?? 'nobody named'}, not by ${trust.issuer}`);
  const time = witnessed(bundle);
  return {
    method: 'keyless',
    keySha256: keyDigest(createPublicKey(signer.key.export({ type: 'spki', format: 'pem' }))),
    identities: [identity],
    issuer,
    ...(time === undefined ? {} : { time }),
  };
}
