// The table of cases beside a policy set: questions with the answers that its author expects, run as its test.
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import {
  Action,
  Capability,
  Channel,
  Direction,
  FindingClass,
  Principal,
  Severity,
  Surface,
  Uninspected,
} from '../contract/index.ts';
import { parsePolicies } from './parse.ts';
import { createPolicies } from './policies.ts';
import { toPolicyError, type PolicyProblem } from './problem.ts';
import { readPolicySet, readText } from './load.ts';
import type { Ruling, Subject } from './ruling.ts';
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

const Case = z
  .strictObject({
    name: z.string().min(1).max(200),
    finding: FindingCase.optional(),
    exchange: ExchangeCase.optional(),
    subject: z
      .strictObject({
        principal: Principal.partial().strict().default({}),
        route: z.string().default('*'),
        surface: Surface.default('openai.chat'),
      })
      .prefault({}),
    expect: z.strictObject({
      action: Action,
      /** Exactly these ids decide, in any order; absent: only the action is looked at. */
      policies: z.array(z.string()).optional(),
    }),
  })
  .refine((entry) => (entry.finding === undefined) !== (entry.exchange === undefined), {
    message: 'a case asks either about a finding or about an exchange',
  });

const CaseTable = z.strictObject({ cases: z.array(Case).min(1).max(5000) });

interface Expectation {
  readonly action: Action;
  readonly policies?: readonly string[] | undefined;
}

/** One case, as it went. */
export interface CaseResult {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: Expectation;
  readonly actual: {
    readonly action: Action;
    readonly policies: readonly string[];
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
  const ok = ruling.action === expected.action && sameIds && ruling.faults.length === 0;
  return { name, ok, expected, actual: { action: ruling.action, policies, faults: ruling.faults } };
}

/**
 * Runs the cases of a policy set's folder.
 * @throws AncileError `policy_invalid` where the set or its table of cases cannot be loaded.
 */
export function testPolicySet(folder: string): PolicyTestReport {
  const { source, problems } = readPolicySet(folder);
  const refuse = (found: readonly PolicyProblem[]): void => {
    const error = toPolicyError(found);
    if (error !== undefined) throw error;
  };
  refuse(problems);
  const { manifest, sources } = source!;
  const label = join(basename(resolve(folder)), 'policy-set.yaml');
  if (manifest.cases === undefined) {
    refuse([
      { severity: 'error', at: label, message: 'the set names no `cases` file', hint: 'Add `cases: cases.yaml`.' },
    ]);
  }
  const file = join(basename(resolve(folder)), manifest.cases!);
  const text = readText(join(folder, manifest.cases!), file);
  if (typeof text !== 'string') refuse([text]);
  const table = parseYaml(text as string, file, CaseTable);
  if (!('value' in table)) refuse(table.problems);
  const policies = createPolicies(source!);
  const results =
    'value' in table
      ? table.value.cases.map((entry) => {
          const { principal, route, surface } = entry.subject;
          const subject: Subject = { principal: { ...ANYONE, ...principal } as Principal, route, surface };
          const ruling =
            entry.finding === undefined
              ? policies.ruleExchange(subject, entry.exchange!)
              : policies.ruleFinding(subject, entry.finding);
          return judge(entry.name, entry.expect, ruling);
        })
      : [];
  const tested = new Set(results.flatMap((result) => result.actual.policies));
  return {
    ok: results.every((result) => result.ok),
    cases: results,
    untested: parsePolicies(sources)
      .policies.map((policy) => policy.id)
      .filter((id) => !tested.has(id)),
  };
}
