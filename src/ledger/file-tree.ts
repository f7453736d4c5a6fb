// The tree as the files hold it: sealed segments by their roots, leaves where a proof needs them.
import { readFileSync } from 'node:fs';
import { AncileError, systemCode } from '../base/index.ts';
import { subtreeRoot } from './frontier.ts';
import type { Layout } from './layout.ts';
import { HASH_BYTES, nodeHash, type TreeSource } from './merkle.ts';

/** A source for proofs over the ledger's files; `roots` are those of the sealed segments by first seq. */
export function toTreeSource(layout: Layout, segmentSize: number, roots: ReadonlyMap<number, Uint8Array>): TreeSource {
  // A proof asks for the subtrees of one or two segments many times over.
  const loaded = new Map<number, Buffer>();
  const leavesOf = (first: number): Buffer => {
    let leaves = loaded.get(first);
    if (leaves === undefined) {
      const path = layout.segment(first, 'leaves');
      try {
        leaves = readFileSync(path);
      } catch (cause) {
        if (systemCode(cause) !== 'ENOENT') throw cause;
        throw new AncileError('not_found', `the records from ${first} on were pruned: only their root is left`, {
          at: path,
          hint: 'Ask for a proof over later records, or use a copy made before the prune.',
        });
      }
      loaded.set(first, leaves);
    }
    return leaves;
  };
  const subtree = (start: number, count: number): Uint8Array => {
    if (count > segmentSize) return nodeHash(subtree(start, count / 2), subtree(start + count / 2, count / 2));
    const root = count === segmentSize ? roots.get(start) : undefined;
    if (root !== undefined) return root;
    const first = start - (start % segmentSize);
    const leaves = leavesOf(first).subarray((start - first) * HASH_BYTES, (start - first + count) * HASH_BYTES);
    if (leaves.length !== count * HASH_BYTES) {
      const path = layout.segment(first, 'leaves');
      throw new AncileError('ledger_corrupt', `${path} is shorter than the ledger`, {
        at: path,
        hint: 'Run `ancile ledger verify` to see what is damaged.',
      });
    }
    return subtreeRoot(leaves);
  };
  return { subtree };
}
