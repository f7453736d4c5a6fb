// Sigstore bundles v0.3 around a DSSE envelope: what a signature file is. Read within bounds, every field checked before use.
import { z } from 'zod';
import { toAncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { malformed } from './refused.ts';

const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** Of 0.3 as well, as keyless signers wrote it at first. */
const OLD_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle+json;version=0.3';

/** Half a million shards of one model fit; whoever asks for more memory is refused. */
export const MAX_BUNDLE_BYTES = 128_000_000;
const MAX_CERTIFICATES = 10;

/** Base64 in its one form: what two decoders would read apart, or a third write otherwise, is not read at all. */
const Base64 = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'expected base64 in its one form');
const Certificate = z.object({ rawBytes: Base64 });

// Loose where the reference is: older signers wrote `keyid: null`, `rawBytes` for a hint, or no `tlogEntries`.
const BundleFile = z.object({
  mediaType: z.string(),
  verificationMaterial: z.object({
    publicKey: z.object({ hint: z.string().nullish() }).optional(),
    x509CertificateChain: z.object({ certificates: z.array(Certificate).min(1).max(MAX_CERTIFICATES) }).optional(),
    certificate: Certificate.optional(),
  }),
  dsseEnvelope: z.object({
    payload: Base64,
    payloadType: z.string(),
    signatures: z.array(z.object({ sig: Base64 })).length(1),
  }),
});

/** What a bundle says of its signer; none of it is trusted before it is checked. */
export type Material =
  | { readonly method: 'key'; readonly hint: string | undefined }
  /** Leaf first, DER. */
  | { readonly method: 'certificate'; readonly certificates: readonly Buffer[] }
  | { readonly method: 'keyless' };

export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

export interface Bundle {
  readonly material: Material;
  readonly envelope: Envelope;
  /** As it was parsed, for the library that checks keyless ones. */
  readonly json: unknown;
}

function toMaterial({
  publicKey,
  x509CertificateChain,
  certificate,
}: z.infer<typeof BundleFile>['verificationMaterial']) {
  const given = [publicKey, x509CertificateChain, certificate].filter((each) => each !== undefined);
  if (given.length !== 1) malformed('the bundle must say its signer in one way, by a key, a chain or a certificate');
  if (publicKey !== undefined) return { method: 'key', hint: publicKey.hint ?? undefined } as const;
  if (x509CertificateChain === undefined) return { method: 'keyless' } as const;
  const certificates = x509CertificateChain.certificates.map(({ rawBytes }) => Buffer.from(rawBytes, 'base64'));
  return { method: 'certificate', certificates } as const;
}

/** @throws Refused for what is no bundle */
export function parseBundle(bytes: Uint8Array): Bundle {
  let json: unknown;
  try {
    json = parseJson(bytes, { what: 'the bundle', maxBytes: MAX_BUNDLE_BYTES });
  } catch (thrown) {
    malformed(toAncileError(thrown).message);
  }
  const parsed = BundleFile.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    malformed(`this is no Sigstore bundle with a DSSE envelope: ${path.join('.')}: ${message}`);
  }
  const { mediaType, verificationMaterial, dsseEnvelope } = parsed.data;
  const material = toMaterial(verificationMaterial);
  // The library takes a version that it does not know for the newest.
  if (mediaType !== BUNDLE_MEDIA_TYPE && !(material.method === 'keyless' && mediaType === OLD_MEDIA_TYPE)) {
    malformed(`the bundle's media type is not ${BUNDLE_MEDIA_TYPE}`);
  }
  return {
    material,
    envelope: {
      payloadType: dsseEnvelope.payloadType,
      payload: Buffer.from(dsseEnvelope.payload, 'base64'),
      signature: Buffer.from(dsseEnvelope.signatures[0]!.sig, 'base64'),
    },
    json,
  };
}

/** The file form, as the reference writes it. */
export function renderBundle(material: Exclude<Material, { method: 'keyless' }>, envelope: Envelope): string {
  const signer =
    material.method === 'key'
      ? { publicKey: { hint: material.hint } }
      : {
          x509CertificateChain: {
            certificates: material.certificates.map((der) => ({ rawBytes: der.toString('base64') })),
          },
        };
  return JSON.stringify({
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { ...signer, tlogEntries: [] },
    dsseEnvelope: {
      payload: envelope.payload.toString('base64'),
      payloadType: envelope.payloadType,
      signatures: [{ sig: envelope.signature.toString('base64'), keyid: '' }],
    },
  });
}
