// What a verification says: problems by name and place, and sentences on what was and what cannot be proven.

export type ProblemKind =
  | 'format_invalid'
  | 'unexpected_file'
  | 'segment_missing'
  | 'record_missing'
  | 'record_changed'
  | 'record_inserted'
  | 'record_reordered'
  | 'record_invalid'
  | 'leaves_damaged'
  | 'root_damaged'
  | 'checkpoint_invalid'
  | 'checkpoint_mismatch'
  | 'anchor_mismatch'
  | 'anchor_invalid'
  | 'prune_invalid';

export interface Problem {
  readonly kind: ProblemKind;
  /** The one record it is about... */
  readonly seq?: number;
  /** ...or the records it lies among, both ends included. */
  readonly range?: { readonly from: number; readonly to: number };
  readonly file: string;
  readonly message: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** Records found or accounted for: the seq after the last. */
  readonly size: number;
  /** The last checkpoint up to which everything is in order. */
  readonly completeAsOf: { readonly size: number; readonly time: string } | null;
  /** Records after the last checkpoint: nothing vouches for them yet. */
  readonly unsignedTail: number;
  /** Records deleted by signed prunes. */
  readonly pruned: number;
  /** Exchanges opened and not closed: in flight, or ended by a crash. */
  readonly openExchanges: number;
  readonly checkpoints: number;
  readonly anchors: number;
  /** The first 1000. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
  readonly statements: readonly string[];
}

const LISTED = 1000;

/** Collects problems within bounds; a run of neighbours of one kind becomes one problem. */
export class Problems {
  readonly listed: Problem[] = [];
  count = 0;
  /** The lowest seq that any problem touches. */
  firstSeq = Infinity;

  add(problem: Problem): void {
    this.count++;
    this.firstSeq = Math.min(this.firstSeq, problem.seq ?? problem.range?.from ?? 0);
    if (this.listed.length < LISTED) this.listed.push(problem);
  }

  /** Adds one problem for each run of consecutive seqs. */
  addRuns(kind: ProblemKind, seqs: readonly number[], file: string, what: string): void {
    for (let i = 0; i < seqs.length;) {
      const from = seqs[i]!;
      let to = from;
      while (seqs[i + 1] === to + 1) to = seqs[++i]!;
      i++;
      if (from === to) this.add({ kind, seq: from, file, message: `record ${from} ${what}` });
      else this.add({ kind, range: { from, to }, file, message: `records ${from} to ${to} ${what}` });
    }
  }
}
