// Checks a record's proof step by step; each step says what it shows, or why it fails.
import type { RecordProof, StoredRecord } from '../../contract.ts';
import { readCheckpoint } from './checkpoint.ts';
import { hashLeaf, rootOf } from './merkle.ts';

export interface ProofStep {
  readonly ok: boolean;
  readonly text: string;
}

/** JSON with sorted members, to hold two values against each other however they were written. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Whether everything that is shown of the record stands so in its line, which may say more. */
function says(line: string, record: StoredRecord): boolean {
  try {
    const read: unknown = JSON.parse(line);
    const isWithin = (shown: unknown, whole: unknown): boolean => {
      if (Array.isArray(shown)) {
        return (
          Array.isArray(whole) && shown.length === whole.length && shown.every((each, i) => isWithin(each, whole[i]))
        );
      }
      if (typeof shown === 'object' && shown !== null) {
        if (typeof whole !== 'object' || whole === null) return false;
        return Object.entries(shown).every(
          ([name, member]) => member === undefined || isWithin(member, (whole as Record<string, unknown>)[name]),
        );
      }
      return inOrder(shown) === inOrder(whole);
    };
    return isWithin(record, read);
  } catch {
    return false;
  }
}

/** Runs the checks; the first that fails is the last. Nothing in it asks the server. */
export async function verifyProof(record: StoredRecord, proof: RecordProof): Promise<ProofStep[]> {
  const steps: ProofStep[] = [];
  const add = (ok: boolean, text: string): boolean => {
    steps.push({ ok, text });
    return ok;
  };
  if (!add(proof.seq === record.seq, `The proof is of record ${record.seq}.`)) return steps;
  if (proof.line !== undefined) {
    if (!add(says(proof.line, record), 'The line in the log says what this page shows.')) return steps;
    const leaf = await hashLeaf(proof.line);
    if (!add(leaf === proof.leafHash, 'The line hashes to the leaf.')) return steps;
  }
  const root = await rootOf(proof.leafHash, proof.seq, proof.treeSize, proof.path);
  const led = root !== undefined && root === proof.rootHash;
  if (!add(led, `${proof.path.length} hashes lead from the leaf to the root of the ${proof.treeSize} records.`)) {
    return steps;
  }
  const claim = readCheckpoint(proof.checkpoint);
  const covered = claim !== undefined && claim.root === root && claim.size === proof.treeSize;
  add(covered, 'That root and that number of records are what the signed checkpoint states.');
  return steps;
}
