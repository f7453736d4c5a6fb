// What passed: exchanges, records, proofs, and figures over them.
import { z } from 'zod';
import { Action } from '../decision.ts';
import { Surface } from '../exchange.ts';
import { SegmentExplanation } from '../explanation.ts';
import { FindingClass, Severity } from '../finding.ts';
import { Outcome, RECORD_KINDS, StoredRecord } from '../record.ts';
import { Approval } from '../approval.ts';
import { Feedback } from '../feedback.ts';
import { defineEndpoint } from './endpoint.ts';

const time = z.iso.datetime();
const limit = z.coerce.number().int().min(1).max(1000).optional();

/** An exchange as one line of a table: what its records say, joined. */
export const ExchangeRow = z.object({
  id: z.string(),
  /** Of its opened record. */
  seq: z.int(),
  time: z.string(),
  principal: z.string(),
  principalName: z.string(),
  tenant: z.string(),
  route: z.string(),
  model: z.string(),
  upstream: z.string(),
  surface: Surface,
  stream: z.boolean(),
  session: z.string().nullable(),
  /** The strictest of both directions. */
  action: Action,
  /** null while it is under way. */
  outcome: Outcome.nullable(),
  status: z.int().nullable(),
  classes: z.array(z.string()),
  rules: z.array(z.string()),
  inputTokens: z.int(),
  outputTokens: z.int(),
  costMicros: z.int(),
  durationMs: z.number().nullable(),
});
export type ExchangeRow = z.infer<typeof ExchangeRow>;

export const ExchangeFilter = z.strictObject({
  from: time.optional(),
  to: time.optional(),
  /** Id of a key. */
  principal: z.string().optional(),
  route: z.string().optional(),
  model: z.string().optional(),
  surface: Surface.optional(),
  action: Action.optional(),
  outcome: Outcome.optional(),
  class: FindingClass.optional(),
  rule: z.string().optional(),
  session: z.string().optional(),
  /** Words: an exchange or key id, or the beginning of a key's name, a model, a route or a rule. */
  text: z.string().max(200).optional(),
  limit,
  /** Only exchanges with an opened record before this seq: `next` of the page before. */
  before: z.coerce.number().int().nonnegative().optional(),
});
export type ExchangeFilter = z.infer<typeof ExchangeFilter>;

/** RFC 6962: the record's leaf, the path to the root, and the signed checkpoint over that root. */
export const RecordProof = z.object({
  seq: z.int(),
  /** The record as it lies in the log: what `leafHash` is of (SHA-256 of a zero byte and these bytes, UTF-8). */
  line: z.string().optional(),
  leafHash: z.string(),
  path: z.array(z.string()),
  treeSize: z.int(),
  rootHash: z.string(),
  /** The checkpoint as signed text (a C2SP signed note). */
  checkpoint: z.string(),
});
export type RecordProof = z.infer<typeof RecordProof>;

export const RecordQuery = z.strictObject({
  from: time.optional(),
  to: time.optional(),
  principal: z.string().optional(),
  action: Action.optional(),
  class: FindingClass.optional(),
  kind: z.enum(RECORD_KINDS).optional(),
  /** `source:repo@revision`. */
  model: z.string().optional(),
  incident: z.string().optional(),
  exchange: z.string().optional(),
  limit,
  before: z.coerce.number().int().nonnegative().optional(),
});
export type RecordQuery = z.infer<typeof RecordQuery>;

const Count = z.object({ name: z.string(), count: z.int() });

/** Figures of a span of time. Latencies are bucketed: an upper bound of the quantile within 10%. */
export const Overview = z.object({
  from: z.string(),
  to: z.string(),
  stepMs: z.int(),
  totals: z.object({
    exchanges: z.int(),
    refused: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costMicros: z.int(),
    actions: z.record(Action, z.int()),
    outcomes: z.record(z.string(), z.int()),
    /** What monitoring rules were met by, by severity, at the time the rule was met. */
    detections: z.record(Severity, z.int()),
    latencyP50: z.number().nullable(),
    latencyP95: z.number().nullable(),
  }),
  series: z.array(
    z.object({
      time: z.string(),
      exchanges: z.int(),
      refused: z.int(),
      actions: z.record(Action, z.int()),
      tokens: z.int(),
      costMicros: z.int(),
      detections: z.record(Severity, z.int()),
      latencyP50: z.number().nullable(),
      latencyP95: z.number().nullable(),
    }),
  ),
  /** Decisions that were more than `allow`, by the class of what was found. */
  classes: z.array(z.object({ name: z.string(), actions: z.record(Action, z.int()) })),
  principals: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      exchanges: z.int(),
      tokens: z.int(),
      costMicros: z.int(),
      denied: z.int(),
    }),
  ),
  models: z.array(z.object({ name: z.string(), exchanges: z.int(), tokens: z.int(), costMicros: z.int() })),
  rules: z.array(Count),
});
export type Overview = z.infer<typeof Overview>;

export const trafficApi = {
  searchExchanges: defineEndpoint({
    method: 'GET',
    path: '/exchanges',
    needs: 'traffic.read',
    summary: 'Exchanges, newest first, a page at a time.',
    input: ExchangeFilter,
    answer: z.object({ exchanges: z.array(ExchangeRow), next: z.int().optional() }),
  }),
  getExchange: defineEndpoint({
    method: 'GET',
    path: '/exchanges/:id',
    needs: 'traffic.read',
    summary: 'All records of an exchange and its approvals.',
    input: z.strictObject({ id: z.string() }),
    answer: z.object({
      row: ExchangeRow,
      records: z.array(StoredRecord),
      approvals: z.array(Approval),
      /** What people said of its prompt-attack findings. */
      feedback: z.array(Feedback),
      /** Whether its text was captured and is still kept. */
      captured: z.boolean(),
    }),
  }),
  readEvidence: defineEndpoint({
    method: 'POST',
    path: '/exchanges/:id/evidence',
    needs: 'evidence.read',
    summary: 'The captured texts of an exchange. That they were read is a record.',
    input: z.strictObject({
      id: z.string(),
      /** Say as well what moves the prompt-attack scores of its texts, by the detectors in force now. */
      explain: z.boolean().optional(),
    }),
    answer: z.object({
      /** Bodies as they were judged: JSON of the request as sent on, the text as released. */
      input: z.string().optional(),
      output: z.string().optional(),
      explanation: z.array(SegmentExplanation).optional(),
    }),
  }),
  searchRecords: defineEndpoint({
    method: 'GET',
    path: '/records',
    needs: 'traffic.read',
    summary: 'Records of the ledger, newest first.',
    input: RecordQuery,
    answer: z.object({ records: z.array(StoredRecord) }),
  }),
  proveRecord: defineEndpoint({
    method: 'GET',
    path: '/records/:seq/proof',
    needs: 'traffic.read',
    summary: 'Proof that a record is in the ledger under a signed checkpoint.',
    input: z.strictObject({ seq: z.coerce.number().int().nonnegative() }),
    answer: RecordProof,
  }),
  getOverview: defineEndpoint({
    method: 'GET',
    path: '/overview',
    needs: 'traffic.read',
    summary: 'Figures of a span of time.',
    input: z.strictObject({ from: time, to: time, principal: z.string().optional() }),
    answer: Overview,
  }),
};
