// The tables and their columns, in one place. Column types are those that SQLite and PostgreSQL share.
import type { Generated, Selectable } from 'kysely';

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

/** People who may sign in. */
interface UsersTable {
  id: string;
  name: string;
  /** The name in the form that no two users may share. */
  folded: string;
  /** Names of roles, as a JSON array. */
  roles: string;
  /** ISO 8601 times. */
  created: string;
  last_sign_in: string | null;
  /** 0 or 1. */
  disabled: number;
  /** A password's hash with its parameters; null until one was chosen. */
  password: string | null;
  /** Digest of the one-time link in force. */
  invite: string | null;
  invite_expires: string | null;
  /** The second factor's secret, sealed. */
  totp: string | null;
  /** The last time step whose code was accepted: none up to it is again. */
  totp_step: number;
}

/** Single-use codes in place of a second factor: a row is a code that was not used yet. */
interface RecoveryCodesTable {
  user: string;
  /** Keyed digest. */
  digest: string;
}

/** Sessions under way. */
interface SessionsTable {
  /** SHA-256 of the token; the token itself is nowhere. */
  digest: string;
  user: string;
  /** Milliseconds since the epoch. */
  begun: number;
  /** Of the last request, to within a minute. */
  seen: number;
}

/** Held things, and what was decided on them. */
interface ApprovalsTable {
  id: string;
  digest: string;
  exchange: string;
  state: string;
  /** Milliseconds since the epoch. */
  requested: number;
  expires: number;
  /** `Approval` of the contract, as JSON. */
  info: string;
  /** The held texts, sealed, while nobody has decided. */
  texts: string | null;
}

/** A person's yes to calls like a held one. */
interface GrantsTable {
  id: string;
  /** Milliseconds since the epoch. */
  expires: number;
  /** `ToolGrant` of the contract, as JSON. */
  info: string;
}

/** What people said of prompt-attack findings: one row a finding, or a text in which an attack was missed. */
interface FeedbackTable {
  id: string;
  exchange: string;
  direction: string;
  segment: string;
  /** Empty where an attack was missed. */
  rule: string;
  verdict: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** `Feedback` of the contract, as JSON. */
  info: string;
  /** The labelled text, sealed; null where none is kept. */
  text: string | null;
}

/** The inventory: one row a version of a model. */
interface ModelsTable {
  /** `source:repo@revision`. */
  id: string;
  source: string;
  repo: string;
  revision: string;
  state: string;
  /** When its state last changed, milliseconds since the epoch. */
  changed: number;
  /** `ModelAsset` of the contract, as JSON. */
  info: string;
}

/** Which versions hold a file of a given content. */
interface ModelFilesTable {
  sha256: string;
  model: string;
}

/** Attestations as they were given. */
interface ModelEvidenceTable {
  model: string;
  /** Of the attestation. */
  sha256: string;
  bundle: Uint8Array;
}

/** Tool servers as they were last seen. */
interface ToolServersTable {
  /** A name under `mcp.servers`. */
  server: string;
  /** `ToolServerSeen` of the contract, as JSON. */
  info: string;
}

/** What was decided on the definitions that tool servers offer. */
interface ToolPinsTable {
  server: string;
  kind: string;
  name: string;
  /** `ToolPin` of the contract, as JSON. */
  info: string;
}

/** What is contained at the moment. */
interface RestraintsTable {
  /** Of the containment. */
  id: string;
  /** Milliseconds since the epoch. */
  since: number;
  /** `Restraint` of access, as JSON. */
  info: string;
}

/** What was contained, and what waits for a second person. */
interface ContainmentsTable {
  id: string;
  state: string;
  /** Milliseconds since the epoch. */
  asked: number;
  incident: string | null;
  /** `Containment` of the contract, as JSON. */
  info: string;
}

/** Incidents as their records leave them. */
interface IncidentsTable {
  id: string;
  state: string;
  /** Milliseconds since the epoch. */
  changed: number;
  /** `Incident` of the contract, as JSON. */
  info: string;
}

/** Search index over the ledger: one row a record, rebuildable at any time, as are the tables up to `SpansTable`. */
interface RecordsTable {
  seq: number;
  /** Milliseconds since the epoch, as all times below. */
  time: number;
  kind: string;
  exchange: string | null;
}

/** One row an exchange, at the seq of its opened record. */
interface ExchangesTable {
  seq: number;
  time: number;
  /** What its records say, joined, as JSON: what it can be found by is in `postings`, so that columns are not needed. */
  state: string;
}

/** What records and exchanges can be found by: a number for each value of each field. */
interface TermsTable {
  id: Generated<number>;
  field: string;
  value: string;
  /** The value in lower case. */
  folded: string;
}

/** Inverted index: where in a block of consecutive seqs a term occurs. */
interface PostingsTable {
  block: number;
  term: number;
  places: Uint8Array;
}

/** The least and greatest seq of the records of a minute and of a day: bounds of a search by time. */
interface SpansTable {
  /** Length, milliseconds. */
  step: number;
  start: number;
  first_seq: number;
  last_seq: number;
}

/** What playbooks did: a row a run; `info` is the whole of it. */
interface PlaybookRunsTable {
  id: string;
  incident: string;
  state: string;
  started: number;
  info: string;
}

/** Counts over a span of time, of one principal or (principal '') of all. Those of pruned records are kept. */
interface FiguresTable {
  step: number;
  start: number;
  principal: string;
  name: string;
  exchanges: number;
  tokens: number;
  cost_micros: number;
  denied: number;
  /** What budgets were charged. */
  charged_requests: number;
  charged_tokens: number;
  charged_micros: number;
  /** Counts by action, outcome, model, class and rule, and of latencies, as JSON. */
  detail: string;
}

/** How far each sink is in the ledger; those that the configuration has no more as well. */
interface SinksTable {
  name: string;
  /** The next record it looks at. */
  cursor: number;
  /** Records that were pruned before it had looked at them, as JSON. */
  gaps: string;
}

/** Events that a sink's receiver would not take: their records are in the ledger. */
interface DeadLettersTable {
  sink: string;
  seq: number;
  /** ISO 8601. */
  time: string;
  reason: string;
  attempts: number;
}

/** Small named values: cursors and the like. */
interface MetaTable {
  name: string;
  value: string;
}

/** How far a file of a log was read. */
interface ImportFilesTable {
  source: string;
  file: string;
  /** What it was when it was read so far: of a file its number, size and time, of an object its ETag. */
  mark: string;
  /** Bytes that were read, and lines in them. */
  offset: number;
  line: number;
  /** The last pass that was told to note which files there still are. */
  pass: number;
}

interface MigrationsTable {
  id: number;
  name: string;
  applied: Generated<string>;
}

export interface StoreTables {
  keys: KeysTable;
  counters: CountersTable;
  users: UsersTable;
  recovery_codes: RecoveryCodesTable;
  sessions: SessionsTable;
  approvals: ApprovalsTable;
  grants: GrantsTable;
  feedback: FeedbackTable;
  models: ModelsTable;
  model_files: ModelFilesTable;
  model_evidence: ModelEvidenceTable;
  tool_servers: ToolServersTable;
  tool_pins: ToolPinsTable;
  restraints: RestraintsTable;
  containments: ContainmentsTable;
  incidents: IncidentsTable;
  playbook_runs: PlaybookRunsTable;
  records: RecordsTable;
  exchanges: ExchangesTable;
  terms: TermsTable;
  postings: PostingsTable;
  spans: SpansTable;
  figures: FiguresTable;
  sinks: SinksTable;
  dead_letters: DeadLettersTable;
  import_files: ImportFilesTable;
  meta: MetaTable;
  migrations: MigrationsTable;
}

export type CounterRow = Selectable<CountersTable>;
export type UserRow = Selectable<UsersTable>;
export type FigureRow = Selectable<FiguresTable>;
