// The library's door: explicit names only.
export {
  createGuard,
  type Guard,
  type GuardOptions,
  type RecordOptions,
  type RecordedExchange,
  type RecordingGuard,
  type RecordsState,
  type TextVerdict,
} from './app/index.ts';
export { AncileError, type ErrorCode } from './base/index.ts';
export type {
  Action,
  Channel,
  Decision,
  Explanation,
  Finding,
  LedgerRecord,
  Principal,
  Reason,
  Segment,
} from './contract/index.ts';
export type { ExchangeOptions, GuardedExchange, Judged } from './guard/index.ts';
export { type VerifyReport, verifyLedger } from './ledger/index.ts';
