// From Cedar text to policies with their obligations: parsed, annotated, validated; everything wrong is collected.
import {
  policyToJson,
  validate,
  type DetailedError,
  type PolicyJson,
  type ValidationError,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { Action } from '../contract/index.ts';
import { asksOf, checkAnnotations, type Ask } from './annotations.ts';
import { jsonDepth } from './expression.ts';
import { fromByteOffset, placeOf, type PolicyProblem } from './problem.ts';
import { loadSchema } from './shipped.ts';
import { splitStatements, STATEMENT_LIMITS, type Statement } from './statements.ts';
import { checkVocabulary } from './vocabulary.ts';
import { neverMatches } from './what-if.ts';

/** One `.cedar` file. */
export interface PolicySource {
  readonly file: string;
  readonly text: string;
}

/** A policy with what it obliges to. */
export interface PolicyDefinition {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly action: Action;
  readonly reason: string;
  readonly maturity: string | undefined;
  /** Before its action the model is asked once more, where that can still be done. */
  readonly reask: boolean;
  readonly source: PolicySource;
  /** Where it begins in its source, UTF-16 code units. */
  readonly offset: number;
  readonly text: string;
  readonly json: PolicyJson;
  /** The questions it can apply to. */
  readonly asks: readonly Ask[];
}

const MAX_POLICIES = 500;

/** Characters that make a reader see another order than the parser does. */
const BIDI = /[\u202A-\u202E\u2066-\u2069]/;

/** `file:line:column` of a policy. */
export function startOf(policy: PolicyDefinition): string {
  return placeOf(policy.source.file, policy.source.text, policy.offset);
}

/** Warnings that leave a policy working. Whatever else the validator warns of refuses the set: closed by default. */
const HARMLESS_WARNING = /contains mixed scripts|general security profile/;

function parseStatement(source: PolicySource, statement: Statement): PolicyDefinition | PolicyProblem[] {
  const at = placeOf(source.file, source.text, statement.offset);
  const fail = (message: string, hint?: string, place = at, policy?: string): PolicyProblem => ({
    severity: 'error',
    at: place,
    message,
    ...(policy === undefined ? {} : { policy }),
    ...(hint === undefined ? {} : { hint }),
  });
  const TOO_BIG = 'Split it into several policies.';
  if (statement.refused !== undefined) return [fail(`the policy ${statement.refused}`, TOO_BIG)];
  const parsed = policyToJson(statement.text);
  if (parsed.type === 'failure') {
    return parsed.errors.map((error) => {
      const start = fromByteOffset(statement.text, error.sourceLocations?.[0]?.start ?? 0);
      const expected = error.sourceLocations?.[0]?.label;
      return fail(
        [error.message, expected].filter(Boolean).join(': '),
        error.help ?? undefined,
        placeOf(source.file, source.text, statement.offset + start),
      );
    });
  }
  const { json } = parsed;
  const annotations = (json.annotations ?? {}) as Record<string, string | null>;
  const id = annotations['id'] ?? undefined;
  const problems = checkAnnotations(json).map(({ message, hint }) => fail(message, hint, at, id));
  const depth = jsonDepth(json);
  if (depth > STATEMENT_LIMITS.depth) problems.push(fail(`the policy nests ${depth} deep`, TOO_BIG, at, id));
  for (const message of checkVocabulary(json)) problems.push(fail(message, undefined, at, id));
  if (problems.length > 0) return problems;
  return {
    id: id!,
    effect: json.effect,
    action: annotations['action'] as Action,
    reason: annotations['reason'] ?? id!,
    maturity: annotations['maturity'] ?? undefined,
    reask: annotations['reask'] === 'once',
    source,
    offset: statement.offset,
    text: statement.text,
    json,
    asks: asksOf(json),
  };
}

/** The validator's word on policies that parsed: what is ill-typed, and what can never apply. */
function validateAll(policies: readonly PolicyDefinition[], sources: readonly PolicySource[]): PolicyProblem[] {
  const place = ({ source, offset, text }: PolicyDefinition, error: DetailedError): string =>
    placeOf(source.file, source.text, offset + fromByteOffset(text, error.sourceLocations?.[0]?.start ?? 0));
  const answer = validate({
    validationSettings: { mode: 'strict' },
    schema: loadSchema(),
    policies: { staticPolicies: Object.fromEntries(policies.map((policy) => [policy.id, policy.text])) },
  });
  if (answer.type === 'failure') {
    return answer.errors.map((error) => ({ severity: 'error', at: sources[0]?.file ?? '', message: error.message }));
  }
  const toProblem = ({ policyId, error }: ValidationError, isWarning: boolean): PolicyProblem => {
    const policy = policies.find((candidate) => candidate.id === policyId);
    return {
      severity: isWarning && HARMLESS_WARNING.test(error.message) ? 'warning' : 'error',
      at: policy === undefined ? (sources[0]?.file ?? '') : place(policy, error),
      policy: policyId,
      message: error.message.replace(`for policy \`${policyId}\`, `, ''),
      ...(error.help ? { hint: error.help } : {}),
    };
  };
  return [
    ...answer.validationErrors.map((error) => toProblem(error, false)),
    ...answer.validationWarnings.map((warning) => toProblem(warning, true)),
    ...answer.otherWarnings.map((error): PolicyProblem => ({
      severity: 'error',
      at: sources[0]?.file ?? '',
      message: error.message,
    })),
  ];
}

/** A second try of the model can only follow a whole answer: on a policy that never rules on one it does nothing. */
function checkReasks(policies: readonly PolicyDefinition[]): PolicyProblem[] {
  return policies
    .filter((policy) => policy.reask && neverMatches(policy.json, { direction: 'output', stream: false }))
    .map((policy) => ({
      severity: 'warning',
      at: startOf(policy),
      policy: policy.id,
      message: '@reask does nothing here: the policy never rules on a whole answer',
      hint: 'Leave @reask out, or let the policy rule on output.',
    }));
}

/** Reads all policies of a set. The policies are fit for use only where no problem is an error. */
export function parsePolicies(sources: readonly PolicySource[]): {
  policies: PolicyDefinition[];
  problems: PolicyProblem[];
} {
  const policies: PolicyDefinition[] = [];
  const problems: PolicyProblem[] = [];
  for (const source of sources) {
    const bidi = source.text.search(BIDI);
    if (bidi !== -1) {
      const at = placeOf(source.file, source.text, bidi);
      problems.push({ severity: 'error', at, message: 'a character that reverses the direction of the text' });
    }
    for (const statement of splitStatements(source.text)) {
      const result = parseStatement(source, statement);
      if (Array.isArray(result)) {
        problems.push(...result);
        continue;
      }
      const twin = policies.find((policy) => policy.id === result.id);
      if (twin === undefined) policies.push(result);
      else
        problems.push({
          severity: 'error',
          at: startOf(result),
          policy: result.id,
          message: `this @id is taken at ${startOf(twin)}`,
        });
      if (policies.length > MAX_POLICIES) {
        problems.push({ severity: 'error', at: startOf(result), message: `the set has over ${MAX_POLICIES} policies` });
        return { policies, problems };
      }
    }
  }
  if (policies.length === 0 && problems.length === 0) {
    problems.push({
      severity: 'error',
      at: sources[0]?.file ?? '',
      message: 'the set has no policy: it would block everything',
    });
  }
  // A single statement that the bounds refuse must not reach the engine, nor does a partial set say anything true.
  if (problems.length === 0) problems.push(...validateAll(policies, sources), ...checkReasks(policies));
  return { policies, problems };
}
