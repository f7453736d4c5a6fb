// The tables and their columns, in one place. Column types are those that SQLite and PostgreSQL share.
import type { Generated, Insertable, Selectable } from 'kysely';

/** Virtual keys. `hash` is a digest of the key; the key itself is nowhere. */
interface KeysTable {
  id: string;
  hash: string;
  /** `KeyInfo` of the contract, as JSON. */
  info: string;
  /** ISO 8601 times. */
  created: string;
  expires: string | null;
  revoked: string | null;
}

/** What has been used of budgets, one row a principal, period and window. */
interface CountersTable {
  principal: string;
  period: string;
  /** ISO 8601 time the window starts. */
  window_start: string;
  requests: number;
  tokens: number;
  /** US dollars x 10^-6. */
  cost_micros: number;
  /** Ledger records with seq below this are counted in; later ones are to be added at start. */
  covered_seq: number;
}

/** Search index over the ledger: one row a record, rebuildable at any time. */
interface RecordsTable {
  seq: number;
  time: string;
  kind: string;
  exchange: string | null;
  principal: string | null;
  tenant: string | null;
  route: string | null;
  model: string | null;
  surface: string | null;
  action: string | null;
  outcome: string | null;
  /** Finding classes and rule ids, as JSON arrays of strings. */
  classes: string;
  rules: string;
}

/** One row for each finding class of a record, so that a class can be looked up through an index. */
interface RecordClassesTable {
  class: string;
  seq: number;
}

/** Small named values: cursors and the like. */
interface MetaTable {
  name: string;
  value: string;
}

interface MigrationsTable {
  id: number;
  name: string;
  applied: Generated<string>;
}

export interface StoreTables {
  keys: KeysTable;
  counters: CountersTable;
  records: RecordsTable;
  record_classes: RecordClassesTable;
  meta: MetaTable;
  migrations: MigrationsTable;
}

export type CounterRow = Selectable<CountersTable>;
export type RecordRow = Insertable<RecordsTable>;
