// The schema of a file of monitoring rules, and its reading with errors that name file, rule and place.
import { z } from 'zod';
import { RECORD_KINDS, Severity } from '../contract/index.ts';
import { RuleFault, mapRules, readRuleDocument } from '../detect/index.ts';
import { findFieldFault } from './field.ts';
import { Span } from './span.ts';
import { type Where, compileWhere } from './where.ts';

const HINT =
  'Monitoring rules are described in docs/guides/monitoring.md; the shipped ones are in content/rules/monitor.';
const Name = z.string().regex(/^[a-z][a-z0-9_]{0,40}$/, 'expected a name in lower case');
const FieldName = z.string().min(1).max(120);
const Count = z.int().positive().max(10_000_000);

/** Records that a rule looks at. */
const Selection = z.strictObject({
  kind: z.union([z.enum(RECORD_KINDS), z.array(z.enum(RECORD_KINDS)).min(1)]).describe('kinds of records'),
  where: z.record(z.string(), z.unknown()).default({}).describe('conditions on a record, all of which must hold'),
});

const windowed = { window: Span.describe('the span of time that is looked at') };

const CountOf = z.strictObject({
  type: z.literal('count'),
  of: Name,
  ...windowed,
  atLeast: Count,
});

const SumOf = z.strictObject({
  type: z.literal('sum'),
  of: Name,
  field: FieldName,
  ...windowed,
  atLeast: z.number().positive(),
});

const DistinctOf = z.strictObject({
  type: z.literal('distinct'),
  of: Name,
  field: FieldName,
  ...windowed,
  atLeast: z.int().positive().max(1000).default(1),
  atMost: z.int().positive().max(1000).exactOptional(),
});

const ShareOf = z.strictObject({
  type: z.literal('share'),
  of: Name,
  among: Name,
  ...windowed,
  atLeast: z.number().min(0).max(1).exactOptional(),
  atMost: z.number().min(0).max(1).exactOptional(),
  least: Count.describe('records of `among` below which nothing is said'),
});

/** Counts, means or shares of the last window against those of the group's own time before. */
const Shift = z.strictObject({
  type: z.literal('shift'),
  of: Name,
  among: Name.exactOptional().describe('measure the share of `of` among these'),
  field: FieldName.exactOptional().describe('measure the mean of this field'),
  ...windowed,
  baseline: Span.describe('the time before the window that it is held against; at most 50 windows'),
  direction: z.enum(['up', 'down']).default('up'),
  factor: z.number().gt(1).max(1000).describe('how many times as much (or as little) as before'),
  least: Count.describe('records in the window, and of the time before, below which nothing is said'),
});

const Sequence = z.strictObject({
  type: z.literal('sequence'),
  steps: z
    .array(z.union([Name, z.strictObject({ of: Name, times: z.int().min(1).max(20) })]))
    .min(2)
    .max(10)
    .describe('selections, each after the one before'),
  unless: Name.exactOptional().describe('begins anew where this comes between'),
  within: Span,
});

const Absent = z.strictObject({
  type: z.literal('absent'),
  after: Name.describe('what starts the clock'),
  expect: Name.describe('what must follow'),
  within: Span,
});

const Silent = z.strictObject({
  type: z.literal('silent'),
  of: Name.describe('what used to come, by group'),
  while: Name.describe('what goes on coming'),
  ...windowed,
  seen: Count.describe('records of `of` that a group must have had before its silence says something'),
  least: Count.describe('records of `while` within the window'),
});

const Novel = z.strictObject({
  type: z.literal('novel'),
  of: Name,
  field: FieldName,
  learn: Count.describe('records of a group from which its values are known'),
  settle: Span.default(0).describe('and for how long it must have been known'),
});

const Drift = z.strictObject({
  type: z.literal('drift'),
  side: z.enum(['input', 'output', 'score']),
  measure: z.enum(['psi', 'ks', 'js']),
  atLeast: z.number().gt(0).max(10),
});

const Condition = z.discriminatedUnion('type', [
  CountOf,
  SumOf,
  DistinctOf,
  ShareOf,
  Shift,
  Sequence,
  Absent,
  Silent,
  Novel,
  Drift,
]);
export type Condition = z.infer<typeof Condition>;

/** Conditions of which several may have to hold together. */
const JOINABLE: ReadonlySet<Condition['type']> = new Set(['count', 'sum', 'distinct', 'share']);

const Technique = z.string().regex(/^(AML\.T\d{4}(\.\d{3})?|LLM\d\d:2025|ASI\d\d)$/, 'expected an ATLAS or OWASP id');

const Rule = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z_]+(\.[a-z0-9_]+)+$/, 'expected group.name in lower case, such as injection.burst')
    .max(80),
  title: z.string().min(5).max(120),
  description: z.string().min(10).max(600).describe('what it means where the rule is met'),
  severity: Severity,
  maturity: z.enum(['stable', 'experimental']),
  techniques: z.array(Technique),
  falsePositives: z.array(z.string().min(5).max(300)).min(1).describe('what else can look like this'),
  select: z.record(Name, Selection).default({}),
  by: z.array(FieldName).max(4).default([]).describe('a group for each value of these fields; without any one of all'),
  when: z.union([Condition, z.array(Condition).min(1).max(4)]).describe('what must hold; of several, all at once'),
  cooldown: Span.exactOptional().describe('a group is told of once within; default: the longest span of `when`'),
});

/** What a user's file says of rules that are there already. */
const Tuning = z.strictObject({
  enabled: z.boolean().exactOptional(),
  severity: Severity.exactOptional(),
  cooldown: Span.exactOptional(),
  window: Span.exactOptional(),
  atLeast: z.number().positive().exactOptional(),
  least: Count.exactOptional(),
  factor: z.number().gt(1).max(1000).exactOptional(),
});
export type Tuning = z.infer<typeof Tuning>;

const RuleFile = z.strictObject({
  rules: z.array(Rule).max(500).default([]),
  tune: z.record(z.string(), Tuning).default({}),
});

/** A rule that has been checked: its selections compiled. */
export interface MonitorRule extends Omit<z.infer<typeof Rule>, 'when' | 'select'> {
  readonly when: readonly Condition[];
  readonly select: Readonly<Record<string, z.infer<typeof Selection>>>;
  readonly compiled: ReadonlyMap<string, CompiledSelection>;
  /** The file that it is of. */
  readonly file: string;
}

export interface CompiledSelection extends Where {
  readonly kinds: readonly z.infer<typeof Selection.shape.kind>[] & readonly (typeof RECORD_KINDS)[number][];
}

export interface ParsedRules {
  readonly rules: readonly MonitorRule[];
  readonly tune: Readonly<Record<string, Tuning>>;
}

/** Selections that a condition names, by the member that names them. */
function namesOf(condition: Condition): [string, string][] {
  switch (condition.type) {
    case 'count':
    case 'sum':
    case 'distinct':
    case 'novel':
      return [['of', condition.of]];
    case 'share':
      return [
        ['of', condition.of],
        ['among', condition.among],
      ];
    case 'shift':
      return [
        ['of', condition.of],
        ...(condition.among === undefined ? [] : [['among', condition.among] as [string, string]]),
      ];
    case 'sequence':
      return [
        ...condition.steps.map((step): [string, string] => ['steps', typeof step === 'string' ? step : step.of]),
        ...(condition.unless === undefined ? [] : [['unless', condition.unless] as [string, string]]),
      ];
    case 'absent':
      return [
        ['after', condition.after],
        ['expect', condition.expect],
      ];
    case 'silent':
      return [
        ['of', condition.of],
        ['while', condition.while],
      ];
    case 'drift':
      return [];
  }
}

function checkCondition(
  condition: Condition,
  compiled: MonitorRule['compiled'],
  path: readonly (string | number)[],
  used: Set<string>,
): void {
  for (const [member, name] of namesOf(condition)) {
    const found = compiled.get(name);
    if (found === undefined) {
      throw new RuleFault(
        [...path, member],
        `no selection is named "${name}"; there is: ${[...compiled.keys()].join(', ')}`,
      );
    }
    used.add(name);
  }
  if ('field' in condition && condition.field !== undefined) {
    const fault = findFieldFault(condition.field, compiled.get(condition.of)!.kinds);
    if (fault !== undefined) throw new RuleFault([...path, 'field'], fault);
  }
  if (condition.type === 'share' && condition.atLeast === undefined && condition.atMost === undefined) {
    throw new RuleFault(path, 'a share needs atLeast or atMost');
  }
  if (condition.type === 'shift') {
    if (condition.among !== undefined && condition.field !== undefined) {
      throw new RuleFault(path, 'a shift is of a share (`among`) or of a mean (`field`), not of both');
    }
    if (condition.baseline < condition.window * 2 || condition.baseline > condition.window * 50) {
      throw new RuleFault([...path, 'baseline'], 'expected 2 to 50 times the window');
    }
  }
}

function compileRule(rule: z.infer<typeof Rule>, index: number, file: string): MonitorRule {
  const at = ['rules', index] as const;
  const compiled = new Map<string, CompiledSelection>();
  for (const [name, { kind, where }] of Object.entries(rule.select)) {
    const kinds = typeof kind === 'string' ? [kind] : kind;
    compiled.set(name, { kinds, ...compileWhere(where, kinds, [...at, 'select', name, 'where']) } as CompiledSelection);
  }
  const list = Array.isArray(rule.when) ? rule.when : [rule.when];
  const used = new Set<string>();
  list.forEach((condition, i) => {
    checkCondition(condition, compiled, Array.isArray(rule.when) ? [...at, 'when', i] : [...at, 'when'], used);
    if (list.length > 1 && !JOINABLE.has(condition.type)) {
      throw new RuleFault(
        [...at, 'when', i],
        `a ${condition.type} stands alone; of several there may be: ${[...JOINABLE].join(', ')}`,
      );
    }
  });
  for (const name of compiled.keys()) {
    if (!used.has(name)) throw new RuleFault([...at, 'select', name], 'nothing in `when` names it');
  }
  // What a group is of is read from what counts for it; `while` of a silence is of all.
  const counting = [...compiled].filter(
    ([name]) => !list.some((each) => each.type === 'silent' && each.while === name),
  );
  for (const [, { kinds }] of counting) {
    rule.by.forEach((name, i) => {
      const fault = findFieldFault(name, kinds);
      if (fault !== undefined) throw new RuleFault([...at, 'by', i], fault);
    });
  }
  return { ...rule, when: list, compiled, file };
}

/**
 * Reads a file of monitoring rules (YAML).
 * @param file its name, for errors
 * @throws AncileError `rules_invalid`, `at` naming file, line and rule
 */
export function parseMonitorRules(yamlText: string, file: string): ParsedRules {
  return readRuleDocument(yamlText, file, HINT, (value) => {
    const parsed = RuleFile.safeParse(value ?? {});
    if (!parsed.success) {
      const { path, message } = deepest(parsed.error.issues[0]!);
      throw new RuleFault(path, message);
    }
    const { rules, tune } = parsed.data;
    return { rules: mapRules(rules, (rule, index) => compileRule(rule, index, file)), tune };
  });
}

/** Of a union, what the branch says that came furthest: "no branch fits" helps nobody. */
function deepest(issue: z.core.$ZodIssue): { readonly path: (string | number)[]; readonly message: string } {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { path, message: issue.message };
  const found = issue.errors.flatMap((branch) => branch.map(deepest)).sort((a, b) => b.path.length - a.path.length)[0];
  return found === undefined
    ? { path, message: issue.message }
    : { path: [...path, ...found.path], message: found.message };
}

/** A rule with what a user's file says of it. */
export function tuneRule(rule: MonitorRule, tuning: Tuning): MonitorRule {
  const { severity, cooldown, window, atLeast, least, factor } = tuning;
  const when = rule.when.map((condition): Condition => {
    const changed: Record<string, unknown> = { ...condition };
    const put = (member: string, value: number | undefined): void => {
      if (value !== undefined && member in condition) changed[member] = value;
    };
    put('window', window);
    put('within', window);
    put('atLeast', atLeast);
    put('least', least);
    put('factor', factor);
    return Condition.parse(changed, { reportInput: false });
  });
  return {
    ...rule,
    when,
    ...(severity === undefined ? {} : { severity }),
    ...(cooldown === undefined ? {} : { cooldown }),
  };
}
