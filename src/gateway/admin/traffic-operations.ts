// What passed: exchanges, their records and proofs, and the figures over them.
import type { ApprovalBook } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import type { StoredRecord } from '../../contract/index.ts';
import {
  type Evidence,
  type Ledger,
  type RecordFilter,
  getExchangeRow,
  proveRecord,
  readOverview,
  searchExchanges,
  searchRecords,
} from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import type { Actor } from './actor.ts';
import type { RecordChange } from './changes.ts';
import type { Operations } from './operation.ts';

/** Records of one exchange that are shown; it has two, and a few more where it was held. */
const MAX_RECORDS = 200;
const MOMENT_MS = 60_000;
/** Longest span that figures are made of. */
const MAX_SPAN_MS = 3 * 366 * 86_400_000;

export interface TrafficParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly approvals: ApprovalBook;
  /** Brings the search index level with the ledger. */
  readonly caughtUp: () => Promise<void>;
  readonly record: RecordChange;
}

/** What is asked for, less what is undefined. */
function toFilter<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as T;
}

const noExchange = (): AncileError =>
  new AncileError('not_found', 'there is no such exchange', {
    at: 'id',
    hint: 'The id is in the x-ancile-exchange header of its answer; records that were pruned are gone.',
  });

/** The days (UTC) that texts of these records may lie in: each is captured within a moment of its record. */
function daysOf(records: readonly StoredRecord[]): Set<string> {
  const days = records.flatMap(({ time }) =>
    [-MOMENT_MS, MOMENT_MS].map((away) => new Date(Date.parse(time) + away).toISOString().slice(0, 10)),
  );
  return new Set(days);
}

export function trafficOperations({
  store,
  ledger,
  evidence,
  approvals,
  caughtUp,
  record,
}: TrafficParts): Pick<
  Operations,
  'searchExchanges' | 'getExchange' | 'readEvidence' | 'searchRecords' | 'proveRecord' | 'getOverview'
> {
  async function recordsOf(filter: RecordFilter): Promise<StoredRecord[]> {
    const found = await searchRecords(store, filter);
    const records = await Promise.all(found.map((row) => ledger.get(row.seq)));
    return records.filter((each) => each !== undefined);
  }

  /**
   * A script reads what it has just done. A view that looks again and again must not press the index forward beside the
   * requests: it is level within a second or so by itself.
   */
  async function forScripts(actor: Actor): Promise<void> {
    if (actor.kind === 'local') await caughtUp();
  }

  return {
    async searchExchanges(filter, { actor }) {
      await forScripts(actor);
      return searchExchanges(store, toFilter(filter));
    },
    async getExchange({ id }) {
      await caughtUp();
      const row = await getExchangeRow(store, id);
      if (row === undefined) throw noExchange();
      const records = (await recordsOf({ exchange: id, limit: MAX_RECORDS })).reverse();
      // Evidence is a file a day: whether there is one of these days is what can be told without reading it.
      const days = daysOf(records);
      const captured = (await evidence.days()).some((day) => days.has(day));
      return { row, records, approvals: await approvals.list({ exchange: id, limit: MAX_RECORDS }), captured };
    },
    async readEvidence({ id }, { actor }) {
      await caughtUp();
      if ((await getExchangeRow(store, id)) === undefined) throw noExchange();
      // On record before a word of it is shown.
      await record(actor, 'evidence.read', id);
      const texts: { input?: string; output?: string } = {};
      const days = daysOf(await recordsOf({ exchange: id, limit: MAX_RECORDS }));
      for (const { direction, json } of await evidence.get(id, days)) {
        texts[direction] = (texts[direction] ?? '') + json;
      }
      return texts;
    },
    async searchRecords(query) {
      await caughtUp();
      return { records: await recordsOf(toFilter(query)) };
    },
    async proveRecord({ seq }) {
      if (seq >= ledger.size) throw new AncileError('not_found', 'there is no such record', { at: 'seq' });
      return proveRecord(ledger, seq);
    },
    async getOverview({ from, to, principal }, { actor }) {
      const span = Date.parse(to) - Date.parse(from);
      if (!(span > 0 && span <= MAX_SPAN_MS)) {
        throw new AncileError('request_invalid', 'expected a time after `from`, at most three years later', {
          at: 'to',
        });
      }
      await forScripts(actor);
      return readOverview(store, toFilter({ from, to, principal }));
    },
  };
}
