// One sink on its way through the ledger: reads, delivers, moves its cursor. It has a batch in memory at most; a receiver
// that is slow or gone makes it lag, and nothing else.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { AncileError, type Clock, toAncileError } from '../base/index.ts';
import type { ExportEvent, SinkView } from '../contract/index.ts';
import { createPause, pauseAfter } from './backoff.ts';
import { deliverAll } from './deliver.ts';
import { gapEvent } from './own-events.ts';
import { type LedgerView, readBatch } from './read-batch.ts';
import type { SinkSettings } from './settings.ts';
import { type Fate, type Sink, againFor, all } from './sink.ts';
import type { SinkRow, SinkRows } from './sink-rows.ts';

/** A cursor is saved so long after it moved, milliseconds: a crash sends again what was delivered since. */
const SAVE_MS = 200;
/** A try that is under way at the end has so long, milliseconds. */
const CLOSE_MS = 1000;
/** More dead letters than that, and the receiver is wrong altogether: the sink waits rather than bury the ledger. */
const DEAD_MOST = 100_000;

export interface RunnerParts {
  readonly settings: SinkSettings;
  readonly sink: Sink;
  readonly row: SinkRow;
  readonly rows: SinkRows;
  readonly dead: number;
  readonly ledger: LedgerView;
  readonly node: string;
  readonly clock: Clock;
  /** What an operator should know of: that a receiver fails, once until it is well again; a gap. */
  readonly onFault: (fault: AncileError) => void;
  /** Told, once, of a receiver that says it is gone for good: nothing more is sent to it. */
  readonly onGone: (sink: string, reason: string) => Promise<unknown>;
}

export class Runner {
  readonly settings: SinkSettings;
  readonly #parts: RunnerParts;
  readonly #pause = createPause();
  readonly #abort = new AbortController();
  #cursor: number;
  #gaps: SinkRow['gaps'];
  #saved: number;
  #dead: number;
  /** Time of the record at the cursor, where it was read. */
  #head: { readonly seq: number; readonly time: number } | undefined;
  #state: 'current' | 'sending' | 'retrying' | 'gone' = 'current';
  #failed = 0;
  #delivered = 0;
  #retries = 0;
  #lastError: SinkView['lastError'];
  #lastDelivery: string | undefined;
  #saving: NodeJS.Timeout | undefined;
  /** One try at a time, whoever makes it. */
  #trying: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.#cursor = this.#saved = parts.row.cursor;
    this.#gaps = parts.row.gaps;
    this.#dead = parts.dead;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Looks again whether there is something new. */
  wake(): void {
    if (this.#state === 'current' && this.#cursor !== this.#parts.ledger.size) this.#pause.end();
  }

  get isCurrent(): boolean {
    return this.#state === 'current' && this.#cursor === this.#parts.ledger.size;
  }

  /** Whether its receiver said that it wants nothing any more. */
  get isGone(): boolean {
    return this.#state === 'gone';
  }

  view(): SinkView {
    const { settings, sink, ledger, clock } = this.#parts;
    const records = Math.max(0, ledger.size - this.#cursor);
    const since = records > 0 && this.#head?.seq === this.#cursor ? this.#head.time : undefined;
    return {
      name: settings.name,
      kind: settings.config.kind,
      target: sink.target,
      state: this.#running === undefined ? 'stopped' : this.#state,
      cursor: this.#cursor,
      lag: { records, seconds: since === undefined ? 0 : Math.max(0, (clock() - since) / 1000) },
      delivered: this.#delivered,
      retries: this.#retries,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      ...(this.#lastDelivery === undefined ? {} : { lastDelivery: this.#lastDelivery }),
      deadLetters: this.#dead,
      gaps: [...this.#gaps],
    };
  }

  /** One try, after any that is under way. Never throws. */
  attempt(events: readonly ExportEvent[]): Promise<readonly Fate[]> {
    const tried = this.#trying.then(async () => {
      try {
        return await this.#parts.sink.deliver(events, this.#abort.signal);
      } catch (thrown) {
        return all(events, againFor(toAncileError(thrown)));
      }
    });
    this.#trying = tried;
    return tried;
  }

  /** Counts the dead letters anew: they were replayed. */
  async recount(): Promise<number> {
    return (this.#dead = await this.#parts.rows.countBuried(this.settings.name));
  }

  /** Stops; what is under way is given up, and sent again by whoever goes on. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#pause.end();
    // A try that ends by itself is let end; one that hangs ends with its connection.
    const ended = Promise.all([this.#running, this.#trying]);
    await Promise.race([ended, sleep(CLOSE_MS, undefined, { ref: false })]);
    await this.#parts.sink.close();
    await ended;
    clearTimeout(this.#saving);
    if (this.#running !== undefined) await this.#save();
  }

  async #run(): Promise<void> {
    const { ledger } = this.#parts;
    while (!this.#abort.signal.aborted && !this.isGone) {
      try {
        if (this.#cursor >= ledger.size) {
          this.#state = 'current';
          await this.#pause.wait(60_000);
          continue;
        }
        if (this.#failed === 0) this.#state = 'sending';
        if (ledger.firstSeq > this.#cursor) await this.#tellGap(ledger.firstSeq);
        else await this.#turn();
        this.#failed = 0;
      } catch (thrown) {
        if (this.#abort.signal.aborted || this.isGone) return;
        await this.#fail(toAncileError(thrown).message).catch(() => undefined);
      }
      // Those who serve requests go first.
      await nextTurn();
    }
  }

  async #turn(): Promise<void> {
    const { ledger, sink, settings } = this.#parts;
    const batch = await readBatch(ledger, this.#cursor, sink.most, settings.config.filter);
    if (batch.time !== undefined) this.#head = { seq: this.#cursor, time: Date.parse(batch.time) };
    if (batch.next === this.#cursor) {
      if (ledger.firstSeq > this.#cursor) return;
      throw new AncileError('ledger_fault', `record ${this.#cursor} cannot be read`);
    }
    await this.#deliver(batch.events);
    this.#moveTo(batch.next);
  }

  async #tellGap(to: number): Promise<void> {
    const { settings, node, clock, onFault } = this.#parts;
    const time = new Date(clock()).toISOString();
    const gap = { from: this.#cursor, to, time };
    const what = `records ${gap.from} to ${to - 1} were pruned before the sink ${settings.name} had them`;
    await this.#deliver([gapEvent(node, gap)]);
    onFault(new AncileError('ledger_fault', what, { at: `export.sinks.${settings.name}` }));
    this.#gaps = [...this.#gaps, gap];
    this.#moveTo(to);
    await this.#save();
  }

  #deliver(events: readonly ExportEvent[]): Promise<void> {
    return deliverAll(events, {
      attempt: (some) => this.attempt(some),
      bury: (event, reason, attempts) => this.#bury(event, reason, attempts),
      onAccepted: (count) => {
        this.#delivered += count;
        this.#failed = 0;
        this.#state = 'sending';
        this.#lastDelivery = new Date(this.#parts.clock()).toISOString();
      },
      onFailed: (reason, after) => this.#fail(reason, after),
      onGone: (reason) => this.#stopFor(reason),
    });
  }

  async #bury(event: ExportEvent, reason: string, attempts: number): Promise<void> {
    const { rows, settings, clock } = this.#parts;
    this.#note(`refused: ${reason}`);
    // What is no record cannot be replayed from one.
    if (event.kind.startsWith('export.')) return;
    if (this.#dead >= DEAD_MOST) {
      throw new AncileError('overloaded', `there are ${DEAD_MOST} dead letters: replay them before more is given up`);
    }
    // One that was put aside before a crash, and is met again, is one.
    const known = await rows.find(settings.name, [event.seq]);
    await rows.bury(settings.name, { seq: event.seq, time: new Date(clock()).toISOString(), reason, attempts });
    if (known.length === 0) this.#dead++;
  }

  #note(message: string): void {
    this.#lastError = { time: new Date(this.#parts.clock()).toISOString(), message };
  }

  /** @throws AncileError `upstream_refused`, always */
  async #stopFor(reason: string): Promise<never> {
    const { settings, onFault, onGone } = this.#parts;
    this.#note(reason);
    this.#state = 'gone';
    const error = new AncileError('upstream_refused', `the sink ${settings.name} stops: its receiver says ${reason}`, {
      at: `export.sinks.${settings.name}`,
      hint: 'Correct or remove it, then reload the configuration.',
    });
    onFault(error);
    await onGone(settings.name, reason);
    throw error;
  }

  /** @throws AncileError `shutting_down` */
  async #fail(reason: string, after?: number): Promise<void> {
    const { settings, onFault } = this.#parts;
    if (this.#abort.signal.aborted) throw new AncileError('shutting_down', 'the sink stops');
    this.#note(reason);
    if (this.#failed++ === 0) {
      onFault(new AncileError('upstream_refused', `the sink ${settings.name} does not take events: ${reason}`));
    }
    this.#state = 'retrying';
    this.#retries++;
    await this.#pause.wait(pauseAfter(this.#failed, settings.config.retryMost, after));
    if (this.#abort.signal.aborted) throw new AncileError('shutting_down', 'the sink stops');
  }

  #moveTo(cursor: number): void {
    this.#cursor = cursor;
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#save().catch((thrown: unknown) => this.#parts.onFault(toAncileError(thrown)));
    }, SAVE_MS).unref();
  }

  async #save(): Promise<void> {
    const { rows, settings } = this.#parts;
    const cursor = this.#cursor;
    if (cursor === this.#saved) return;
    await rows.save({ name: settings.name, cursor, gaps: this.#gaps });
    this.#saved = cursor;
  }
}
