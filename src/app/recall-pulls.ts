// What keys pulled before the start, by the records: limits on pulls outlast the process.
import type { EarlierPull } from '../gateway/index.ts';
import { type Ledger, type StoredRecord, searchRecords } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';

/** Records that are looked at, the newest: with more, what was pulled longest ago is not counted. */
const MOST_RECORDS = 100_000;
const PAGE = 1000;

type PullRecord = Extract<StoredRecord, { kind: 'artifact.pull' }>;

/**
 * Pulls since a time, oldest first. The index must have caught up.
 * @param since - milliseconds
 */
export async function earlierPulls(store: Store, ledger: Ledger, since: number): Promise<EarlierPull[]> {
  const records: PullRecord[] = [];
  const from = new Date(since).toISOString();
  for (let before: number | undefined; records.length < MOST_RECORDS;) {
    const page = await searchRecords(store, { kind: 'artifact.pull', from, limit: PAGE, before });
    // One after the other: they lie behind each other in few files.
    for (const { seq } of page) {
      const record = await ledger.get(seq);
      if (record?.kind === 'artifact.pull') records.push(record);
    }
    before = page.at(-1)?.seq;
    if (page.length < PAGE) break;
  }
  // Of what was cut off, its second record says how much was sent.
  const cut = new Map(records.filter(({ outcome }) => outcome === 'cut').map(({ pull, bytes }) => [pull, bytes]));
  return records
    .filter(({ outcome }) => outcome === 'served')
    .reverse()
    .map(({ pull, principal, model, bytes, time }) => ({
      principal,
      model,
      bytes: cut.get(pull) ?? bytes,
      time: Date.parse(time),
    }));
}
