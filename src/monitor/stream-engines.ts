// An engine for each node that forwards its records: its windows go by the times of its own records, late as they may come,
// and nothing in it touches what is remembered of another.
import { type Detection, type ImportedRecord, carriedOf, importOrigin, importedAsExchange } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import { Engine } from './engine.ts';
import type { Opened } from './event.ts';
import type { MonitorRule } from './rule.ts';
import type { SavedRule } from './rule-state.ts';
import type { SavedPart } from './state-file.ts';

/** Nodes that are remembered; of more, the one that was silent longest is forgotten. */
const STREAMS_MOST = 200;
/** Accounts whose logs one node imports, each with a stream below the node's; they push out none but each other. */
const BELOW_MOST = 8;
const HEAD = 'stream';

interface SavedHead {
  readonly origin: string;
  readonly now: number;
  readonly seq: number;
  readonly openings: readonly Opened[];
}

export class StreamEngines {
  readonly #engines = new Map<string, Engine>();
  /** Of each node, by account. */
  readonly #below = new Map<string, Map<string, Engine>>();
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
    if (record.kind === 'imported') return this.#observeCall(this.#engines, STREAMS_MOST, '', record, record.seq);
    const carried = carriedOf(record);
    if (carried === undefined) return [];
    const { origin } = carried;
    if (carried.record.kind === 'imported') {
      return this.#observeCall(this.#belowOf(origin), BELOW_MOST, `${origin}/`, carried.record, record.seq);
    }
    return this.#engineOf(this.#engines, STREAMS_MOST, origin).observe({ ...carried.record, seq: record.seq });
  }

  #observeCall(
    engines: Map<string, Engine>,
    most: number,
    prefix: string,
    call: ImportedRecord,
    seq: number,
  ): Detection[] {
    const origin = prefix + importOrigin(call);
    const engine = this.#engineOf(engines, most, origin);
    return importedAsExchange(call).flatMap((each) => engine.observe({ ...each, node: origin, seq }));
  }

  #belowOf(node: string): Map<string, Engine> {
    let below = this.#below.get(node);
    if (below === undefined) this.#below.set(node, (below = new Map<string, Engine>()));
    return below;
  }

  #engineOf(engines: Map<string, Engine>, most: number, origin: string): Engine {
    const engine = engines.get(origin) ?? this.#open(origin);
    // The last that was heard of is the last to be forgotten.
    engines.delete(origin);
    engines.set(origin, engine);
    for (const oldest of engines.keys()) {
      if (engines.size <= most) break;
      engines.delete(oldest);
    }
    return engine;
  }

  save(): SavedPart[] {
    const all = [this.#engines, ...this.#below.values()].flatMap((engines) => [...engines]);
    return all.flatMap(([origin, engine]) => {
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
      // A node's name holds no slash, and the name of a service no more.
      const [node, account] = /^([a-z0-9_-]+)\/(.*)$/s.exec(origin)?.slice(1) ?? [];
      (account === undefined ? this.#engines : this.#belowOf(node!)).set(origin, engine);
    }
  }

  #open(origin: string): Engine {
    return new Engine(this.#rules, { groups: this.#groups, clock: this.#clock, exchanges: 2000, origin });
  }
}
