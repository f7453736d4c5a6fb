// Whether a bundle is what was signed: offline, with nothing but its bytes and, where it is at hand, the node's public key.
import { toAncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { RecordProof } from '../../contract/index.ts';
import { type PublicKey, loadPublicKey } from '../../keys/index.ts';
import { leafHash, verifyProof } from '../../ledger/index.ts';
import { BundleManifest, MANIFEST, PROOFS, PUBLIC_KEY, RECORDS, SIGNATURE, sha256 } from './manifest.ts';
import { readZip } from './zip.ts';

export interface BundleProblem {
  /** The file of the archive, or `the archive`. */
  readonly file: string;
  readonly message: string;
}

export interface BundleReport {
  readonly ok: boolean;
  readonly incident: string | undefined;
  readonly keyId: string | undefined;
  readonly records: number;
  readonly problems: readonly BundleProblem[];
  /** What this shows and what it does not, as sentences. */
  readonly statements: readonly string[];
}

const Proof = RecordProof.omit({ line: true });
const MOST_PROBLEMS = 50;

/** The lines of a file that ends with a line break. */
function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

class Check {
  readonly problems: BundleProblem[] = [];
  add(file: string, message: string): void {
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ file, message });
  }
}

function checkRecords(check: Check, records: Buffer, proofs: Buffer, key: PublicKey): number {
  const lines = linesOf(records);
  const proven = linesOf(proofs);
  if (lines.length !== proven.length) {
    check.add(PROOFS, `it has ${proven.length} proofs for ${lines.length} records`);
    return 0;
  }
  let last = -1;
  for (const [i, line] of lines.entries()) {
    const place = `line ${i + 1}`;
    try {
      const proof = Proof.parse(parseJson(proven[i]!, { what: place }));
      if (proof.seq <= last) check.add(PROOFS, `${place}: the records are not in their order`);
      last = proof.seq;
      if (leafHash(line).toString('hex') !== proof.leafHash) {
        check.add(RECORDS, `${place}: record ${proof.seq} is not the one that its proof is of`);
      } else if (!verifyProof({ ...proof, line }, key)) {
        check.add(
          PROOFS,
          `${place}: the proof of record ${proof.seq} does not lead to a checkpoint that the key signed`,
        );
      }
    } catch (thrown) {
      check.add(PROOFS, `${place}: ${toAncileError(thrown).message}`);
    }
  }
  return lines.length;
}

/**
 * @param given - the node's public key in SPKI PEM, from elsewhere; without it the archive's own is taken, and that is said
 * @throws AncileError `usage` where `given` is no such key
 */
export function verifyBundle(zip: Buffer, given?: { readonly pem: string; readonly at: string }): BundleReport {
  const check = new Check();
  const trusted = given === undefined ? undefined : loadPublicKey(given.pem, given.at);
  const fail = (file: string, message: string): BundleReport => {
    check.add(file, message);
    return { ok: false, incident: undefined, keyId: undefined, records: 0, problems: check.problems, statements: [] };
  };
  let read: ReturnType<typeof readZip>;
  try {
    read = readZip(zip);
  } catch (thrown) {
    return fail('the archive', toAncileError(thrown).message);
  }
  const byName = new Map(read.files.map(({ name, bytes }) => [name, bytes]));
  const said = byName.get(MANIFEST);
  const signature = byName.get(SIGNATURE);
  if (said === undefined || signature === undefined) {
    return fail(said === undefined ? MANIFEST : SIGNATURE, 'it is not in the archive');
  }
  let key = trusted;
  try {
    key ??= loadPublicKey((byName.get(PUBLIC_KEY) ?? Buffer.alloc(0)).toString('utf8'), PUBLIC_KEY);
  } catch (thrown) {
    return fail(PUBLIC_KEY, toAncileError(thrown).message);
  }
  if (!key.verify(said, signature)) {
    return fail(MANIFEST, `it is not what the key ${key.keyId} signed, or ${SIGNATURE} was changed`);
  }
  let manifest: BundleManifest;
  try {
    manifest = BundleManifest.parse(parseJson(said, { what: MANIFEST }));
  } catch (thrown) {
    return fail(MANIFEST, toAncileError(thrown).message);
  }
  const listed = new Set(manifest.files.map(({ name }) => name));
  for (const { name, bytes, sha256: digest } of manifest.files) {
    const held = byName.get(name);
    if (held === undefined) check.add(name, 'it is missing');
    else if (held.length !== bytes || sha256(held) !== digest) check.add(name, 'it was changed: its digest is another');
  }
  for (const name of byName.keys()) {
    if (!listed.has(name) && name !== MANIFEST && name !== SIGNATURE) check.add(name, 'it was put in: the manifest does not name it'); // prettier-ignore
  }
  const records = checkRecords(
    check,
    byName.get(RECORDS) ?? Buffer.alloc(0),
    byName.get(PROOFS) ?? Buffer.alloc(0),
    key,
  );
  if (records !== manifest.records && check.problems.length === 0) {
    check.add(RECORDS, `there are ${records} records, and the manifest says ${manifest.records}`);
  }
  for (const { seq, why } of manifest.unproven) check.add(RECORDS, `record ${seq} could not be proven: ${why}`);
  if (read.changed !== undefined && check.problems.length === 0) {
    check.add('the archive', `byte ${read.changed.at} was changed, in ${read.changed.near}`);
  }
  const ok = check.problems.length === 0;
  return {
    ok,
    incident: manifest.incident,
    keyId: key.keyId,
    records,
    problems: check.problems,
    statements: [
      ...(ok ? [`${records} records of incident ${manifest.incident} are in the ledger of node ${manifest.node}, as they were when this was made (${manifest.made})`] : []), // prettier-ignore
      trusted === undefined
        ? `It is signed by the key ${key.keyId} that lies in it: whether that is the node's, compare for yourself, or give --key`
        : `It is signed by the key that was given, ${key.keyId}`,
      ...(manifest.gone.length === 0 ? [] : [`${manifest.gone.length} records that it rests on were pruned before this was made`]), // prettier-ignore
      'Whoever holds the signing key could have made another',
    ],
  };
}
