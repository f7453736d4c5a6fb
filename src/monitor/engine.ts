// Runs rules over the stream of records: each record once, in the order of the ledger, with a clock that its times drive.
import type { Detection } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import { type MonitorEvent, type Opened, toAbout } from './event.ts';
import type { MonitorRule } from './rule.ts';
import { RuleState } from './rule-state.ts';
import { type Place, SelectionIndex } from './selection-index.ts';

/** How far before the wall clock a record may move the engine's own, milliseconds. */
const AHEAD_MS = 300_000;
/** Time alone is looked at this often, by the times of records. */
const TICK_MS = 1000;

export interface EngineOptions {
  /** Groups that a rule remembers; of more, those that were silent longest are forgotten. Default 2000. */
  readonly groups?: number;
  /** Openings remembered for the records that belong to them. Default 20,000. */
  readonly exchanges?: number;
  /** Holds records back whose times lie before it; absent where past records are gone through. */
  readonly clock?: () => number;
  /** Of whose records it is, where that is not this node: what is involved is named below it, and so is nobody's here. */
  readonly origin?: string;
}

/** What an engine remembers beside its rules. */
export interface EngineMark {
  /** The seq of the next record. */
  readonly seq: number;
  readonly now: number;
}

export class Engine {
  readonly rules: readonly RuleState[];
  readonly #index: SelectionIndex;
  readonly #opened = new Map<string, Opened>();
  readonly #mostOpened: number;
  readonly #clock: (() => number) | undefined;
  readonly #origin: string | undefined;
  /** Ids of rules that look at detections: what they say is not shown to such rules. */
  readonly #meta: ReadonlySet<string>;
  readonly #hits: (ReadonlySet<string> | undefined)[];
  #now = 0;
  #ticked = 0;
  #seq = 0;
  #seen = 0;

  constructor(rules: readonly MonitorRule[], options: EngineOptions = {}) {
    this.rules = rules.map((rule) => new RuleState(rule, options.groups ?? 2000));
    this.#mostOpened = options.exchanges ?? 20_000;
    this.#clock = options.clock;
    this.#origin = options.origin;
    const places = rules.flatMap(({ compiled }, rule) =>
      [...compiled].map(([name, selection]): Place => ({ rule, name, selection, alone: new Set([name]) })),
    );
    this.#index = new SelectionIndex(places);
    this.#meta = new Set(
      rules
        .filter(({ compiled }) => [...compiled.values()].some(({ kinds }) => kinds.includes('detection')))
        .map(({ id }) => id),
    );
    this.#hits = rules.map(() => undefined);
  }

  get mark(): EngineMark {
    return { seq: this.#seq, now: this.#now };
  }

  /** Records that were seen. */
  get seen(): number {
    return this.#seen;
  }

  resume({ seq, now }: EngineMark): void {
    this.#seq = seq;
    this.#now = this.#ticked = now;
  }

  /** Openings of exchanges that may not be over, for what is written down. */
  openings(): readonly Opened[] {
    return [...this.#opened.values()];
  }

  restoreOpenings(openings: readonly Opened[]): void {
    for (const opened of openings) this.#opened.set(opened.exchange.id, opened);
  }

  /** Takes the next record in. @returns the detections that it, and the time that it brings, lead to */
  observe(record: StoredRecord): Detection[] {
    const detections: Detection[] = [];
    const tell = (detection: Detection): void => void detections.push(this.#named(detection));
    this.#seq = record.seq + 1;
    this.#seen++;
    const time = Date.parse(record.time);
    if (Number.isNaN(time)) return detections;
    this.#advance(time, tell);
    const opened = this.openedOf(record);
    this.#keepOpening(record);
    if (record.kind === 'detection' && this.#meta.has(record.rule)) return detections;
    const event: MonitorEvent = { record, time, about: toAbout(record, opened), opened };
    let touched: number[] | undefined;
    this.#index.match(event, ({ rule, name, alone }) => {
      const hits = this.#hits[rule];
      if (hits === undefined) (touched ??= []).push(rule);
      // Most often there is one, and no set need be made.
      this.#hits[rule] = hits === undefined ? alone : new Set([...hits, name]);
    });
    for (const rule of touched ?? []) {
      const hits = this.#hits[rule]!;
      this.#hits[rule] = undefined;
      this.rules[rule]!.observe(hits, event, this.#now, tell);
    }
    return detections;
  }

  /** Lets time pass without a record. */
  passTime(now: number): Detection[] {
    const detections: Detection[] = [];
    this.#advance(now, (detection) => void detections.push(this.#named(detection)));
    return detections;
  }

  #named(detection: Detection): Detection {
    const origin = this.#origin;
    if (origin === undefined) return detection;
    const involved = Object.entries(detection.involved).map(([name, value]) => [name, `${origin}/${value}`]);
    return { ...detection, involved: Object.fromEntries(involved) as Detection['involved'], origin };
  }

  #advance(time: number, tell: (detection: Detection) => void): void {
    const limit = this.#clock === undefined ? Infinity : this.#clock() + AHEAD_MS;
    this.#now = Math.max(this.#now, Math.min(time, limit));
    if (this.#now - this.#ticked < TICK_MS) return;
    this.#ticked = this.#now;
    for (const rule of this.rules) rule.tick(this.#now, tell);
  }

  /** The opening of the exchange that a record belongs to, where it is known. */
  openedOf(record: StoredRecord): Opened | undefined {
    if (record.kind !== 'exchange.closed' && record.kind !== 'approval' && record.kind !== 'feedback') return undefined;
    return this.#opened.get(record.exchange);
  }

  #keepOpening(record: StoredRecord): void {
    if (record.kind === 'exchange.closed') this.#opened.delete(record.exchange);
    if (record.kind !== 'exchange.opened') return;
    this.#opened.set(record.exchange.id, record);
    for (const oldest of this.#opened.keys()) {
      if (this.#opened.size <= this.#mostOpened) break;
      this.#opened.delete(oldest);
    }
  }
}
