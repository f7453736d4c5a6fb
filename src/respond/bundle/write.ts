// The evidence bundle of an incident: its records with their proofs, what was configured, what ruled, in one signed archive.
import { toAncileError } from '../../base/index.ts';
import type { RecordProof } from '../../contract/index.ts';
import type { Keys } from '../../keys/index.ts';
import { type BundleManifest, MANIFEST, PROOFS, PUBLIC_KEY, RECORDS, SIGNATURE, sha256 } from './manifest.ts';
import { type ZipFile, writeZip } from './zip.ts';

export interface BundleContent {
  readonly incident: string;
  readonly node: string;
  readonly made: string;
  readonly by: string;
  readonly version: string;
  readonly policyVersion: string;
  /** Places of its records in the ledger, ascending. */
  readonly seqs: readonly number[];
  /** Places of those that are gone. */
  readonly gone: readonly number[];
  /** @throws AncileError where the ledger cannot prove it */
  readonly prove: (seq: number) => Promise<RecordProof>;
  /** Further files, as values: they become JSON. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Further files as they are. */
  readonly texts: Readonly<Record<string, string>>;
}

export interface Bundle {
  readonly zip: Buffer;
  /** Of the archive, hex. */
  readonly sha256: string;
  readonly manifest: BundleManifest;
}

const README = `This is the evidence of an incident, as ancile wrote it.

Check it, without a network and without the server that made it:

    ancile incident verify FILE.zip --key signing.pub.pem

or by hand:

    openssl pkeyutl -verify -pubin -inkey signing.pub.pem -rawin -in manifest.json -sigfile manifest.sig
    sha256sum of each file, against manifest.json

Take the public key from the server's own folder (keys/signing.pub.pem), not from here: whoever could change this
archive could put a key of his own into it.

records.jsonl   the records, a line each, byte for byte as the ledger holds them
proofs.jsonl    for each line its audit path (RFC 9162) to the root of a signed checkpoint
incident.json   the incident, what contained it, what playbooks did
configuration.json, policy/   what was configured and what ruled when this was made; secrets are named, never held
`;

const toJson = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);

/** @throws RangeError where it is larger than a bundle may be */
export async function writeBundle(
  content: BundleContent,
  keys: Pick<Keys, 'sign' | 'keyId' | 'publicKeyPem'>,
): Promise<Bundle> {
  const { incident, node, made, by, version, policyVersion, seqs, gone, prove } = content;
  const lines: string[] = [];
  const proofs: string[] = [];
  const unproven: { seq: number; why: string }[] = [];
  for (const seq of seqs) {
    try {
      const { line, ...proof } = await prove(seq);
      lines.push(`${line}\n`);
      proofs.push(`${JSON.stringify(proof)}\n`);
    } catch (thrown) {
      unproven.push({ seq, why: toAncileError(thrown).message });
    }
  }
  const files: ZipFile[] = [
    { name: 'README.txt', bytes: Buffer.from(README) },
    { name: PUBLIC_KEY, bytes: Buffer.from(keys.publicKeyPem) },
    { name: RECORDS, bytes: Buffer.from(lines.join('')) },
    { name: PROOFS, bytes: Buffer.from(proofs.join('')) },
    ...Object.entries(content.values).map(([name, value]) => ({ name, bytes: toJson(value) })),
    ...Object.entries(content.texts).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
  ];
  const manifest: BundleManifest = {
    form: 'ancile-incident-bundle/1',
    incident,
    node,
    keyId: keys.keyId,
    made,
    by,
    version,
    policyVersion,
    records: lines.length,
    unproven,
    gone: [...gone],
    leftOut: [
      'Values of secrets: the configuration names them only.',
      'Texts of exchanges: records hold keyed digests; captured texts stay in the server’s folder.',
    ],
    files: files.map(({ name, bytes }) => ({ name, bytes: bytes.length, sha256: sha256(bytes) })),
  };
  const said = toJson(manifest);
  const zip = writeZip([{ name: MANIFEST, bytes: said }, { name: SIGNATURE, bytes: keys.sign(said) }, ...files]);
  return { zip, sha256: sha256(zip), manifest };
}
