// Takes in what nodes forward: each record once, in the node's order, under a history that only grows. Whatever does not fit
// is on record, and where a node contradicts itself nothing more is taken from it until a person says so.
import { AncileError, type Clock } from '../../base/index.ts';
import type { NodeStreamEvent, NodeView, RecordBody } from '../../contract/index.ts';
import { type ForwardNote, Frontier, verifyConsistency } from '../../ledger/index.ts';
import type { PublicKey } from '../../keys/index.ts';
import { type NodeStream, fromHex, hex } from './node-stream.ts';
import { type Batch, readBatch, toForwarded } from './read-batch.ts';
import type { StreamBook } from './stream-book.ts';

/** A node may save up the records of so many seconds. */
const BURST_SECONDS = 10;
const BURST_LEAST = 1000;

export interface EnrolledNode {
  readonly name: string;
  readonly key: PublicKey;
}

export interface IntakeSettings {
  /** By key id. */
  readonly enrolled: ReadonlyMap<string, EnrolledNode>;
  readonly recordsPerSecond: number;
  /** Milliseconds. */
  readonly silentAfter: number;
}

export interface IntakeParts {
  readonly book: StreamBook;
  /** Asked for each batch: the configuration may change. */
  readonly settings: () => IntakeSettings;
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly clock: Clock;
}

/** Where the node is, by what this ledger has; null: nothing is known of it. */
export interface Taken {
  readonly next: number | null;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #budgets = new Map<string, { tokens: number; at: number }>();
  readonly #started: number;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#started = parts.clock();
  }

  /** @throws AncileError `unauthenticated`: who is not enrolled sends nothing that is read */
  identify(keyId: string | undefined): EnrolledNode {
    const node = keyId === undefined ? undefined : this.#parts.settings().enrolled.get(keyId);
    if (node !== undefined) return node;
    throw new AncileError('unauthenticated', 'this node is not enrolled here', {
      hint: 'Add its keys/signing.pub.pem under nodes.enrolled of the central server.',
    });
  }

  /** Takes a batch in. @throws AncileError `unauthenticated`, `request_invalid`, `conflict`, `overloaded` */
  async take({ name, key }: EnrolledNode, body: Buffer): Promise<Taken> {
    const batch = readBatch(body, key);
    const { book } = this.#parts;
    const stream = book.get(name);
    this.#spend(name, batch.lines.length);
    return this.#alone(stream, () => this.#take(stream, batch));
  }

  /** @throws AncileError `overloaded` while something else of the node is under way */
  async #alone<T>(stream: NodeStream, work: () => Promise<T>): Promise<T> {
    if (stream.busy) throw new AncileError('overloaded', 'another batch of this node is under way');
    stream.busy = true;
    try {
      return await work();
    } finally {
      if (stream.unsure) await this.#parts.book.reread(stream.name);
      stream.busy = false;
    }
  }

  list(): NodeView[] {
    const { book, settings } = this.#parts;
    const keys = new Map([...settings().enrolled.values()].map(({ name, key }) => [name, key.keyId]));
    for (const name of keys.keys()) book.get(name);
    const views = book.all().map((stream) => stream.view(keys.get(stream.name)));
    return views.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Lets a node go on that was stopped. @throws AncileError `not_found`, `conflict` */
  async accept(name: string, actor: string): Promise<NodeView> {
    const stream = this.#parts.book.all().find((each) => each.name === name);
    if (stream === undefined) throw new AncileError('not_found', 'there is no node of that name', { at: 'name' });
    if (stream.status !== 'forked' && stream.status !== 'rewound') {
      throw new AncileError('conflict', `the node is ${stream.status}: there is nothing to accept`, { at: 'name' });
    }
    const to = stream.back ?? stream.next;
    await this.#alone(stream, () => this.#tell(stream, 'accepted', stream.next, to, { actor }));
    return this.list().find((each) => each.name === name)!;
  }

  /** Puts on record who fell silent. */
  async watch(): Promise<void> {
    const { book, settings, clock } = this.#parts;
    const { enrolled, silentAfter } = settings();
    const names = new Set([...enrolled.values()].map(({ name }) => name));
    for (const stream of book.all()) {
      if (!names.has(stream.name) || stream.status === 'new' || stream.isSilent || stream.busy) continue;
      if (clock() - (stream.heard ?? this.#started) < silentAfter) continue;
      await this.#alone(stream, () => this.#tell(stream, 'silent', stream.next, stream.next));
    }
  }

  /** @throws AncileError `overloaded` */
  #spend(name: string, records: number): void {
    const { settings, clock } = this.#parts;
    const rate = settings().recordsPerSecond;
    const most = Math.max(rate * BURST_SECONDS, BURST_LEAST);
    const { tokens, at } = this.#budgets.get(name) ?? { tokens: most, at: clock() };
    const now = clock();
    const have = Math.min(most, tokens + ((now - at) / 1000) * rate);
    this.#budgets.set(name, { tokens: have < records ? have : have - records, at: now });
    if (have < records) throw new AncileError('overloaded', 'this node sends more records than are taken');
  }

  async #take(stream: NodeStream, batch: Batch): Promise<Taken> {
    const { note } = batch;
    if (stream.status === 'forked') throw this.#refusal(stream);
    await this.#hear(stream, note);
    if (batch.lines.length === 0 || note.size <= stream.next) return this.#settle(stream, note);
    const at = await this.#placeOf(stream, note);
    const fresh = batch.lines.slice(at.next - note.from);
    const grown = at.frontier.copy();
    for (const { leaf } of fresh) grown.append(leaf);
    if (hex(grown.root()) !== note.root) throw await this.#fork(stream, note);
    const bodies = fresh.map((line, i) => toForwarded(stream.name, at.next + i, line));
    if (at.event !== undefined) {
      const { from, proved } = at;
      const frontier = at.frontier.roots().map(hex);
      await this.#tell(stream, at.event, from, at.next, { frontier, ...(proved === undefined ? {} : { proved }) });
    }
    // After `accepted` the tree is the node's own word, which its signature is over.
    stream.frontier ??= at.frontier.copy();
    stream.unsure = true;
    const lacking = bodies.filter(({ origin }) => stream.ahead.get(origin.seq) !== origin.digest);
    const done = await Promise.allSettled(lacking.map((body) => this.#parts.append(body)));
    const failed = done.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    for (const body of lacking) stream.apply(body);
    stream.unsure = false;
    return { next: stream.next };
  }

  async #hear(stream: NodeStream, { total }: ForwardNote): Promise<void> {
    stream.heard = this.#parts.clock();
    stream.total = total;
    if (stream.isSilent) await this.#tell(stream, 'returned', stream.next, stream.next);
  }

  /** A note that brings nothing new: a greeting, a batch sent twice, or fewer records than there were. */
  async #settle(stream: NodeStream, note: ForwardNote): Promise<Taken> {
    if (stream.status === 'new') return { next: null };
    const { frontier, next, noted } = stream;
    const isNews = note.time > noted;
    if (isNews) stream.noted = note.time;
    if (note.size === next && frontier !== undefined && note.root !== hex(frontier.root()))
      throw await this.#fork(stream, note);
    // An old note that somebody sends again says nothing of now.
    if (isNews && note.total < next && stream.back !== note.total) {
      await this.#tell(stream, 'rewound', note.total, next);
    }
    return { next };
  }

  /** Where the batch goes on from: where this ledger is, or behind a gap that is then on record. */
  async #placeOf(
    stream: NodeStream,
    note: ForwardNote,
  ): Promise<{ next: number; from: number; frontier: Frontier; event?: NodeStreamEvent; proved?: boolean }> {
    const { next, frontier } = stream;
    if (stream.status !== 'new' && note.from <= next) {
      if (frontier !== undefined) return { next, from: next, frontier };
      if (note.from === next) return { next, from: next, frontier: this.#given(note) };
      throw new AncileError('conflict', `expected records from ${next} on`);
    }
    const given = this.#given(note);
    if (stream.status === 'new') return { next: note.from, from: 0, frontier: given, event: 'began' };
    const proof = note.after?.size === next ? note.after.proof : [];
    const proved =
      frontier !== undefined &&
      proof.length > 0 &&
      verifyConsistency(next, note.from, frontier.root(), given.root(), proof.map(fromHex));
    // A proof that does not hold is the node's own word against itself; none is a gap that nothing is known of.
    if (proof.length > 0 && frontier !== undefined && !proved) throw await this.#fork(stream, note);
    return { next: note.from, from: next, frontier: given, event: 'gap', proved };
  }

  #given({ from, frontier = [] }: ForwardNote): Frontier {
    try {
      return Frontier.of(from, frontier.map(fromHex));
    } catch {
      throw new AncileError('request_invalid', 'the batch does not say what it goes on from', { at: 'frontier' });
    }
  }

  async #fork(stream: NodeStream, note: ForwardNote): Promise<AncileError> {
    await this.#tell(stream, 'fork', note.from, note.size);
    return this.#refusal(stream);
  }

  #refusal({ name }: NodeStream): AncileError {
    return new AncileError('conflict', `the node ${name} has signed two histories: nothing more is taken from it`, {
      hint: `Find out why; then let it go on: ancile node accept ${name}`,
    });
  }

  async #tell(
    stream: NodeStream,
    event: NodeStreamEvent,
    from: number,
    to: number,
    more: { frontier?: string[]; proved?: boolean; actor?: string } = {},
  ): Promise<void> {
    const body = { kind: 'node.stream' as const, origin: { node: stream.name }, event, from, to, ...more };
    stream.unsure = true;
    await this.#parts.append(body);
    stream.apply(body);
    stream.unsure = false;
  }
}
