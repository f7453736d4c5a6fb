// What the annotations of a policy must say: its name, and the obligation that a match brings.
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

/** What a policy can be asked about. */
export const ASKS = ['finding', 'exchange', 'artifact', 'tool_call'] as const;
export type Ask = (typeof ASKS)[number];

const OBLIGATIONS = { permit: ['allow', 'flag', 'redact'], forbid: ['block', 'hold'] } as const;
const ANNOTATIONS = ['id', 'action', 'reason', 'maturity', 'reask'];
const MATURITY = ['stable', 'experimental'];
const ID = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u;

/** The questions that the scope of a policy lets it apply to. */
export function asksOf(json: PolicyJson): Ask[] {
  const scope = json.action;
  const named =
    scope.op === 'All' ? undefined : 'entities' in scope ? scope.entities : 'entity' in scope ? [scope.entity] : [];
  const ids = named?.map((uid) => ('__entity' in uid ? uid.__entity.id : uid.id));
  return ASKS.filter((ask) => ids === undefined || ids.includes(ask));
}

/** Sentences on the annotations of a policy; empty when the definition can be built from them. */
export function checkAnnotations(json: PolicyJson): { message: string; hint?: string }[] {
  const problems: { message: string; hint?: string }[] = [];
  const { id, action, maturity, reask } = (json.annotations ?? {}) as Record<string, string | null>;
  if (typeof id !== 'string') {
    problems.push({
      message: 'the policy has no @id',
      hint: 'Write @id("...") before it: decisions name policies by it.',
    });
  } else if (!ID.test(id) || id.normalize('NFC') !== id) {
    problems.push({
      message: 'the @id is not a name',
      hint: 'Use 1 to 100 letters, digits, dots, dashes and underscores (in Unicode NFC), a letter or digit first.',
    });
  }
  const allowed: readonly string[] = OBLIGATIONS[json.effect];
  if (typeof action !== 'string' || !allowed.includes(action)) {
    const written = typeof action === 'string' ? `@action("${action}")` : 'no @action';
    problems.push({
      message: `a ${json.effect} with ${written}`,
      hint: `A ${json.effect} obliges to one of: ${allowed.map((name) => `@action("${name}")`).join(', ')}.`,
    });
  } else if (action === 'redact' && asksOf(json).some((ask) => ask !== 'finding')) {
    problems.push({
      message: '@action("redact") on an exchange, an artifact or a tool call, which has no span to redact',
      hint: 'Narrow the scope: action == Action::"finding".',
    });
  }
  if (maturity !== undefined && !MATURITY.includes(maturity ?? '')) {
    problems.push({ message: `unknown @maturity`, hint: `It is one of: ${MATURITY.join(', ')}.` });
  }
  if (reask !== undefined && reask !== 'once') {
    problems.push({ message: 'a @reask that is not "once"', hint: 'Write @reask("once"), or leave it out.' });
  }
  for (const name of Object.keys(json.annotations ?? {})) {
    if (!ANNOTATIONS.includes(name)) {
      problems.push({ message: `unknown annotation @${name}`, hint: `Known are: @${ANNOTATIONS.join(', @')}.` });
    }
  }
  return problems;
}
