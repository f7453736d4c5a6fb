// Follows the ledger with the rules: reads behind it, writes down what rules are met, and goes on after a restart where it
// was. It is never on the path of a request.
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AncileError, type Clock, toAncileError } from '../base/index.ts';
import type { Detection, DriftReport, MonitorState, RecordBody } from '../contract/index.ts';
import type { Ledger, StoredRecord } from '../ledger/index.ts';
import { type BaselineShelf, DriftBook } from './drift.ts';
import { Engine } from './engine.ts';
import type { Opened } from './event.ts';
import type { MonitorRule } from './rule.ts';
import { type RuleFigures, type SavedRule } from './rule-state.ts';
import { type SavedPart, loadState, saveState } from './state-file.ts';
import { StreamEngines } from './stream-engines.ts';

const BATCH = 200;
const POLL_MS = 250;
const SAVE_MS = 60_000;

/** Hears every record that comes from now on, with the opening of its exchange. */
export type RecordTap = (record: StoredRecord, opened: Opened | undefined) => void;

export interface MonitorOptions {
  readonly ledger: Pick<Ledger, 'read' | 'size' | 'firstSeq' | 'origin'>;
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly dataDir: string;
  readonly rules: readonly MonitorRule[];
  readonly groups: number;
  readonly sample: number;
  readonly shelf: BaselineShelf;
  readonly clock: Clock;
  readonly taps?: readonly RecordTap[];
  readonly onFault: (fault: AncileError) => void;
}

/** Rules that an engine runs; drift is measured apart. */
const ownRules = (rules: readonly MonitorRule[]): MonitorRule[] =>
  rules.filter(({ when }) => when[0]!.type !== 'drift');

export class Monitor {
  readonly #options: MonitorOptions;
  readonly #path: string;
  #engine: Engine;
  /** Of what came from elsewhere. */
  #streams: StreamEngines;
  #drift: DriftBook;
  /** The next record to be looked at. */
  #cursor = 0;
  /** Records before it were there at the start: what they led to may be on record already. */
  #head = 0;
  readonly #owed = new Map<string, Detection>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  #stopped = false;
  #savedAt = 0;
  #savedSeq = -1;
  #fault: string | undefined;

  private constructor(options: MonitorOptions) {
    this.#options = options;
    this.#path = join(options.dataDir, 'monitor', 'state.jsonl');
    this.#engine = this.#toEngine(options.rules, options.groups);
    this.#streams = this.#toStreams(options.rules, options.groups);
    this.#drift = this.#toDrift(options.rules, options.sample);
  }

  /** Goes on where the last run was; on a folder that was never watched, from its newest record on. */
  static async start(options: MonitorOptions): Promise<Monitor> {
    const monitor = new Monitor(options);
    await monitor.#resume();
    monitor.#timer = setInterval(() => monitor.#turn(), POLL_MS);
    monitor.#timer.unref();
    return monitor;
  }

  state(): MonitorState {
    return {
      enabled: true,
      lag: this.#options.ledger.size - this.#cursor,
      seen: this.#engine.seen,
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
    };
  }

  figures(): ReadonlyMap<string, RuleFigures> {
    return new Map(this.#engine.rules.map(({ rule, figures }) => [rule.id, figures]));
  }

  drift(): DriftReport[] {
    return this.#drift.reports();
  }

  async pin(model: string, actor: string): Promise<void> {
    await this.caughtUp();
    await this.#drift.pin(model, actor, new Date(this.#options.clock()).toISOString());
  }

  unpin(model: string): Promise<void> {
    return this.#drift.unpin(model);
  }

  /** Other rules from the next record on; those that say the same keep what they remember. */
  async exchangeRules(rules: readonly MonitorRule[], groups: number, sample: number): Promise<void> {
    await this.#exclusively(async () => {
      const saved = this.#parts();
      const { mark } = this.#engine;
      this.#engine = this.#toEngine(rules, groups);
      this.#streams = this.#toStreams(rules, groups);
      this.#drift = this.#toDrift(rules, sample);
      this.#engine.resume(mark);
      this.#restore(saved);
    });
  }

  /** Resolves when every record that is durable now was looked at. */
  caughtUp(): Promise<void> {
    return this.#exclusively(() => this.#pass());
  }

  /** Ends the watching. @param keeps - whether what it remembers is written down; a process that dies does not */
  async stop(keeps = true): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running.catch(() => undefined);
    if (keeps) await this.#save();
  }

  #toEngine(rules: readonly MonitorRule[], groups: number): Engine {
    return new Engine(ownRules(rules), { groups, clock: this.#options.clock });
  }

  #toStreams(rules: readonly MonitorRule[], groups: number): StreamEngines {
    return new StreamEngines(ownRules(rules), groups, this.#options.clock);
  }

  #toDrift(rules: readonly MonitorRule[], sample: number): DriftBook {
    return new DriftBook({ rules, sample, shelf: this.#options.shelf });
  }

  async #resume(): Promise<void> {
    const { ledger } = this.#options;
    this.#head = ledger.size;
    const saved = await loadState(this.#path);
    const fits = saved !== undefined && saved.origin === ledger.origin && saved.seq <= ledger.size;
    if (fits) {
      this.#cursor = Math.max(saved.seq, ledger.firstSeq);
      this.#engine.resume({ seq: this.#cursor, now: saved.now });
      this.#restore(saved.parts);
    } else {
      this.#cursor = this.#head;
    }
    // Written at once: a crash before the first saving must not lose what comes until then.
    await this.#save();
  }

  #exclusively(work: () => Promise<void>): Promise<void> {
    const done = this.#running.catch(() => undefined).then(work);
    this.#running = done;
    return done;
  }

  #turn(): void {
    if (this.#busy) return;
    this.#busy = true;
    this.#exclusively(async () => {
      await this.#pass();
      if (this.#options.clock() - this.#savedAt >= SAVE_MS) await this.#save();
      this.#fault = undefined;
    })
      .catch((thrown: unknown) => {
        const fault = toAncileError(thrown);
        // The same again says nothing new.
        if (this.#fault !== fault.message) this.#options.onFault(fault);
        this.#fault = fault.message;
      })
      .finally(() => (this.#busy = false));
  }

  async #pass(): Promise<void> {
    const { ledger, clock } = this.#options;
    await this.#pay();
    while (!this.#stopped && this.#cursor < ledger.size) {
      const from = Math.max(this.#cursor, ledger.firstSeq);
      const to = Math.min(from + BATCH, ledger.size);
      for await (const record of ledger.read({ from, to })) this.#observe(record);
      this.#cursor = to;
      await this.#pay();
      await nextTurn();
    }
    if (this.#stopped) return;
    for (const detection of this.#engine.passTime(clock())) this.#owed.set(detection.detection, detection);
    await this.#pay();
  }

  #observe(record: StoredRecord): void {
    const opened = this.#engine.openedOf(record);
    const { taps = [] } = this.#options;
    const isPast = record.seq < this.#head;
    // What is on record need not be written again.
    if (isPast && record.kind === 'detection') this.#owed.delete(record.detection);
    const own = [...this.#drift.observe(record, opened), ...this.#engine.observe(record)];
    for (const detection of [...own, ...this.#streams.observe(record)]) {
      this.#owed.set(detection.detection, detection);
    }
    if (!isPast) for (const tap of taps) tap(record, opened);
  }

  /** Writes down what rules were met. What cannot be written now is owed. */
  async #pay(): Promise<void> {
    if (this.#cursor < this.#head) return;
    for (const [id, detection] of this.#owed) {
      await this.#options.append({ kind: 'detection', ...detection });
      this.#owed.delete(id);
    }
  }

  #parts(): SavedPart[] {
    return [
      ...this.#engine.rules.map((state) => ({ part: state.rule.id, digest: state.digest, state: state.save() })),
      { part: '', digest: 'openings', state: this.#engine.openings() },
      { part: '', digest: 'drift', state: this.#drift.save() },
      { part: '', digest: 'owed', state: [...this.#owed.values()] },
      ...this.#streams.save(),
    ];
  }

  #restore(parts: readonly SavedPart[]): void {
    for (const state of this.#engine.rules) {
      const found = parts.find(({ part, digest }) => part === state.rule.id && digest === state.digest);
      if (found !== undefined) state.restore(found.state as SavedRule);
    }
    const own = (name: string): unknown => parts.find(({ part, digest }) => part === '' && digest === name)?.state;
    this.#streams.restore(parts);
    this.#engine.restoreOpenings((own('openings') ?? []) as Opened[]);
    this.#drift.restore((own('drift') ?? []) as Parameters<DriftBook['restore']>[0]);
    for (const detection of (own('owed') ?? []) as Detection[]) this.#owed.set(detection.detection, detection);
  }

  async #save(): Promise<void> {
    this.#savedAt = this.#options.clock();
    if (this.#savedSeq === this.#cursor) return;
    const { now } = this.#engine.mark;
    await saveState(this.#path, { origin: this.#options.ledger.origin, seq: this.#cursor, now, parts: this.#parts() });
    this.#savedSeq = this.#cursor;
  }
}
