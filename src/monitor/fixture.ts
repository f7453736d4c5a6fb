// Records written short, for the fixtures beside rules: each entry becomes valid records of the ledger, so that a fixture says
// nothing that no ledger could.
import { parse } from 'yaml';
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import { FindingClass, LedgerRecord, RECORD_KINDS } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import { Engine } from './engine.ts';
import type { MonitorRule } from './rule.ts';
import { Span } from './span.ts';

const START = Date.parse('2026-03-02T09:00:00.000Z');
const MOST_RECORDS = 50_000;

/** `rule`, `rule@score`, `rule channel`, `rule@score channel`. */
const FINDING = /^([a-z_]+)(\.[a-z0-9_.]+)?(?:@([\d.]+))?(?: ([a-z_]+))?$/;

const Entry = z.looseObject({
  /** `exchange` is a request and its answer. */
  kind: z.enum([...RECORD_KINDS, 'exchange', 'nothing']),
  /** Since the beginning; without it, after the entry before. */
  at: Span.exactOptional(),
  times: z.int().min(1).max(20_000).default(1),
  every: Span.default(1000),
});
type Entry = z.infer<typeof Entry>;

const Fixture = z.strictObject({
  rule: z.string(),
  fires: z.array(z.array(Entry)).min(1),
  quiet: z.array(z.array(Entry)).min(1),
});
export type MonitorFixture = z.infer<typeof Fixture>;

function toFinding(text: string): unknown {
  const [, group, rest = '.x', score = '0.9', channel = 'user'] = FINDING.exec(text) ?? [];
  if (group === undefined) throw new AncileError('usage', `"${text}" is no finding: rule@score channel`);
  const known = FindingClass.safeParse(group);
  return {
    rule: `${group}${rest}`,
    class: known.success ? known.data : 'injection',
    severity: 'high',
    score: Number(score),
    start: 0,
    end: 1,
    evidence: '*',
    techniques: [],
    detector: DETECTORS[group] ?? 'attack',
    segment: '/messages/0/content',
    channel,
  };
}

const DETECTORS: Readonly<Record<string, string>> = {
  pii: 'pii',
  secret: 'secrets',
  prompt_leak: 'leak',
  exfiltration: 'link',
  active_content: 'active_content',
  schema: 'schema',
  ungrounded: 'grounding',
  refusal: 'answer_shape',
  model_error: 'answer_shape',
  misuse: 'misuse',
};

const decision = (action: unknown, policies: unknown = [], failed = false): unknown => ({
  action: action ?? 'allow',
  policies: (policies as string[]).map((id) => ({ id, action: action ?? 'allow', reason: id })),
  stages: failed ? [{ stage: 'detect', status: 'failed' }] : [],
  policyVersion: 'p1',
});

type Given = Readonly<Record<string, unknown>>;

const call = (given: unknown): unknown => {
  const { tool, ...rest } = typeof given === 'string' ? { tool: given } : (given as { tool: string });
  return {
    tool,
    effect: 'read',
    mode: 'strict',
    untrusted: false,
    private: false,
    action: 'allow',
    policies: [],
    concerns: [],
    reasons: [],
    arguments: {},
    ...rest,
  };
};

/** Members of an exchange in short, and where they go. */
function toOpened(given: Given, id: string): Given {
  const { principal, session, tenant, route, model, upstream, surface, stream, person } = given;
  const { findings = [], action, policies, network, digest, segments, capabilities, call: ruled } = given;
  return {
    kind: 'exchange.opened',
    exchange: {
      id,
      surface: surface ?? 'openai.chat',
      principal: {
        id: principal ?? 'key_a',
        kind: person ?? 'service',
        name: String(principal ?? 'key_a'),
        tenant: tenant ?? 'default',
      },
      session: session ?? 's1',
      route: route ?? '*',
      model: model ?? 'gpt',
      upstream: upstream ?? 'main',
      stream: stream ?? false,
    },
    inputDigest: digest ?? id,
    segments: segments ?? 1,
    findings: (findings as string[]).map(toFinding),
    decision: decision(action, policies, given['failed'] === true),
    ...(network === undefined ? {} : { network }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(ruled === undefined ? {} : { call: call(ruled) }),
  };
}

function toClosed(given: Given, id: string): Given {
  const {
    principal,
    action,
    outcome,
    status,
    found = [],
    answer,
    tokens = [100, 100],
    ms = 500,
    cost = 0,
    calls,
  } = given;
  const denied = action === 'block' || action === 'hold';
  const [inputTokens, outputTokens] = tokens as [number, number];
  return {
    kind: 'exchange.closed',
    exchange: id,
    principal: principal ?? 'key_a',
    outcome: outcome ?? (denied ? 'denied_input' : 'completed'),
    status: status ?? (denied ? 403 : 200),
    findings: (found as string[]).map(toFinding),
    usage: { inputTokens, outputTokens, costMicros: cost, estimated: false },
    durationMs: ms,
    ...(given['ruled'] === undefined ? {} : { decision: decision(given['ruled']) }),
    ...(answer === undefined ? {} : { outputDigest: answer }),
    ...(given['reason'] === undefined ? {} : { reason: given['reason'] }),
    ...(given['attempts'] === undefined ? {} : { attempts: toAttempts(given['attempts'] as string[]) }),
    ...(calls === undefined ? {} : { calls: (calls as unknown[]).map(call) }),
  };
}

const toAttempts = (whys: readonly string[]): unknown =>
  ['first', ...whys].map((why) => ({ upstream: 'main', model: 'gpt', why, durationMs: 1 }));

/** What a record of a kind has where an entry does not say. */
const DEFAULTS: Partial<Record<LedgerRecord['kind'], Given>> = {
  'access.refused': { reason: 'unauthenticated', count: 1, since: new Date(START).toISOString() },
  'admin.change': { actor: 'anna', target: 'x', outcome: 'done' },
  'node.state': { version: '1' },
  approval: { approval: 'ap_1', direction: 'input', exchange: 'ex_0', principal: 'key_a', digest: 'd' },
  session: { actor: 'anna' },
  'artifact.pull': {
    pull: 'pl_1',
    principal: 'key_a',
    model: 'hub:org/m@main',
    file: 'm.bin',
    bytes: 1000,
    outcome: 'served',
  },
  'artifact.push': {
    push: 'ps_1',
    principal: 'key_a',
    model: 'hub:org/m@main',
    files: 1,
    bytes: 1000,
    outcome: 'sent',
  },
  'model.state': { model: 'hub:org/m@main', digest: 'd', actor: 'policy', reason: 'r' },
  'model.evidence': { model: 'hub:org/m@main', actor: 'policy', outcome: 'refused', sha256: 'd' },
  'admission.review': {
    review: 'r1',
    principal: 'kubernetes:dev',
    operation: 'CREATE',
    object: { group: '', version: 'v1', kind: 'Pod' },
    references: [],
    mode: 'enforce',
    outcome: 'denied',
  },
  'registry.event': { source: 'hub', event: 'e', delivery: 'd', subject: 'm/1', outcome: 'refused', done: [] },
  'tool.definition': { server: 'files', type: 'tool', name: 'read', digest: 'd', outcome: 'held' },
  feedback: {
    feedback: 'fb_1',
    verdict: 'wrong',
    label: 'benign',
    exchange: 'ex_0',
    principal: 'key_a',
    actor: 'anna',
    direction: 'input',
    segment: '/x',
    channel: 'user',
    score: 0.5,
    digest: 'd',
    digestOf: 'text',
    textKept: false,
  },
  detection: {
    detection: 'det_1',
    title: 't',
    severity: 'high',
    techniques: [],
    involved: {},
    count: 1,
    since: new Date(START).toISOString(),
    until: new Date(START).toISOString(),
    records: [],
  },
};

/** `{i}` stands for the number of the repetition, `{i%3}` for its remainder. */
function fill(value: unknown, i: number): unknown {
  if (typeof value === 'string') {
    const filled = value.replace(/\{i(?:%(\d+))?\}/g, (_, by?: string) =>
      String(by === undefined ? i : i % Number(by)),
    );
    return /^=\d+(\.\d+)?$/.test(filled) ? Number(filled.slice(1)) : filled;
  }
  if (Array.isArray(value)) return value.map((each) => fill(each, i));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each, i)]));
}

function toBodies(entry: Entry, i: number, serial: number): Given[] {
  const { kind, at: _at, times: _times, every: _every, ...rest } = entry;
  const given = fill(rest, i) as Given;
  const id = typeof given['id'] === 'string' ? given['id'] : `ex_${serial}`;
  if (kind === 'nothing') return [];
  if (kind === 'exchange') return [toOpened(given, id), toClosed(given, id)];
  if (kind === 'exchange.opened') return [toOpened(given, id)];
  if (kind === 'exchange.closed') return [toClosed(given, id)];
  const { findings, ...members } = given;
  const found =
    kind === 'tool.definition' || findings !== undefined
      ? { findings: ((findings ?? []) as string[]).map(toFinding) }
      : {};
  return [{ kind, ...DEFAULTS[kind], ...members, ...found }];
}

/**
 * The records of a scenario, and the time at which it ends.
 * @throws AncileError `usage` at an entry that is no record
 */
export function toRecords(entries: readonly Entry[]): { readonly records: StoredRecord[]; readonly end: number } {
  const made: { readonly time: number; readonly body: Given }[] = [];
  let time = START;
  for (const entry of entries) {
    if (entry.at !== undefined) time = START + entry.at;
    for (let i = 0; i < entry.times; i++) {
      for (const body of toBodies(entry, i, made.length)) made.push({ time, body });
      time += entry.every;
    }
    if (made.length > MOST_RECORDS) throw new AncileError('usage', 'a fixture of too many records');
  }
  made.sort((a, b) => a.time - b.time);
  const records = made.map(({ time: at, body }, seq) => {
    const record = LedgerRecord.safeParse({ time: new Date(at).toISOString(), node: 'node_1', ...body });
    if (record.success) return { seq, ...record.data };
    const issue = record.error.issues[0]!;
    throw new AncileError('usage', `no record: ${String(body['kind'])} ${issue.path.join('.')}: ${issue.message}`);
  });
  return { records, end: time };
}

/** The fixtures of a file. @throws AncileError `rules_invalid` */
export function parseFixtures(text: string, file: string): MonitorFixture[] {
  const parsed = z.array(Fixture).safeParse(parse(text, { maxAliasCount: 50 }));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new AncileError('rules_invalid', `${file}: ${issue.path.join('.')}: ${issue.message}`, { at: file });
}

export interface FixtureResult {
  readonly rule: string;
  /** Scenarios that should have led to a detection and did not, or did and should not have, by number. */
  readonly missed: readonly number[];
  readonly mistaken: readonly number[];
}

/** Whether a rule does what its fixture says. */
export function runFixture(rule: MonitorRule, { fires, quiet }: MonitorFixture): FixtureResult {
  const detects = (entries: readonly Entry[]): boolean => {
    const engine = new Engine([rule]);
    const { records, end } = toRecords(entries);
    const found = records.flatMap((record) => engine.observe(record));
    return [...found, ...engine.passTime(end)].length > 0;
  };
  const numbers = (scenarios: readonly Entry[][], wanted: boolean): number[] =>
    scenarios.flatMap((entries, i) => (detects(entries) === wanted ? [] : [i]));
  return { rule: rule.id, missed: numbers(fires, true), mistaken: numbers(quiet, false) };
}
