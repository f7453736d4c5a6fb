// Goes through a ledger's segments in order, and tells what is there, what was pruned and what is gone.
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LedgerRecord } from '../contract/index.ts';
import type { PublicKey } from '../keys/index.ts';
import type { Layout, SegmentPart } from './layout.ts';
import { HASH_BYTES } from './merkle.ts';
import type { Prune } from './note.ts';
import { Problems } from './report.ts';
import { loadSegmentRoot } from './segment-root.ts';
import { checkPrunes } from './verify-notes.ts';
import { checkSegment } from './verify-segment.ts';
import type { TreeCheck } from './verify-tree.ts';

/** Exchanges tracked as open; a forged log must not cost more memory than this. */
const MAX_OPEN = 1_000_000;

interface Walk {
  readonly layout: Layout;
  readonly key: PublicKey;
  readonly segments: ReadonlyMap<number, ReadonlySet<SegmentPart>>;
  readonly segmentSize: number;
  readonly prunes: ReadonlyMap<number, Prune>;
  /** Records that the ledger's own checkpoints cover, and that any checkpoint or anchor does. */
  readonly signedSize: number;
  readonly markedSize: number;
  readonly tree: TreeCheck;
  readonly problems: Problems;
}

export interface Walked {
  readonly size: number;
  readonly pruned: number;
  readonly openExchanges: number;
  readonly tornBytes: number;
  readonly aheadLeaves: number;
}

export async function walkSegments(walk: Walk): Promise<Walked> {
  const { layout, key, segments, segmentSize, prunes, signedSize, markedSize, tree, problems } = walk;
  const open = new Set<string>();
  const onRecord = (record: LedgerRecord): void => {
    if (record.kind === 'exchange.opened' && open.size < MAX_OPEN) open.add(record.exchange.id);
    else if (record.kind === 'exchange.closed') open.delete(record.exchange);
  };

  const firsts = [...segments.keys()].filter((first) => first % segmentSize === 0);
  for (const first of segments.keys()) {
    if (first % segmentSize === 0) continue;
    const file = basename(layout.segment(first, 'jsonl'));
    problems.add({ kind: 'unexpected_file', seq: first, file, message: 'no segment begins there' });
  }
  let size = 0;
  let pruned = 0;
  let tornBytes = 0;
  let aheadLeaves = 0;
  for (const [index, first] of firsts.entries()) {
    const file = basename(layout.segment(first, 'jsonl'));
    if (first > size) {
      const range = { from: size, to: first - 1 };
      problems.add({
        kind: 'segment_missing',
        range,
        file,
        message: `records ${size} to ${first - 1} are gone with all their files`,
      });
      tree.addMissing(undefined);
    }
    const sealed = index < firsts.length - 1;
    const end = first + segmentSize;
    const root = await loadSegmentRoot(layout, first);
    if (!(await exists(layout.segment(first, 'jsonl')))) {
      const statement = prunes.get(first) ?? (await checkPrunes(layout, key, new Problems())).get(first);
      if (statement !== undefined && root !== undefined && statement.root === root.toString('hex')) {
        tree.addPruned(root);
        pruned += segmentSize;
      } else {
        const range = { from: first, to: end - 1 };
        problems.add({
          kind: 'segment_missing',
          range,
          file,
          message: `records ${first} to ${end - 1} are gone, and no signed statement says that they were pruned`,
        });
        tree.addMissing(root);
      }
      size = end;
      continue;
    }
    const expected = sealed ? end : Math.min(Math.max(markedSize, first), end);
    const found = await checkSegment({ layout, first, segmentSize, expected, signedSize, problems, onRecord });
    tree.addSegment({ first, lines: found.lines, leaves: found.leaves, root, sealed, file });
    if (sealed && found.tornBytes > 0) {
      problems.add({
        kind: 'record_inserted',
        seq: end - 1,
        file,
        message: 'bytes after the last line of a sealed segment',
      });
    }
    size = sealed ? end : first + found.count;
    if (!sealed) {
      tornBytes = found.tornBytes;
      aheadLeaves = Math.max(0, found.leaves.length / HASH_BYTES - found.count);
    }
  }
  return { size, pruned, openExchanges: open.size, tornBytes, aheadLeaves };
}

/** Whether a segment's lines are still there: a server that runs may have pruned it since the folder was listed. */
async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
