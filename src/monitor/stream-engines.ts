// An engine for each node that forwards its records: its windows go by the times of its own records, late as they may come,
// and nothing in it touches what is remembered of another.
import { type Detection, carriedOf, importOrigin, importedAsExchange } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import { Engine } from './engine.ts';
import type { Opened } from './event.ts';
import type { MonitorRule } from './rule.ts';
import type { SavedRule } from './rule-state.ts';
import type { SavedPart } from './state-file.ts';

/** Nodes that are remembered; of more, the one that was silent longest is forgotten. */
const STREAMS_MOST = 200;
const HEAD = 'stream';

interface SavedHead {
  readonly origin: string;
  readonly now: number;
  readonly seq: number;
  readonly openings: readonly Opened[];
}

export class StreamEngines {
  readonly #engines = new Map<string, Engine>();
  readonly #rules: readonly MonitorRule[];
  readonly #groups: number;
  readonly #clock: () => number;

  constructor(rules: readonly MonitorRule[], groups: number, clock: () => number) {
    this.#rules = rules;
    this.#groups = groups;
    this.#clock = clock;
  }

  /** Takes in what a record carries. @returns what rules say of it */
  observe(record: StoredRecord): Detection[] {
    if (record.kind === 'imported') {
      const engine = this.#engineOf(importOrigin(record));
      return importedAsExchange(record).flatMap((each) => engine.observe({ ...each, seq: record.seq }));
    }
    const carried = carriedOf(record);
    if (carried === undefined) return [];
    return this.#engineOf(carried.origin).observe({ ...carried.record, seq: record.seq });
  }

  #engineOf(origin: string): Engine {
    const engine = this.#engines.get(origin) ?? this.#open(origin);
    // The last that was heard of is the last to be forgotten.
    this.#engines.delete(origin);
    this.#engines.set(origin, engine);
    for (const oldest of this.#engines.keys()) {
      if (this.#engines.size <= STREAMS_MOST) break;
      this.#engines.delete(oldest);
    }
    return engine;
  }

  save(): SavedPart[] {
    return [...this.#engines].flatMap(([origin, engine]) => {
      const head: SavedHead = { origin, ...engine.mark, openings: engine.openings() };
      const rules = engine.rules
        .map((state) => ({ part: `${origin} ${state.rule.id}`, digest: state.digest, state: state.save() }))
        .filter(({ state }) => state.groups.length > 0 || state.fired !== 0);
      return [{ part: '', digest: HEAD, state: head }, ...rules];
    });
  }

  restore(parts: readonly SavedPart[]): void {
    // There is a part for each rule of each stream: they are looked up, not looked for.
    const byName = new Map(parts.map((each) => [each.part, each]));
    for (const { part, digest, state } of parts) {
      if (part !== '' || digest !== HEAD) continue;
      const { origin, now, seq, openings } = state as SavedHead;
      const engine = this.#open(origin);
      engine.resume({ now, seq });
      engine.restoreOpenings(openings);
      for (const rule of engine.rules) {
        const saved = byName.get(`${origin} ${rule.rule.id}`);
        if (saved?.digest === rule.digest) rule.restore(saved.state as SavedRule);
      }
      this.#engines.set(origin, engine);
    }
  }

  #open(origin: string): Engine {
    return new Engine(this.#rules, { groups: this.#groups, clock: this.#clock, exchanges: 2000, origin });
  }
}
