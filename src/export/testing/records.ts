// One record of every kind, and arbitrary ones of it: texts in them are whatever a caller could have made them.
import fc from 'fast-check';
import type { LedgerRecord, StoredRecord } from '../../contract/index.ts';

const NODE = 'node_01';
const TIME = '2026-03-04T05:06:07.890Z';
const head = { time: TIME, node: NODE };

/** Nothing of this may leave the house. */
export const EVIDENCE = 'EVIDENCE-OF-A-FINDING';
export const NOTE = 'NOTE-OF-A-PERSON';

const decision = (action: 'allow' | 'block', text: string) => ({
  action,
  policies: [{ id: 'deny-injection', action, reason: `because of ${text}` }],
  stages: [{ stage: 'detect', status: 'failed' as const, detail: text }],
  policyVersion: 'abc',
});

const finding = (text: string) => ({
  rule: 'injection.override',
  class: 'injection' as const,
  severity: 'high' as const,
  score: 0.93,
  start: 3,
  end: 9,
  evidence: EVIDENCE,
  techniques: ['AML.T0051.000', 'LLM01:2025'],
  detector: 'attack',
  segment: `/messages/0/${text}`,
  channel: 'user' as const,
});

/** Every kind, with `text` wherever a text comes from outside. */
export function everyRecord(text: string): readonly StoredRecord[] {
  const exchange = {
    id: 'ex_1',
    surface: 'openai.chat' as const,
    principal: { id: 'key_1', kind: 'agent' as const, name: text, tenant: text },
    session: 's_1',
    route: text,
    model: text,
    upstream: 'main',
    stream: true,
  };
  const call = {
    tool: text,
    effect: 'write' as const,
    mode: 'strict' as const,
    untrusted: true,
    private: false,
    action: 'hold' as const,
    policies: [],
    concerns: ['target_ungrounded' as const],
    reasons: [text],
    arguments: {},
  };
  const records: readonly LedgerRecord[] = [
    {
      ...head,
      kind: 'exchange.opened',
      exchange,
      inputDigest: 'ff',
      segments: 1,
      findings: [finding(text)],
      decision: decision('block', text),
      call,
    },
    {
      ...head,
      kind: 'exchange.opened',
      exchange,
      inputDigest: 'ff',
      segments: 1,
      findings: [],
      decision: { ...decision('allow', text), policies: [] },
    },
    {
      ...head,
      kind: 'exchange.closed',
      exchange: 'ex_1',
      principal: 'key_1',
      outcome: 'completed',
      status: 200,
      findings: [],
      usage: { inputTokens: 5, outputTokens: 7, costMicros: 3, estimated: false },
      durationMs: 12.5,
    },
    {
      ...head,
      kind: 'exchange.closed',
      exchange: 'ex_1',
      principal: 'key_1',
      outcome: 'denied_output',
      status: 403,
      findings: [finding(text)],
      decision: decision('block', text),
      calls: [call],
      usage: { inputTokens: 5, outputTokens: 0, costMicros: 3, estimated: true },
      durationMs: 1,
      reason: 'blocked_by_policy',
    },
    { ...head, kind: 'access.refused', reason: 'unauthenticated', count: 4, since: TIME },
    { ...head, kind: 'access.refused', reason: 'budget_exceeded', principal: 'key_1', count: 1, since: TIME },
    { ...head, kind: 'admin.change', actor: text, action: 'user.totp', target: text, outcome: 'done', detail: text },
    { ...head, kind: 'admin.change', actor: text, action: 'policy.edit', target: text, outcome: 'refused' },
    { ...head, kind: 'node.state', state: 'started', version: '0.1.0' },
    {
      ...head,
      kind: 'approval',
      approval: 'ap_1',
      state: 'denied',
      direction: 'input',
      exchange: 'ex_1',
      principal: 'key_1',
      digest: 'ff',
      actor: text,
      note: NOTE,
    },
    {
      ...head,
      kind: 'feedback',
      feedback: 'fb_1',
      verdict: 'withdrawn',
      label: 'benign',
      exchange: 'ex_1',
      actor: text,
      direction: 'input',
      segment: text,
      channel: 'user',
      score: 0.5,
      digest: 'ff',
      digestOf: 'text',
      textKept: false,
    },
    { ...head, kind: 'session', state: 'begun', actor: text },
    { ...head, kind: 'session', state: 'ended', actor: text },
    { ...head, kind: 'session', state: 'refused', actor: '-', count: 3, since: TIME },
    { ...head, kind: 'session', state: 'locked', actor: text, count: 9, since: TIME },
    {
      ...head,
      kind: 'artifact.pull',
      pull: 'pl_1',
      principal: 'key_1',
      model: text,
      file: text,
      bytes: 10,
      outcome: 'refused',
      action: 'block',
      policies: ['no-pickles'],
      unusual: [{ rule: 'pull.many-models', severity: 'medium', message: text }],
    },
    {
      ...head,
      kind: 'artifact.push',
      push: 'ps_1',
      principal: 'key_1',
      model: text,
      files: 1,
      bytes: 10,
      outcome: 'sent',
    },
    {
      ...head,
      kind: 'model.state',
      model: text,
      digest: 'sha256:ff',
      to: 'quarantined',
      actor: 'policy',
      reason: text,
      scan: { files: 1, verdict: 'malicious', rules: ['pickle.exec'] },
    },
    { ...head, kind: 'model.state', model: text, digest: 'sha256:ff', to: 'admitted', actor: text, reason: text },
    { ...head, kind: 'model.evidence', model: text, actor: text, outcome: 'refused', sha256: 'ff', reason: text },
    {
      ...head,
      kind: 'admission.review',
      review: 'rv_1',
      principal: `kubernetes:${text}`,
      operation: 'CREATE',
      object: { group: 'apps', version: 'v1', kind: text, namespace: text, name: text },
      references: [],
      mode: 'enforce',
      outcome: 'denied',
      reason: text,
    },
    {
      ...head,
      kind: 'registry.event',
      source: 'mlflow',
      event: 'model_version.created',
      delivery: text,
      subject: text,
      outcome: 'refused',
      done: ['tag'],
    },
    {
      ...head,
      kind: 'tool.definition',
      server: text,
      type: 'tool',
      name: text,
      digest: 'ff',
      outcome: 'held',
      findings: [finding(text)],
    },
  ];
  return records.map((record, seq) => ({ ...record, seq }));
}

/** Text as someone would write it who wants out of the field that it is put into. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...'\\|="]<>&*_~`@:/\n\r\t\0 ', '\u2028', '\u202e', 'a', '\ud800'),
    maxLength: 40,
  }),
  fc.constantFrom(
    'x|10|act=allow msg=forged',
    'a] [b c="d"',
    '\n<86>1 2026-01-01T00:00:00Z h a - - - forged',
    '<!channel> <https://evil.example|click> @here *bold*',
    '"}\n{"index":{}}\n',
  ),
  fc.integer({ min: 500, max: 3000 }).map((length) => 'x="]|\\'.repeat(length)),
);
