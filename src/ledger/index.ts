// The tamper-evident record log: append, checkpoint, prove, verify, read, index; and evidence capture beside it.
export { type Captured, Evidence, type EvidenceOptions } from './evidence.ts';
export { type Appended, Ledger, type LedgerOptions, openLedger } from './ledger.ts';
export { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
export { Checkpoint } from './note.ts';
export type { ReadRange } from './read.ts';
export { indexRecords, type RecordIndex, type RecordIndexOptions } from './record-index.ts';
export type { StoredRecord } from './record-line.ts';
export type { Problem, ProblemKind, VerifyReport } from './report.ts';
export { type FoundRecord, type RecordFilter, searchRecords } from './search.ts';
export { verifyLedger, type VerifyOptions } from './verify.ts';
