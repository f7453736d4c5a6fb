// What registries told before the start, by the records: what was taken on and came to no end is taken on again.
import { type EarlierEvent, toHookEvent } from '../gateway/index.ts';
import { type Ledger, type StoredRecord, searchRecords } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';

/** Records that are looked at, the newest. */
const MOST_RECORDS = 10_000;
const PAGE = 1000;
/** Older ones are left: a registry has told of something newer since, or nobody waits for it. */
const DAYS_MS = 7 * 86_400_000;

type EventRecord = Extract<StoredRecord, { kind: 'registry.event' }>;

/** Events that were taken on, oldest first. The index must have caught up. @throws AncileError `store_fault` */
export async function earlierEvents(store: Store, ledger: Ledger, now: number): Promise<EarlierEvent[]> {
  const records: EventRecord[] = [];
  const from = new Date(now - DAYS_MS).toISOString();
  for (let before: number | undefined; records.length < MOST_RECORDS;) {
    const page = await searchRecords(store, { kind: 'registry.event', from, limit: PAGE, before });
    for (const { seq } of page) {
      const record = await ledger.get(seq);
      if (record?.kind === 'registry.event') records.push(record);
    }
    before = page.at(-1)?.seq;
    if (page.length < PAGE) break;
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
