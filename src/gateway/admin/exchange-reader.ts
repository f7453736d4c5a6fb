// The records of one exchange and the texts that were captured of it: what several operations begin with.
import { AncileError } from '../../base/index.ts';
import type { ExchangeRow, StoredRecord } from '../../contract/index.ts';
import { type Evidence, type Ledger, type RecordFilter, getExchangeRow, searchRecords } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';

/** Records of one exchange that are shown; it has two, and a few more where it was held or spoken of. */
export const MAX_RECORDS = 200;
const MOMENT_MS = 60_000;

export interface CapturedBodies {
  input?: string;
  output?: string;
}

export interface ExchangeReader {
  records(filter: RecordFilter): Promise<StoredRecord[]>;
  /** Its row and records, oldest first. @throws AncileError `not_found` */
  exchange(id: string): Promise<{ readonly row: ExchangeRow; readonly records: StoredRecord[] }>;
  /** Whether there may be captured text of it: told without reading any. */
  isCaptured(records: readonly StoredRecord[]): Promise<boolean>;
  /** What was captured of it, as it was judged. */
  bodies(id: string, records: readonly StoredRecord[]): Promise<CapturedBodies>;
}

export interface ExchangeReaderParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  /** Brings the search index level with the ledger. */
  readonly caughtUp: () => Promise<void>;
}

/** The days (UTC) that texts of these records may lie in: each is captured within a moment of its record. */
function daysOf(records: readonly StoredRecord[]): Set<string> {
  const own = records.filter(({ kind }) => kind === 'exchange.opened' || kind === 'exchange.closed');
  const days = own.flatMap(({ time }) =>
    [-MOMENT_MS, MOMENT_MS].map((away) => new Date(Date.parse(time) + away).toISOString().slice(0, 10)),
  );
  return new Set(days);
}

export function createExchangeReader({ store, ledger, evidence, caughtUp }: ExchangeReaderParts): ExchangeReader {
  async function records(filter: RecordFilter): Promise<StoredRecord[]> {
    const found = await searchRecords(store, filter);
    const read = await Promise.all(found.map((row) => ledger.get(row.seq)));
    return read.filter((each) => each !== undefined);
  }

  return {
    records,
    async exchange(id) {
      await caughtUp();
      const row = await getExchangeRow(store, id);
      if (row === undefined) {
        throw new AncileError('not_found', 'there is no such exchange', {
          at: 'id',
          hint: 'The id is in the x-ancile-exchange header of its answer; records that were pruned are gone.',
        });
      }
      return { row, records: (await records({ exchange: id, limit: MAX_RECORDS })).reverse() };
    },
    async isCaptured(of) {
      const days = daysOf(of);
      return (await evidence.days()).some((day) => days.has(day));
    },
    async bodies(id, of) {
      const bodies: CapturedBodies = {};
      for (const { direction, json } of await evidence.get(id, daysOf(of))) {
        bodies[direction] = (bodies[direction] ?? '') + json;
      }
      return bodies;
    },
  };
}
