// The table of cases beside a policy set: questions with the answers that its author expects, run as its test.
import { z } from 'zod';
import {
  Action,
  AttestationKind,
  Capability,
  Channel,
  Direction,
  FindingClass,
  FlowConcern,
  FlowMode,
  ModelSignature,
  Principal,
  ScanVerdict,
  Severity,
  Surface,
  ToolEffect,
  Transfer,
  Uninspected,
} from '../contract/index.ts';
import { ASKS } from './annotations.ts';
import { parsePolicies } from './parse.ts';
import { createPolicies } from './policies.ts';
import { toPolicyError, type PolicyProblem } from './problem.ts';
import type { PolicySetSource } from './compile.ts';
import { folderShelf, MANIFEST, readShelf, type PolicyShelf } from './load.ts';
import type { Policies, Ruling } from './ruling.ts';
import { parseYaml } from './yaml.ts';

const FindingCase = z.strictObject({
  direction: Direction,
  channel: Channel,
  rule: z.string().default('*'),
  class: FindingClass,
  severity: Severity,
  score: z.number().min(0).max(1),
});

const ExchangeCase = z.strictObject({
  direction: Direction,
  stream: z.boolean().default(false),
  classes: z.array(FindingClass).default([]),
  uninspected: z.array(Uninspected).default([]),
  capabilities: z.array(Capability).default([]),
});

const ArtifactCase = z.strictObject({
  direction: Transfer.default('pull'),
  verdict: ScanVerdict.default('clean'),
  formats: z.array(z.string()).default([]),
  rules: z.array(z.string()).default([]),
  severity: Severity.default('info'),
  licence: z.string().default(''),
  signature: ModelSignature.default({ state: 'none' }),
  evidence: z.array(AttestationKind).default([]),
  bytes: z.number().min(0).default(0),
  ageDays: z.number().min(0).default(0),
});

const ToolCallCase = z.strictObject({
  mode: FlowMode.default('strict'),
  effect: ToolEffect.default('write'),
  untrusted: z.boolean().default(true),
  private: z.boolean().default(false),
  refused: z.boolean().default(false),
  concerns: z.array(FlowConcern).default([]),
  origins: z.array(z.string()).default([]),
});

const Case = z
  .strictObject({
    name: z.string().min(1).max(200),
    finding: FindingCase.optional(),
    exchange: ExchangeCase.optional(),
    artifact: ArtifactCase.optional(),
    tool_call: ToolCallCase.optional(),
    subject: z
      .strictObject({
        principal: Principal.partial().strict().default({}),
        route: z.string().default('*'),
        surface: Surface.default('openai.chat'),
        source: z.string().default('hub'),
        repo: z.string().default('org/model'),
        revision: z.string().default('0'.repeat(40)),
        server: z.string().default('tools'),
        tool: z.string().default('send'),
      })
      .prefault({}),
    expect: z.strictObject({
      action: Action,
      /** Exactly these ids decide, in any order; absent: only the action is looked at. */
      policies: z.array(z.string()).optional(),
      /** Whether a second try is asked for; absent: not looked at. */
      reask: z.boolean().optional(),
    }),
  })
  .refine((asked) => ASKS.filter((ask) => asked[ask] !== undefined).length === 1, {
    message: 'a case asks about one thing: a finding, an exchange, an artifact or a tool call',
  });

const CaseTable = z.strictObject({ cases: z.array(Case).min(1).max(5000) });

interface Expectation {
  readonly action: Action;
  readonly policies?: readonly string[] | undefined;
  readonly reask?: boolean | undefined;
}

/** One case, as it went. */
export interface CaseResult {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: Expectation;
  readonly actual: {
    readonly action: Action;
    readonly policies: readonly string[];
    readonly reask: boolean;
    readonly faults: readonly string[];
  };
}

export interface PolicyTestReport {
  /** Whether the set loads and every case is as expected. */
  readonly ok: boolean;
  readonly cases: readonly CaseResult[];
  /** Ids of policies that decided no case: untested. */
  readonly untested: readonly string[];
}

const ANYONE: Principal = { id: 'key_case', kind: 'service', name: 'case', tenant: 'default' };

function judge(name: string, expected: Expectation, ruling: Ruling): CaseResult {
  const policies = ruling.policies.map((policy) => policy.id);
  const sameIds =
    expected.policies === undefined || [...expected.policies].sort().join('\n') === [...policies].sort().join('\n');
  const sameReask = expected.reask === undefined || expected.reask === ruling.reask;
  const ok = ruling.action === expected.action && sameIds && sameReask && ruling.faults.length === 0;
  const { action, reask, faults } = ruling;
  return { name, ok, expected, actual: { action, policies, reask, faults } };
}

function ask(policies: Policies, { subject, finding, exchange, artifact, tool_call }: z.infer<typeof Case>): Ruling {
  const { route, surface, source, repo, revision, server, tool } = subject;
  const principal = { ...ANYONE, ...subject.principal } as Principal;
  if (artifact !== undefined) return policies.ruleArtifact({ principal, source, repo, revision }, artifact);
  if (tool_call !== undefined) return policies.ruleToolCall({ principal, server, tool, surface }, tool_call);
  if (finding !== undefined) return policies.ruleFinding({ principal, route, surface }, finding);
  return policies.ruleExchange({ principal, route, surface }, exchange!);
}

/** Runs the cases that a set names. The policies must load; problems are those of the table. */
export function runCases(
  source: PolicySetSource,
  shelf: PolicyShelf,
): { readonly results: readonly CaseResult[]; readonly problems: readonly PolicyProblem[] } {
  const { cases } = source.manifest;
  if (cases === undefined) return { results: [], problems: [] };
  const text = shelf.read(cases);
  if (typeof text !== 'string') return { results: [], problems: [text] };
  const table = parseYaml(text, shelf.label(cases), CaseTable);
  if (!('value' in table)) return { results: [], problems: table.problems };
  const policies = createPolicies(source);
  const results = table.value.cases.map((entry) => {
    return judge(entry.name, entry.expect, ask(policies, entry));
  });
  return { results, problems: [] };
}

/**
 * Runs the cases of a policy set's folder.
 * @throws AncileError `policy_invalid` where the set or its table of cases cannot be loaded.
 */
export function testPolicySet(folder: string): PolicyTestReport {
  const shelf = folderShelf(folder);
  const { source, problems } = readShelf(shelf);
  const refuse = (found: readonly PolicyProblem[]): void => {
    const error = toPolicyError(found);
    if (error !== undefined) throw error;
  };
  refuse(problems);
  if (source!.manifest.cases === undefined) {
    const at = shelf.label(MANIFEST);
    const hint = 'Add `cases: cases.yaml`.';
    refuse([{ severity: 'error', at, message: 'the set names no `cases` file', hint }]);
  }
  const { results, problems: unread } = runCases(source!, shelf);
  refuse(unread);
  const tested = new Set(results.flatMap((result) => result.actual.policies));
  return {
    ok: results.every((result) => result.ok),
    cases: results,
    untested: parsePolicies(source!.sources)
      .policies.map((policy) => policy.id)
      .filter((id) => !tested.has(id)),
  };
}
