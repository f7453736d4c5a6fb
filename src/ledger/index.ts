// The tamper-evident record log: append, checkpoint, prove, verify, read, index; and evidence capture beside it.
export { loadAnchors } from './anchors.ts';
export { syncFolder } from './disk.ts';
export { type Captured, Evidence, type EvidenceOptions } from './evidence.ts';
export { Ledger, openLedger } from './ledger.ts';
export type { Appended, LedgerOptions, LedgerSnapshot } from './ledger-options.ts';
export { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
export { Checkpoint } from './note.ts';
export type { ReadRange } from './read.ts';
export { type OverviewRange, readOverview } from './overview.ts';
export { proveRecord, verifyProof } from './prove.ts';
export { indexRecords, type RecordIndex, type RecordIndexOptions } from './record-index.ts';
export type { StoredRecord } from './record-line.ts';
export type { Problem, ProblemKind, VerifyReport } from './report.ts';
export { type FoundRecord, type RecordFilter, searchRecords } from './search.ts';
export { type ExchangePage, getExchangeRow, searchExchanges } from './search-exchanges.ts';
export { verifyLedger, type VerifyOptions } from './verify.ts';
export { readUsageSeries } from './usage-series.ts';
