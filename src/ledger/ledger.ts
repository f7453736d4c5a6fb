// The record log: append by group commit, checkpoint, prove, read, prune. One process owns it (see store/).
import { setTimeout as sleep } from 'node:timers/promises';
import { AncileError, type Clock, systemClock } from '../base/index.ts';
import type { RecordBody } from '../contract/index.ts';
import type { Keys } from '../keys/index.ts';
import { Checkpointer } from './checkpointer.ts';
import { toTreeSource } from './file-tree.ts';
import { type Frontier, frontierOf } from './frontier.ts';
import { type Layout, MAX_LINE_BYTES, SEGMENT_SIZE, toLayout } from './layout.ts';
import { type TreeSource, consistencyProof, HASH_BYTES, inclusionProof, leafHash } from './merkle.ts';
import type { Checkpoint } from './note.ts';
import { pruneSegment } from './prune.ts';
import type { Appended, LedgerOptions, LedgerSnapshot } from './ledger-options.ts';
import { toFault } from './ledger-fault.ts';
import { LiveFeed } from './live-feed.ts';
import { type ReadRange, readLinesOf, readRecords } from './read.ts';
import type { StoredRecord } from './record-line.ts';
import { recover, type Recovered } from './recover.ts';
import { saveSegmentRoot } from './segment-root.ts';
import { SegmentWriter } from './segment-writer.ts';
import { signCheckpointNote } from './signed-note.ts';
import { listLedgerFiles } from './snapshot.ts';

/** Bounds on one write, so that a record waits for little more than its own. */
const BATCH_RECORDS = 4096;
const BATCH_CHARS = 8 * 1024 * 1024;
/** What may wait for the disk before appends are refused. */
const QUEUE_CHARS = 64 * 1024 * 1024;

/**
 * After a batch of several records the next one waits this long for company, milliseconds: a fast disk would else be
 * asked to sync for every record, and each sync costs more than the record. (PostgreSQL's commit_delay.) A lone
 * client never has two records waiting, and so is never made to wait.
 */
const GATHER_MS = 2;

interface Waiting {
  /** The record's JSON without its opening brace: its seq comes before it. */
  readonly tail: string;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (fault: AncileError) => void;
}

const toLine = (seq: number, tail: string): string => `{"seq":${seq},${tail}`;

/**
 * Opens the ledger in `<dataDir>/ledger/`, making it on first use, recovered from whatever ended the last run.
 * The caller owns the data folder (`openStore`).
 * @throws AncileError `ledger_corrupt` when the records do not match the last checkpoint, `ledger_fault` when the
 *   files cannot be read or written.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const layout = toLayout(options.dataDir);
  const origin = `ancile/${options.keys.keyId}`;
  let recovered: Recovered;
  try {
    recovered = await recover(layout, origin, options.keys, options.segmentSize ?? SEGMENT_SIZE);
  } catch (cause) {
    if (cause instanceof AncileError) throw cause;
    throw toFault(cause, layout.dir);
  }
  const ledger = new Ledger(options, layout, origin, recovered);
  try {
    await ledger.checkpoint();
  } catch (cause) {
    await ledger.close().catch(() => {});
    throw cause;
  }
  return ledger;
}

/** An open ledger. Made by `openLedger`. */
export class Ledger {
  /** Names this ledger in its checkpoints. */
  readonly origin: string;
  /** Bytes of an unfinished, never acknowledged record that the last run left and opening cut off. */
  readonly tornBytes: number;
  readonly #layout: Layout;
  readonly #keys: Keys;
  readonly #nodeJson: string;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #onFault: (fault: AncileError) => void;
  readonly #segmentSize: number;
  readonly #roots: Map<number, Uint8Array>;
  readonly #checkpointer: Checkpointer;
  readonly #live: LiveFeed;
  #firstSeq: number;
  #frontier: Frontier;
  #segment: SegmentWriter;
  #queue: Waiting[] = [];
  #queuedChars = 0;
  /** Work on the files, one thing at a time, in order. */
  #work: Promise<unknown> = Promise.resolve();
  /** Copies of the files that are being made. */
  readonly #copies = new Set<Promise<void>>();
  #draining = false;
  /** Records in the batch written last. */
  #lastBatch = 0;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: LedgerOptions, layout: Layout, origin: string, recovered: Recovered) {
    this.origin = origin;
    this.tornBytes = recovered.tornBytes;
    this.#layout = layout;
    this.#keys = options.keys;
    this.#nodeJson = JSON.stringify(options.node);
    this.#clock = options.clock ?? systemClock;
    this.#interval = options.checkpointInterval ?? 5000;
    this.#onFault = options.onFault ?? (() => {});
    this.#segmentSize = recovered.segmentSize;
    this.#roots = recovered.roots;
    this.#firstSeq = recovered.firstSeq;
    this.#frontier = recovered.frontier;
    this.#segment = recovered.segment;
    this.#live = new LiveFeed(this.#onFault);
    this.#checkpointer = new Checkpointer({
      keys: options.keys,
      origin,
      clock: this.#clock,
      file: recovered.checkpoints,
      last: recovered.checkpoint,
      anchorFile: options.anchorFile,
      onFault: this.#onFault,
    });
  }

  /** Number of durable records ever appended; the next seq. */
  get size(): number {
    return this.#frontier.size;
  }

  /** First seq that was not pruned. */
  get firstSeq(): number {
    return this.#firstSeq;
  }

  /** The last signed checkpoint. */
  get lastCheckpoint(): Checkpoint | undefined {
    return this.#checkpointer.last;
  }

  /**
   * Appends a record, stamped with time and node. Resolves when it is durable (fdatasync), together with everything
   * that arrived while the disk was busy. The body is read at once: changing it afterwards changes nothing.
   * @throws AncileError `ledger_fault` when it could not be written (it is then not in the ledger), `overloaded` when
   *   too much waits already, `shutting_down` after `close`.
   */
  append(body: RecordBody): Promise<Appended> {
    if (this.#closing !== undefined) {
      return Promise.reject(new AncileError('shutting_down', 'the ledger is closed', { at: this.#layout.dir }));
    }
    const time = new Date(this.#clock()).toISOString();
    const tail = `"time":"${time}","node":${this.#nodeJson},${JSON.stringify(body).slice(1)}`;
    // UTF-8 takes at most three bytes for a code unit; only long texts are counted exactly.
    if (tail.length > MAX_LINE_BYTES / 4 && Buffer.byteLength(tail) > MAX_LINE_BYTES - 64) {
      return Promise.reject(
        new AncileError('ledger_fault', `a record is larger than ${MAX_LINE_BYTES} bytes`, { at: body.kind }),
      );
    }
    if (this.#queuedChars + tail.length > QUEUE_CHARS) {
      const hint = 'The disk is slower than the traffic: lower the load or give the ledger a faster disk.';
      return Promise.reject(
        new AncileError('overloaded', 'too many records wait for the disk', { at: this.#layout.dir, hint }),
      );
    }
    this.#queuedChars += tail.length;
    return new Promise((resolve, reject) => {
      this.#queue.push({ tail, resolve, reject });
      if (this.#draining) return;
      this.#draining = true;
      void this.#exclusively(() => this.#drain());
    });
  }

  /**
   * Signs the tree as it stands, if it grew since the last checkpoint.
   * @throws AncileError `ledger_fault` when the checkpoint could not be written.
   */
  checkpoint(): Promise<void> {
    return this.#exclusively(() => this.#checkpoint());
  }

  /** The records with `from <= seq < to`, in order; as many as were durable when it was called. */
  read(range: Partial<ReadRange> = {}): AsyncGenerator<StoredRecord> {
    const from = Math.max(range.from ?? 0, this.#firstSeq);
    const to = Math.min(range.to ?? Infinity, this.size);
    return readRecords(this.#layout, this.#segmentSize, { from, to });
  }

  /** One record; undefined when it does not exist (any more). */
  async get(seq: number): Promise<StoredRecord | undefined> {
    if (!Number.isSafeInteger(seq) || seq < 0) return undefined;
    for await (const record of this.read({ from: seq, to: seq + 1 })) return record;
    return undefined;
  }

  /** The bytes of one record's line, which its leaf hash is made of; undefined as above. */
  async line(seq: number): Promise<Buffer | undefined> {
    if (!Number.isSafeInteger(seq) || seq < this.#firstSeq || seq >= this.size) return undefined;
    const range = { from: seq, to: seq + 1 };
    for await (const bytes of readLinesOf(this.#layout, this.#segmentSize, range, (_, line) => line)) return bytes;
    return undefined;
  }

  /**
   * Hears every record from now on, once it is durable, in order. What the listener throws is reported as a fault.
   * @returns ends the listening.
   */
  live(listener: (record: StoredRecord) => void): () => void {
    return this.#live.listen(listener);
  }

  /** The last checkpoint as a C2SP signed note: what other logs' tools verify. */
  signedNote(): { readonly checkpoint: Checkpoint; readonly text: string } {
    const checkpoint = this.#checkpointer.last!;
    return { checkpoint, text: signCheckpointNote(this.#keys, checkpoint) };
  }

  /**
   * What a copy of the ledger is made of, covered by a checkpoint made for it. Records go on being appended; nothing is
   * pruned until it is released.
   */
  snapshot(): Promise<LedgerSnapshot> {
    let release!: () => void;
    const copied = new Promise<void>((resolve) => (release = resolve));
    const copy = copied.finally(() => this.#copies.delete(copy));
    this.#copies.add(copy);
    const made = this.#exclusively(async () => {
      await this.#checkpoint();
      return { checkpoint: this.#checkpointer.last!, files: await listLedgerFiles(this.#layout), release };
    });
    made.catch(release);
    return made;
  }

  /**
   * Audit path from record `seq` to the root of the tree of `size` records. For `verifyInclusion`.
   * @throws RangeError unless 0 <= seq < size <= this.size; AncileError `not_found` where it was pruned.
   */
  inclusionProof(seq: number, size: number = this.size): Uint8Array[] {
    return inclusionProof(this.#treeOf(size), seq, size);
  }

  /** The tree of the first `size` records, to be gone on from. Throws as above. */
  frontierAt(size: number): Frontier {
    return frontierOf(this.#treeOf(size), size);
  }

  /** The bytes of the lines of a range, as `read`. */
  lines(range: ReadRange): AsyncGenerator<Buffer> {
    return readLinesOf(this.#layout, this.#segmentSize, range, (_, bytes) => Buffer.from(bytes));
  }

  /** Proof that the tree of `m` records is the beginning of that of `n`. For `verifyConsistency`. Throws as above. */
  consistencyProof(m: number, n: number = this.size): Uint8Array[] {
    return consistencyProof(this.#treeOf(n), m, n);
  }

  #treeOf(size: number): TreeSource {
    if (size > this.size) throw new RangeError(`ledger: it has ${this.size} records, not ${size}`);
    return toTreeSource(this.#layout, this.#segmentSize, this.#roots);
  }

  /**
   * Deletes the lines and leaf hashes of whole sealed segments that end before `beforeSeq`, after signing a statement
   * that says so. Their roots stay, so that every later checkpoint still verifies.
   * @returns the first seq that is left and the number of records deleted.
   */
  async prune(beforeSeq: number): Promise<{ firstSeq: number; deleted: number }> {
    while (this.#copies.size > 0) await Promise.all(this.#copies);
    return this.#exclusively(async () => {
      const from = this.#firstSeq;
      for (const [first, root] of this.#roots) {
        if (first < this.#firstSeq) continue;
        if (first + this.#segmentSize > beforeSeq) break;
        const body = {
          origin: this.origin,
          time: new Date(this.#clock()).toISOString(),
          first,
          size: this.#segmentSize,
        };
        // Readers are turned away before the files go.
        await pruneSegment(this.#layout, this.#keys, { ...body, root: Buffer.from(root).toString('hex') }, () => {
          this.#firstSeq = first + this.#segmentSize;
        });
      }
      return { firstSeq: this.#firstSeq, deleted: this.#firstSeq - from };
    });
  }

  /** Writes what waits, signs a last checkpoint and closes the files. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#exclusively(async () => {
      clearTimeout(this.#timer);
      try {
        await this.#checkpoint();
      } finally {
        await this.#segment.close();
        await this.#checkpointer.close();
      }
    });
    return this.#closing;
  }

  /** Runs work on the files after all that was asked for before it; any fault comes out coded. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work).catch((cause: unknown) => {
      throw cause instanceof AncileError ? cause : toFault(cause, this.#layout.dir);
    });
    this.#work = done.catch(() => {});
    return done;
  }

  /** Writes batches until nothing waits. Never rejects: each record's promise carries its own fate. */
  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      let batch: Waiting[] = [];
      try {
        if (this.#lastBatch > 1) await sleep(GATHER_MS);
        if (this.#segment.count === this.#segmentSize) await this.#seal();
        batch = this.#takeBatch(this.#segmentSize - this.#segment.count);
        const first = this.#frontier.size;
        this.#lastBatch = batch.length;
        await this.#commit(batch);
        for (let i = 0; i < batch.length; i++) batch[i]!.resolve({ seq: first + i });
        if (this.#live.wanted) this.#live.publish(batch.map(({ tail }, i) => toLine(first + i, tail)));
        this.#scheduleCheckpoint();
      } catch (cause) {
        if (batch.length === 0) batch = this.#takeBatch(BATCH_RECORDS);
        const fault = cause instanceof AncileError ? cause : toFault(cause, this.#layout.dir);
        for (const waiting of batch) waiting.reject(fault);
      }
    }
    this.#draining = false;
  }

  #takeBatch(most: number): Waiting[] {
    const limit = Math.min(most, BATCH_RECORDS, this.#queue.length);
    let count = 0;
    let chars = 0;
    while (count < limit && (count === 0 || chars < BATCH_CHARS)) chars += this.#queue[count++]!.tail.length;
    this.#queuedChars -= chars;
    if (count === this.#queue.length) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    const frontier = this.#frontier.copy();
    const leaves = Buffer.allocUnsafe(batch.length * HASH_BYTES);
    let text = '';
    for (let i = 0; i < batch.length; i++) {
      const line = toLine(frontier.size, batch[i]!.tail);
      const leaf = leafHash(line);
      leaves.set(leaf, i * HASH_BYTES);
      frontier.append(leaf);
      text += line + '\n';
    }
    await this.#segment.write(Buffer.from(text), leaves);
    this.#frontier = frontier;
  }

  /** Closes a full segment: its root is kept, a checkpoint signed, the next begun. Can be tried again at any step. */
  async #seal(): Promise<void> {
    const { first } = this.#segment;
    await this.#segment.syncLeaves();
    const root = this.#frontier.watched!;
    await saveSegmentRoot(this.#layout, first, root);
    await this.#checkpoint();
    const next = await SegmentWriter.open(this.#layout, first + this.#segmentSize, 0, 0, Buffer.alloc(0));
    const full = this.#segment;
    this.#segment = next;
    this.#roots.set(first, root);
    await full.close();
  }

  async #checkpoint(): Promise<void> {
    if (this.#checkpointer.last?.size !== this.#frontier.size) await this.#segment.syncLeaves();
    await this.#checkpointer.checkpoint(this.#frontier);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #scheduleCheckpoint(): void {
    if (this.#timer !== undefined || this.#closing !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.checkpoint().catch((fault: AncileError) => {
        this.#onFault(fault);
        this.#scheduleCheckpoint();
      });
    }, this.#interval);
    this.#timer.unref();
  }
}
