// The line of a record: one JSON object that begins with its seq, so that the seq can be read without the rest.
import type { LedgerRecord } from '../contract/index.ts';
import { AncileError } from '../base/index.ts';

export type StoredRecord = LedgerRecord & { readonly seq: number };

/** The seq at the head of a line, or undefined where the line does not begin as a record's does. */
export function lineSeq(line: Buffer): number | undefined {
  const match = /^\{"seq":(0|[1-9]\d{0,15}),/.exec(line.toString('latin1', 0, 32));
  return match === null ? undefined : Number(match[1]);
}

/**
 * Reads a line that this program wrote. Whether it is what was written is `verifyLedger`'s question.
 * @throws AncileError `ledger_corrupt` when it is not record `seq`.
 */
export function parseRecordLine(line: Buffer, seq: number, at: string): StoredRecord {
  let record: unknown;
  try {
    // eslint-disable-next-line no-restricted-properties -- a line of bounded length from our own log
    record = JSON.parse(line.toString('utf8'));
  } catch {
    // Said below.
  }
  if (typeof record === 'object' && record !== null && 'seq' in record && record.seq === seq && 'kind' in record) {
    return record as StoredRecord;
  }
  const hint = 'Run `ancile ledger verify` to see what is damaged.';
  throw new AncileError('ledger_corrupt', `${at}: what should be record ${seq} is not`, { at, hint });
}
