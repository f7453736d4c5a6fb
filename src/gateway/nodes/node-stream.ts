// How far the records of one node are here, as a fold over this ledger: what a crash leaves is what the ledger says.
import type { NodeView, RecordBody } from '../../contract/index.ts';
import { Frontier } from '../../ledger/index.ts';

type StreamBody = Extract<RecordBody, { kind: 'forwarded' | 'node.stream' }>;

/** What is written down of a stream, to go on from. */
export interface SavedStream {
  readonly name: string;
  readonly next: number;
  readonly roots: readonly string[] | null;
  readonly status: NodeStream['status'];
  readonly back: number | null;
  readonly gaps: number;
  readonly missing: number;
  readonly ahead: readonly (readonly [number, string])[];
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromHex = (text: string): Buffer => Buffer.from(text, 'hex');

export class NodeStream {
  readonly name: string;
  /** The next of its records. */
  next = 0;
  /** The tree of those that are here; undefined where a person let it go on: the node says what it is. */
  frontier: Frontier | undefined = undefined;
  status: 'new' | 'open' | 'rewound' | 'forked' = 'new';
  /** Where it was put back to, until it is further again. */
  back: number | undefined;
  gaps = 0;
  missing = 0;
  /** Of a batch whose writing failed in the middle: what is here behind what is not. */
  readonly ahead = new Map<number, string>();
  /** Since the start of the program, milliseconds since the epoch. */
  heard: number | undefined;
  isSilent = false;
  total = 0;
  /** Time of the newest note: one that says less and is no newer was sent before. */
  noted = '';
  /** Something is under way: what is here and what is on record may differ for a moment. */
  busy = false;
  /** A writing has begun of which only the ledger knows the end. */
  unsure = false;

  constructor(name: string) {
    this.name = name;
  }

  apply(body: StreamBody): void {
    if (body.kind === 'forwarded') this.#take(body.origin.seq, body.origin.digest);
    else this.#note(body);
  }

  #take(seq: number, digest: string): void {
    if (seq < this.next) return;
    if (seq > this.next) {
      this.ahead.set(seq, digest);
      return;
    }
    this.frontier ??= new Frontier();
    this.frontier.append(fromHex(digest));
    this.next++;
    // It is further than it was again, and the history is the same.
    if (this.status === 'rewound') this.status = 'open';
    this.back = undefined;
    const then = this.ahead.get(this.next);
    if (then === undefined) return;
    this.ahead.delete(this.next);
    this.#take(this.next, then);
  }

  #note({ event, from, to, frontier }: Extract<StreamBody, { kind: 'node.stream' }>): void {
    switch (event) {
      case 'began':
      case 'gap':
        if (event === 'gap') this.gaps++;
        this.missing += to - from;
        this.status = 'open';
        this.next = to;
        this.frontier = Frontier.of(to, (frontier ?? []).map(fromHex));
        return;
      case 'rewound':
        this.status = 'rewound';
        this.back = Math.min(this.back ?? Infinity, from);
        return;
      case 'fork':
        this.status = 'forked';
        return;
      case 'accepted':
        this.status = 'open';
        this.next = to;
        this.back = undefined;
        this.frontier = undefined;
        this.ahead.clear();
        return;
      case 'silent':
      case 'returned':
        this.isSilent = event === 'silent';
    }
  }

  save(): SavedStream {
    const { name, next, status, gaps, missing } = this;
    const roots = this.frontier?.roots().map(hex) ?? null;
    return { name, next, status, gaps, missing, roots, back: this.back ?? null, ahead: [...this.ahead] };
  }

  static restore({ name, next, status, gaps, missing, roots, back, ahead }: SavedStream): NodeStream {
    const stream = new NodeStream(name);
    Object.assign(stream, { next, status, gaps, missing, back: back ?? undefined });
    stream.frontier = roots === null ? undefined : Frontier.of(next, roots.map(fromHex));
    for (const [seq, digest] of ahead) stream.ahead.set(seq, digest);
    return stream;
  }

  view(keyId: string | undefined): NodeView {
    const { name, next, missing, gaps, heard, total } = this;
    // What a person has to decide about stays in sight, however silent the node is.
    const isQuiet = this.isSilent && this.status !== 'forked' && this.status !== 'rewound';
    const state = keyId === undefined ? 'removed' : isQuiet ? 'silent' : this.status;
    return {
      ...{ name, keyId: keyId ?? '', state, next, missing, gaps },
      lag: Math.max(0, total - next),
      ...(heard === undefined ? {} : { heard: new Date(heard).toISOString() }),
    };
  }
}
