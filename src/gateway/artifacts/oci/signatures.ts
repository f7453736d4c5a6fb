// Signatures that cosign puts beside a manifest: under a tag that is called after its digest, a manifest whose layers are what is
// signed, with the signatures as annotations.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ImageSignature, MOST_PAYLOAD_BYTES } from '../../../attest/index.ts';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { readSmall } from '../read-small.ts';
import type { Remote, RemoteRequest } from '../remote.ts';
import { SIGNED_TYPE } from './layer-name.ts';
import { MOST_MANIFEST } from './manifest.ts';
import { isDigest, toHex } from './names.ts';

const MOST_SIGNATURES = 50;
const ANNOTATION = 'dev.cosignproject.cosign/signature';

const Layer = z.looseObject({
  mediaType: z.literal(SIGNED_TYPE),
  digest: z.string().refine(isDigest),
  size: z.int().min(1).max(MOST_PAYLOAD_BYTES),
  annotations: z.looseObject({ [ANNOTATION]: z.base64().max(2000) }),
});
const Signatures = z.looseObject({ layers: z.array(z.unknown()).max(1000) });

export interface SignatureRequests {
  readonly manifest: (reference: string) => RemoteRequest;
  readonly blob: (digest: string) => RemoteRequest;
}

/**
 * @param digest - of the manifest that is signed
 * @returns those that can be read; whether any of them holds is not looked at
 * @throws AncileError `upstream_*`
 */
export async function fetchSignatures(
  remote: Remote,
  requests: SignatureRequests,
  digest: string,
): Promise<ImageSignature[]> {
  const { status, body } = await remote.collect(requests.manifest(`sha256-${toHex(digest)}.sig`), MOST_MANIFEST);
  if (status === 404) return [];
  if (status !== 200) throw new AncileError('upstream_malformed', `the source answered ${status}`);
  const options = { maxBytes: MOST_MANIFEST, what: 'the manifest of signatures', code: 'upstream_malformed' } as const;
  const layers = (Signatures.safeParse(parseJson(body, options)).data?.layers ?? []).flatMap((each) => {
    const layer = Layer.safeParse(each);
    return layer.success ? [layer.data] : [];
  });
  const found: ImageSignature[] = [];
  for (const layer of layers.slice(0, MOST_SIGNATURES)) {
    const payload = await readSmall(remote, requests.blob(layer.digest), MOST_PAYLOAD_BYTES);
    if (createHash('sha256').update(payload).digest('hex') !== toHex(layer.digest)) continue;
    found.push({ payload, signature: Buffer.from(layer.annotations[ANNOTATION] as string, 'base64') });
  }
  return found;
}
