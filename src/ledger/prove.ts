// The proof that one record is in the ledger, for someone who has neither the ledger nor this program.
import { AncileError } from '../base/index.ts';
import type { RecordProof } from '../contract/index.ts';
import type { PublicKey } from '../keys/index.ts';
import type { Ledger } from './ledger.ts';
import { leafHashOfBytes, verifyInclusion } from './merkle.ts';
import { openCheckpointNote } from './signed-note.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * Proves that a record is in the ledger (RFC 9162, 2.1.3), under a signed checkpoint that covers it. Where none does
 * yet, one is made. The leaf is the hash of the line as it stands on disk now, held against the tree before it is given
 * away.
 * @throws AncileError `not_found` where there is no such record (any more), `ledger_corrupt` where its line is not the
 *   one that was written, `ledger_fault` where a checkpoint cannot be written.
 */
export async function proveRecord(ledger: Ledger, seq: number): Promise<RecordProof> {
  const line = await ledger.line(seq);
  if (line === undefined) {
    const hint =
      seq < ledger.firstSeq ? 'It was pruned: use a copy made before that.' : 'Take a seq from `ancile ledger list`.';
    throw new AncileError('not_found', `there is no record ${seq}`, { at: 'seq', hint });
  }
  const leaf = leafHashOfBytes(line);
  if ((ledger.lastCheckpoint?.size ?? 0) <= seq) await ledger.checkpoint();
  const { checkpoint, text } = ledger.signedNote();
  const path = ledger.inclusionProof(seq, checkpoint.size);
  if (!verifyInclusion(leaf, seq, checkpoint.size, path, Buffer.from(checkpoint.root, 'hex'))) {
    const hint = 'Run `ancile ledger verify` to see what was changed.';
    throw new AncileError('ledger_corrupt', `record ${seq} is not the one that was written`, {
      at: `record ${seq}`,
      hint,
    });
  }
  return {
    seq,
    line: Buffer.from(line).toString('utf8'),
    leafHash: hex(leaf),
    path: path.map(hex),
    treeSize: checkpoint.size,
    rootHash: checkpoint.root,
    checkpoint: text,
  };
}

/**
 * Whether a proof holds: its checkpoint is signed by this key and is over its root, and its path leads from its leaf to
 * that root. That the leaf is a record's is for the caller to see: `leafHash` of the record's line.
 */
export function verifyProof(proof: RecordProof, key: PublicKey): boolean {
  const note = openCheckpointNote(proof.checkpoint, key);
  if (note === undefined || note.size !== proof.treeSize || note.root !== proof.rootHash) return false;
  const [leaf, root, ...path] = [proof.leafHash, proof.rootHash, ...proof.path].map((text) => Buffer.from(text, 'hex'));
  return verifyInclusion(leaf!, proof.seq, proof.treeSize, path, root!);
}
