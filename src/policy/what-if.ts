// What a policy set could do to findings nobody has seen yet: decides what a stream must hold back. Asking the engine
// at sample points would miss a rule between them, so the policies themselves are read, with what is not known left
// open.
import type { PolicyJson, PrincipalConstraint, ResourceConstraint } from '@cedar-policy/cedar-wasm/nodejs';
import { Channel, Severity, type Direction, type FindingClass } from '../contract/index.ts';
import type { Ask } from './annotations.ts';
import type { CompiledSet } from './compile.ts';
import { canErr, contextAttribute, isRecord, readsContext, type Node } from './expression.ts';
import type { PolicyDefinition } from './parse.ts';
import { SCORE_STEP } from './question.ts';
import type { FindingSketch, Policies, Subject } from './ruling.ts';

/** A value, or not known. Only booleans, strings and numbers are ever known. */
type Known = boolean | string | number | undefined;

interface Facts {
  /** Absent: anyone. */
  readonly subject?: Subject;
  readonly context: Readonly<Record<string, Known>>;
}

function attributeOf(node: Node, { subject, context }: Facts): Known {
  const name = contextAttribute(node);
  if (name !== undefined) return Object.hasOwn(context, name) ? context[name] : undefined;
  const access = isRecord(node) ? node['.'] : undefined;
  if (!isRecord(access) || !isRecord(access['left'])) return undefined;
  const attribute = access['attr'];
  if (subject === undefined) return undefined;
  if (access['left']['Var'] === 'resource' && attribute === 'name') return subject.route;
  if (access['left']['Var'] !== 'principal') return undefined;
  const { id, name: called, kind, tenant } = subject.principal;
  return new Map<unknown, string>([
    ['id', id],
    ['name', called],
    ['kind', kind],
    ['tenant', tenant],
  ]).get(attribute);
}

/** A literal set of plain values, or undefined. */
function literalSet(node: Node, facts: Facts): Known[] | undefined {
  if (!isRecord(node) || !Array.isArray(node['Set'])) return undefined;
  return node['Set'].map((member) => evaluate(member, facts));
}

function evaluate(node: Node, facts: Facts): Known {
  if (!isRecord(node)) return undefined;
  const [operator] = Object.keys(node);
  const body = node[operator!];
  if (operator === 'Value') return typeof body === 'object' ? undefined : (body as Known);
  if (operator === '.') return attributeOf(node, facts);
  if (!isRecord(body)) return undefined;
  switch (operator) {
    case '!': {
      const value = evaluate(body['arg'], facts);
      return typeof value === 'boolean' ? !value : undefined;
    }
    case '&&':
    case '||': {
      const decisive = operator === '||';
      const [left, right] = [evaluate(body['left'], facts), evaluate(body['right'], facts)];
      if (left === decisive || right === decisive) return decisive;
      return left === undefined || right === undefined ? undefined : !decisive;
    }
    case '==':
    case '!=': {
      const [left, right] = [evaluate(body['left'], facts), evaluate(body['right'], facts)];
      if (left === undefined || right === undefined) return undefined;
      return (left === right) === (operator === '==');
    }
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [left, right] = [evaluate(body['left'], facts), evaluate(body['right'], facts)];
      if (typeof left !== 'number' || typeof right !== 'number') return undefined;
      const order = Math.sign(left - right);
      return operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;
    }
    case 'contains': {
      const [set, member] = [literalSet(body['left'], facts), evaluate(body['right'], facts)];
      if (set === undefined || member === undefined) return undefined;
      if (set.includes(member)) return true;
      return set.includes(undefined) ? undefined : false;
    }
    case 'if-then-else': {
      const condition = evaluate(body['if'], facts);
      if (typeof condition === 'boolean') return evaluate(body[condition ? 'then' : 'else'], facts);
      const [then, otherwise] = [evaluate(body['then'], facts), evaluate(body['else'], facts)];
      return then === otherwise ? then : undefined;
    }
    default:
      return undefined;
  }
}

function scopeMatches(scope: PrincipalConstraint | ResourceConstraint, id: string | undefined): boolean | undefined {
  if (scope.op === 'All') return true;
  if (scope.op === 'is') return scope.in === undefined ? true : undefined;
  if (scope.op !== '==' || !('entity' in scope) || id === undefined) return undefined;
  return ('__entity' in scope.entity ? scope.entity.__entity.id : scope.entity.id) === id;
}

/** Whether a policy matches: surely, surely not, or not known. */
function matches(policy: PolicyJson, facts: Facts): boolean | undefined {
  const parts = [
    scopeMatches(policy.principal, facts.subject?.principal.id),
    scopeMatches(policy.resource, facts.subject?.route),
    ...policy.conditions.map(({ kind, body }) => {
      const value = evaluate(body, facts);
      return typeof value === 'boolean' ? value === (kind === 'when') : undefined;
    }),
  ];
  return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
}

/** Whether a policy matches nothing of which this is known, whoever asks and whatever else holds. */
export function neverMatches(
  policy: PolicyJson,
  context: Readonly<Record<string, boolean | string | number>>,
): boolean {
  return matches(policy, { context }) === false;
}

/** Every severity and score that a question can have: few enough to try them all, and so miss no threshold. */
function* grid(): Generator<{ severity: number; severityName: Severity; score: number }> {
  for (const [severity, severityName] of Severity.options.entries()) {
    for (let score = 0; score <= 1000; score += SCORE_STEP) yield { severity, severityName, score };
  }
}

/** Whether a finding at some point of the grid, of a rule not known, may be redacted, held, blocked or unpermitted. */
function findingMayEnforce(policies: readonly PolicyDefinition[], facts: Facts): boolean {
  for (const point of grid()) {
    let permitted = false;
    for (const { json, effect, action } of policies) {
      const match = matches(json, { ...facts, context: { ...facts.context, ...point } });
      if (match !== false && (effect === 'forbid' || action === 'redact')) return true;
      permitted ||= match === true && !canErr(json);
    }
    if (!permitted) return true;
  }
  return false;
}

/** Whether a finding may turn the answer about its exchange, which it can through `context.classes` only. */
function exchangeMayTurn(policies: readonly PolicyDefinition[], facts: Facts): boolean {
  let permitted = false;
  let permitReadsFindings = false;
  for (const { json, effect } of policies) {
    const match = matches(json, facts);
    if (match !== false && readsContext(json, 'classes')) {
      if (effect === 'forbid') return true;
      permitReadsFindings = true;
    }
    permitted ||= effect === 'permit' && match === true && !canErr(json);
  }
  return permitReadsFindings && !permitted;
}

/** @see Policies.mayEnforce, of which this is the uncached form. */
export function mayEnforce(set: CompiledSet, subject: Subject, direction: Direction, sketch: FindingSketch): boolean {
  // An error blocks under `deny`, and comes even on the way to "does not match".
  if (set.manifest.onFault.policy === 'deny' && set.policies.some(({ json }) => canErr(json))) return true;
  const common = { direction, surface: subject.surface };
  const of = (ask: Ask): PolicyDefinition[] => set.policies.filter((policy) => policy.asks.includes(ask));
  return (
    findingMayEnforce(of('finding'), {
      subject,
      context: { ...common, channel: sketch.channel, class: sketch.class },
    }) || exchangeMayTurn(of('exchange'), { subject, context: common })
  );
}

const INPUT_CHANNELS: readonly Channel[] = Channel.options.filter((channel) => channel !== 'output');

/**
 * Could a finding of any of these classes, whatever its rule, severity and score, lead to redact, hold or block?
 * What is false here needs no hold-back on a stream. `channels` are by default all those of the direction: on output
 * the text and the tool calls' arguments.
 */
export function canEnforce(
  policies: Policies,
  subject: Subject,
  direction: Direction,
  classes: readonly FindingClass[],
  channels: readonly Channel[] = direction === 'output' ? ['output', 'tool_argument'] : INPUT_CHANNELS,
): boolean {
  return classes.some((name) =>
    channels.some((channel) => policies.mayEnforce(subject, direction, { channel, class: name })),
  );
}
