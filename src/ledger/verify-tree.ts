// The tree under verification: grows segment by segment and is held against every root that somebody signed.
import { Frontier, subtreeRoot } from './frontier.ts';
import { HASH_BYTES } from './merkle.ts';
import type { Problems } from './report.ts';
import type { Mark } from './verify-notes.ts';

const toHex = (root: Uint8Array): string => Buffer.from(root).toString('hex');

export interface SegmentHashes {
  readonly first: number;
  /** Hashes of the lines as they stand, and those stored for them. */
  readonly lines: Buffer;
  readonly leaves: Buffer;
  /** Root stored when the segment was sealed. */
  readonly root: Uint8Array | undefined;
  /** Whether another segment follows. */
  readonly sealed: boolean;
  readonly file: string;
}

export class TreeCheck {
  readonly #marks: readonly Mark[];
  readonly #problems: Problems;
  readonly #segmentSize: number;
  #frontier = new Frontier();
  #next = 0;
  /** Size of the last mark, and of the last anchor, that the records matched. */
  #good = 0;
  #goodAnchor = 0;
  /** True where a whole segment has no hash at all: nothing after it can be judged. */
  #lost = false;
  readonly matched: Mark[] = [];

  /** `marks` in order of size. */
  constructor(marks: readonly Mark[], segmentSize: number, problems: Problems) {
    this.#marks = marks;
    this.#segmentSize = segmentSize;
    this.#problems = problems;
    while (this.#marks[this.#next]?.size === 0) this.#judge(this.#marks[this.#next++]!, [this.#frontier]);
  }

  #judge(mark: Mark, candidates: readonly Frontier[]): boolean {
    if (candidates.some((tree) => tree.size === mark.size && toHex(tree.root()) === mark.root)) {
      this.matched.push(mark);
      this.#good = Math.max(this.#good, mark.size);
      if (mark.anchor) this.#goodAnchor = Math.max(this.#goodAnchor, mark.size);
      return true;
    }
    // The ledger's own checkpoints may have been signed anew: only anchors narrow what contradicts an anchor.
    const from = Math.min(mark.anchor ? this.#goodAnchor : this.#good, mark.size);
    const to = Math.max(from, mark.size - 1);
    const what = mark.anchor ? 'an anchor' : 'a signed checkpoint';
    this.#problems.add({
      kind: mark.anchor ? 'anchor_mismatch' : 'checkpoint_mismatch',
      range: { from, to },
      file: mark.file,
      message: `records do not have the root that ${what} over ${mark.size} of them gives: one of ${from} to ${to} is not as it was signed`,
    });
    return false;
  }

  /** A segment of which only the root is left, by a signed prune: what was signed inside it cannot be recomputed. */
  addPruned(root: Uint8Array): void {
    if (this.#lost) return;
    const end = this.#frontier.size + this.#segmentSize;
    this.#frontier.appendSubtree(root, Math.log2(this.#segmentSize));
    while ((this.#marks[this.#next]?.size ?? Infinity) < end) this.#next++;
    while (this.#marks[this.#next]?.size === end) this.#judge(this.#marks[this.#next++]!, [this.#frontier]);
  }

  /** A segment that is gone and was not pruned; its stored root, if that is left, carries the tree on. */
  addMissing(root: Uint8Array | undefined): void {
    if (root !== undefined) this.addPruned(root);
    else this.#lost = true;
  }

  addSegment(segment: SegmentHashes): void {
    if (this.#lost) return;
    const end = segment.first + this.#segmentSize;
    const byLines = this.#frontier.copy();
    const byLeaves = segment.leaves.equals(segment.lines) ? byLines : this.#frontier.copy();
    const grow = (tree: Frontier, hashes: Buffer, size: number): void => {
      for (
        let at = (tree.size - segment.first) * HASH_BYTES;
        tree.size < size && at < hashes.length;
        at += HASH_BYTES
      ) {
        tree.append(hashes.subarray(at, at + HASH_BYTES));
      }
    };
    let failed = false;
    while ((this.#marks[this.#next]?.size ?? Infinity) <= end) {
      const mark = this.#marks[this.#next]!;
      grow(byLines, segment.lines, mark.size);
      if (byLeaves !== byLines) grow(byLeaves, segment.leaves, mark.size);
      // Beyond the records of the last segment: the caller says what is missing.
      if (!segment.sealed && byLines.size < mark.size && byLeaves.size < mark.size) break;
      this.#next++;
      // After a first mismatch the later ones of the same segment say nothing new.
      if (!failed) failed = !this.#judge(mark, [byLeaves, byLines]);
    }
    if (segment.sealed) this.#seal(segment, failed);
  }

  /** Goes on with the most credible root of a sealed segment, so that one damaged does not hide the next. */
  #seal(segment: SegmentHashes, failed: boolean): void {
    const whole = this.#segmentSize * HASH_BYTES;
    const computed = [segment.leaves, segment.lines]
      .filter((hashes) => hashes.length === whole)
      .map((hashes) => subtreeRoot(hashes));
    const { root } = segment;
    const agreed = root !== undefined && computed.some((other) => Buffer.compare(other, root) === 0);
    if (!agreed) {
      const range = { from: segment.first, to: segment.first + this.#segmentSize - 1 };
      const what = root === undefined ? 'is missing or broken' : 'is not the root of its records';
      this.#problems.add({ kind: 'root_damaged', range, file: segment.file, message: `the stored root ${what}` });
    }
    const chosen = agreed || failed ? (root ?? computed[0]) : (computed[0] ?? root);
    if (chosen === undefined) this.#lost = true;
    else this.#frontier.appendSubtree(chosen, Math.log2(this.#segmentSize));
  }

  /** Marks that no record was left for. */
  get unreached(): readonly Mark[] {
    return this.#marks.slice(this.#next);
  }
}
