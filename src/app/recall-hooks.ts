// What registries told before the start, by the records: what was taken on and came to no end is taken on again.
import { type EarlierEvent, toHookEvent } from '../gateway/index.ts';
import type { Ledger, StoredRecord } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { newestRecords } from './newest-records.ts';

/** Records that are looked at, the newest. */
const MOST_RECORDS = 10_000;
/** Older ones are left: a registry has told of something newer since, or nobody waits for it. */
const DAYS_MS = 7 * 86_400_000;

type EventRecord = Extract<StoredRecord, { kind: 'registry.event' }>;

/** Events that were taken on, oldest first. The index must have caught up. @throws AncileError `store_fault` */
export async function earlierEvents(store: Store, ledger: Ledger, now: number): Promise<EarlierEvent[]> {
  const records: EventRecord[] = [];
  const from = new Date(now - DAYS_MS).toISOString();
  for await (const record of newestRecords(store, ledger, { kind: 'registry.event', from })) {
    records.push(record);
    if (records.length >= MOST_RECORDS) break;
  }
  const keyOf = ({ source, delivery }: EventRecord): string => `${source} ${delivery}`;
  const settled = new Set(records.filter(({ outcome }) => outcome !== 'waiting').map(keyOf));
  return records
    .filter(({ outcome }) => outcome === 'waiting')
    .reverse()
    .flatMap((record) => {
      const event = toHookEvent(record);
      const time = Date.parse(record.time);
      return event === undefined ? [] : [{ event, time, settled: settled.has(keyOf(record)) }];
    });
}
