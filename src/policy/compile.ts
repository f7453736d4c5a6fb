// A policy set ready to answer: parsed, validated, held in the engine, with the rule that makes an answer an action.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/index.ts';
import { ACTIONS, stricter, type Action, type OnFault, type PolicyFile, type PolicyRef } from '../contract/index.ts';
import type { Ask } from './annotations.ts';
import { createEngine, type CedarAnswer, type CedarRequest } from './engine.ts';
import { mentionsPrincipal, usesVariable } from './expression.ts';
import type { PolicyManifest } from './manifest.ts';
import { parsePolicies, type PolicyDefinition, type PolicySource } from './parse.ts';
import { toPolicyError } from './problem.ts';
import { type AnySubject, toEntities, toResource } from './question.ts';
import { loadSchema } from './shipped.ts';

/** A manifest and the files that it names. */
export interface PolicySetSource {
  readonly manifest: PolicyManifest;
  readonly sources: readonly PolicySource[];
  /** Manifest and policies as they were read, for whoever shows what is in force. */
  readonly files?: readonly PolicyFile[];
}

export interface SetAnswer {
  readonly action: Action;
  readonly policies: readonly PolicyRef[];
  readonly faults: readonly string[];
  /** Whether a second try of the model may stand in for this answer: no policy denies that does not ask for one. */
  readonly reask: boolean;
  /** Whether the same question would be answered the same again: not where the engine itself broke. */
  readonly lasting: boolean;
}

export interface CompiledSet {
  readonly manifest: PolicyManifest;
  readonly policies: readonly PolicyDefinition[];
  /** SHA-256 (hex) over manifest, schema and policies. */
  readonly digest: string;
  /** Whether some policy can tell principals apart. */
  readonly withPrincipal: boolean;
  /** Answers one question. Never throws: what goes wrong is a fault, under `onFault` of the policy stage. */
  answer(subject: AnySubject, ask: Ask, context: CedarRequest['context']): SetAnswer;
}

/** Ids that no policy can have (see the @id rule), for decisions that no policy made. */
export const NO_PERMIT: PolicyRef = { id: '(no permit)', action: 'block', reason: 'no policy permits' };
const MAX_FAULTS = 16;

function faultRef(onFault: OnFault): PolicyRef {
  const action = ({ deny: 'block', flag: 'flag', allow: 'allow' } as const)[onFault];
  return { id: '(fault)', action, reason: `policy evaluation failed; onFault.policy is ${onFault}` };
}

/** Strictest first; among equals by id, so that the same decision always reads the same. */
export function byStrictness(a: PolicyRef, b: PolicyRef): number {
  return ACTIONS.indexOf(b.action) - ACTIONS.indexOf(a.action) || (a.id < b.id ? -1 : 1);
}

/**
 * What a fault makes of an answer: `deny` blocks, `flag` flags at least, `allow` lets the answer of the policies that
 * did evaluate stand (which is allow where the engine gave none). An answer is never made milder.
 */
export function withFaults(answer: readonly PolicyRef[], faults: readonly string[], onFault: OnFault): SetAnswer {
  const policies = [...answer, faultRef(onFault)].sort(byStrictness);
  return {
    action: policies.map((policy) => policy.action).reduce(stricter),
    policies,
    faults: faults.slice(0, MAX_FAULTS).map((fault) => fault.slice(0, 300)),
    reask: false,
    lasting: true,
  };
}

/** SHA-256 (hex) over manifest, schema and policies of a set, whether it is valid or not. */
export function digestOfSet({ manifest, sources }: PolicySetSource): string {
  return createHash('sha256')
    .update(canonicalJson({ manifest, schema: loadSchema(), sources: sources.map(({ file, text }) => [file, text]) }))
    .digest('hex');
}

/** @throws AncileError `policy_invalid` naming file, line, policy and reason. */
export function compileSet({ manifest, sources }: PolicySetSource): CompiledSet {
  const { policies, problems } = parsePolicies(sources);
  const error = toPolicyError(problems);
  if (error !== undefined) throw error;
  const engine = createEngine(Object.fromEntries(policies.map((policy) => [policy.id, policy.text])));
  const refs = new Map<string, PolicyRef>(policies.map(({ id, action, reason }) => [id, { id, action, reason }]));
  const reasking = new Set(policies.filter((policy) => policy.reask).map((policy) => policy.id));
  const withPrincipal = policies.some(({ json }) => mentionsPrincipal(json));
  // Entities cost about 50 us a call, and are read only where a condition reads an attribute.
  const withEntities = policies.some(({ json }) => usesVariable(json, 'principal') || usesVariable(json, 'resource'));
  const onFault = manifest.onFault.policy;

  const toAnswer = ({ allowed, reasons, errors }: CedarAnswer): SetAnswer => {
    const deciding = reasons.map((id) => refs.get(id));
    const policies = deciding.filter((ref) => ref !== undefined).sort(byStrictness);
    if (policies.length !== deciding.length) throw new TypeError('Cedar named a policy that is not of this set');
    if (policies.length === 0) policies.push(NO_PERMIT);
    const action = policies[0]!.action;
    if (allowed !== (action === 'allow' || action === 'flag' || action === 'redact')) {
      throw new TypeError('the obligations contradict the decision');
    }
    // All that decide an answer of Cedar's permit, or all forbid: a forbid without @reask is final.
    const reask = allowed ? reasons.some((id) => reasking.has(id)) : policies.every(({ id }) => reasking.has(id));
    return errors.length === 0
      ? { action, policies, faults: [], reask, lasting: true }
      : withFaults(policies, errors, onFault);
  };

  return {
    manifest,
    policies,
    withPrincipal,
    digest: digestOfSet({ manifest, sources }),
    answer(subject, ask, context) {
      try {
        return toAnswer(
          engine.ask({
            principal: withPrincipal ? subject.principal.id.toWellFormed() : '-',
            action: ask,
            resource: toResource(subject),
            context,
            entities: withEntities ? toEntities(subject) : [],
          }),
        );
      } catch (thrown) {
        const reason = thrown instanceof Error ? thrown.message : String(thrown);
        return { ...withFaults([], [`engine: ${reason}`], onFault), lasting: false };
      }
    },
  };
}
