// What keys pulled before the start, by the records: limits on pulls outlast the process.
import type { EarlierPull } from '../gateway/index.ts';
import type { Ledger, StoredRecord } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { newestRecords } from './newest-records.ts';

/** Records that are looked at, the newest: with more, what was pulled longest ago is not counted. */
const MOST_RECORDS = 100_000;

type PullRecord = Extract<StoredRecord, { kind: 'artifact.pull' }>;

/**
 * Pulls since a time, oldest first. The index must have caught up.
 * @param since - milliseconds
 */
export async function earlierPulls(store: Store, ledger: Ledger, since: number): Promise<EarlierPull[]> {
  const records: PullRecord[] = [];
  const from = new Date(since).toISOString();
  for await (const record of newestRecords(store, ledger, { kind: 'artifact.pull', from })) {
    records.push(record);
    if (records.length >= MOST_RECORDS) break;
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
