// Who pulled what: the records of pulls, and figures over them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AncileError } from '../../base/index.ts';
import type { PullRecord } from '../../contract/index.ts';
import { type PullFigures } from '../../contract/index.ts';
import { type Ledger, type RecordFilter, searchRecords } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import { createFewAtOnce } from './few-at-once.ts';
import type { Operations } from './operation.ts';

const DEFAULT_LIMIT = 100;
const PAGE = 500;
/** Records that one question looks into. */
const MOST_LOOKED_AT = 5000;
const MOST_COUNTED = 20_000;
const MOST_PRINCIPALS = 20;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_SPAN_MS = 366 * DAY_MS;

export interface PullParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly caughtUp: () => Promise<void>;
}

type Outcomes = PullFigures['outcomes'];
const noOutcomes = (): Outcomes => ({ served: 0, refused: 0, cut: 0, fault: 0 });

export function pullOperations({
  store,
  ledger,
  caughtUp,
}: PullParts): Pick<Operations, 'listPulls' | 'getPullFigures'> {
  const few = createFewAtOnce();

  /** Records of pulls, newest first, a page at a time: at most so many. */
  async function* pages(filter: Omit<RecordFilter, 'kind' | 'limit'>, most: number): AsyncGenerator<PullRecord[]> {
    let { before } = filter;
    for (let left = most; left > 0;) {
      const limit = Math.min(left, PAGE);
      const found = await searchRecords(store, { ...filter, kind: 'artifact.pull', limit, before });
      const records = await Promise.all(found.map(({ seq }) => ledger.get(seq)));
      yield records.flatMap((record) => (record?.kind === 'artifact.pull' ? [record] : []));
      if (found.length < limit) return;
      left -= found.length;
      before = found.at(-1)!.seq;
      // Traffic goes on between one page and the next.
      await nextTurn();
    }
  }

  async function count(from: string, to: string): Promise<PullFigures> {
    const span = Date.parse(to) - Date.parse(from);
    const stepMs = span > 3 * DAY_MS ? DAY_MS : HOUR_MS;
    const start = Math.floor(Date.parse(from) / stepMs) * stepMs;
    const steps = Math.max(1, Math.ceil((Date.parse(to) - start) / stepMs));
    const series = Array.from({ length: steps }, (_, i) => ({
      time: new Date(start + i * stepMs).toISOString(),
      bytes: 0,
      outcomes: noOutcomes(),
    }));
    const principals = new Map<string, PullFigures['principals'][number]>();
    const outcomes = noOutcomes();
    // Newest first: that a pull was cut is met before that it was begun.
    const cut = new Set<string>();
    let [bytes, unusual, seen] = [0, 0, 0];
    for await (const page of pages({ from, to }, MOST_COUNTED)) {
      for (const pull of page) {
        seen++;
        if (pull.unusual !== undefined) unusual++;
        if (pull.outcome === 'cut') cut.add(pull.pull);
        else if (cut.has(pull.pull)) continue;
        const step = series[Math.floor((Date.parse(pull.time) - start) / stepMs)];
        if (step !== undefined) {
          step.bytes += pull.bytes;
          step.outcomes[pull.outcome]++;
        }
        bytes += pull.bytes;
        outcomes[pull.outcome]++;
        const id = pull.principal;
        const who = principals.get(id) ?? { id, bytes: 0, pulls: 0, refused: 0 };
        principals.set(id, who);
        who.bytes += pull.bytes;
        who.pulls++;
        if (pull.outcome === 'refused') who.refused++;
      }
    }
    const most = [...principals.values()].sort((a, b) => b.bytes - a.bytes || b.pulls - a.pulls);
    return {
      from,
      to,
      stepMs,
      complete: seen < MOST_COUNTED,
      bytes,
      outcomes,
      unusual,
      series,
      principals: most.slice(0, MOST_PRINCIPALS),
    };
  }

  return {
    async listPulls({ outcome, unusual, limit = DEFAULT_LIMIT, ...filter }) {
      await caughtUp();
      const fits = (pull: PullRecord): boolean =>
        (outcome === undefined || pull.outcome === outcome) &&
        (unusual === undefined || (pull.unusual !== undefined) === unusual);
      const pulls: PullRecord[] = [];
      let looked: number | undefined;
      let seen = 0;
      const every = outcome === undefined && unusual === undefined;
      for await (const page of pages(filter, every ? limit : MOST_LOOKED_AT)) {
        for (const pull of page) {
          looked = pull.seq;
          seen++;
          if (fits(pull)) pulls.push(pull);
          if (pulls.length === limit) return { pulls, next: looked };
        }
      }
      return { pulls, ...(looked !== undefined && seen >= MOST_LOOKED_AT ? { next: looked } : {}) };
    },
    async getPullFigures({ from, to }, { actor }) {
      const span = Date.parse(to) - Date.parse(from);
      if (!(span > 0 && span <= MAX_SPAN_MS)) {
        throw new AncileError('request_invalid', 'expected a time after `from`, at most a year later', { at: 'to' });
      }
      await caughtUp();
      return few.run(actor, () => count(from, to));
    },
  };
}
