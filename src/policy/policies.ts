// Policies as the guard asks them: questions made canonical, answers cached, the shadow set asked beside.
import { createHash } from 'node:crypto';
import type { Direction } from '../contract/index.ts';
import type { Ask } from './annotations.ts';
import { compileSet, withFaults, type PolicySetSource, type SetAnswer } from './compile.ts';
import type { CedarRequest } from './engine.ts';
import { createGenerationCache } from './generation-cache.ts';
import {
  type AnySubject,
  exchangeKey,
  findingKey,
  sketchKey,
  subjectKey,
  toArtifactContext,
  toExchangeContext,
  toFindingContext,
  toToolCallContext,
  toWellFormed,
} from './question.ts';
import type { FindingSketch, Policies, Ruling, Subject } from './ruling.ts';
import { mayEnforce } from './what-if.ts';

/** Entries kept of each cache: between this many and twice as many. */
const CACHE_SIZE = 4096;

export interface PoliciesSource extends PolicySetSource {
  /** Asked beside and recorded where its action differs; never enforced. */
  readonly shadow?: PolicySetSource;
}

/**
 * A policy set ready to rule. Pure but for the schema, which is read once from the package.
 * @throws AncileError `policy_invalid` naming file, line, column, policy and reason.
 */
export function createPolicies(source: PoliciesSource): Policies {
  const own = compileSet(source);
  const shadow = source.shadow === undefined ? undefined : compileSet(source.shadow);
  const withPrincipal = own.withPrincipal || shadow?.withPrincipal === true;
  const rulings = createGenerationCache<Ruling>(CACHE_SIZE);
  const enforceable = createGenerationCache<boolean>(CACHE_SIZE);

  const toRuling = (answer: SetAnswer, other: SetAnswer | undefined): Ruling =>
    Object.freeze({
      action: answer.action,
      policies: answer.policies,
      faults: answer.faults,
      reask: answer.reask,
      ...(other === undefined || other.action === answer.action
        ? {}
        : { shadow: { action: other.action, policies: other.policies } }),
    });

  /** For a question outside the contract. Nothing of it is quoted: it may be anything. */
  const unreadable = (thrown: unknown): Ruling => {
    const reason = thrown instanceof TypeError ? thrown.message : 'the question could not be read';
    return toRuling(withFaults([], [`question: ${reason}`], own.manifest.onFault.policy), undefined);
  };

  const rule = (
    subject: Subject,
    ask: Ask,
    toKey: (subject: string) => string,
    toContext: () => CedarRequest['context'],
  ): Ruling => {
    try {
      const key = toKey(subjectKey(subject, withPrincipal));
      const known = rulings.get(key);
      if (known !== undefined) return known;
      const context = toContext();
      const answer = own.answer(subject, ask, context);
      const other = shadow?.answer(subject, ask, context);
      const ruling = toRuling(answer, other);
      if (answer.lasting && other?.lasting !== false) rulings.set(key, ruling);
      return ruling;
    } catch (thrown) {
      return unreadable(thrown);
    }
  };

  const ruleOnce = (subject: AnySubject, ask: Ask, toContext: () => CedarRequest['context']): Ruling => {
    try {
      const context = toContext();
      return toRuling(own.answer(subject, ask, context), shadow?.answer(subject, ask, context));
    } catch (thrown) {
      return unreadable(thrown);
    }
  };

  return {
    version:
      shadow === undefined ? own.digest : createHash('sha256').update(`${own.digest}\n${shadow.digest}`).digest('hex'),
    name: own.manifest.name,
    files: source.files ?? [],
    onFault: own.manifest.onFault,
    ruleFinding: (subject, question) =>
      rule(
        subject,
        'finding',
        (who) => findingKey(who, question),
        () => toFindingContext(subject, question),
      ),
    ruleExchange: (subject, question) =>
      rule(
        subject,
        'exchange',
        (who) => exchangeKey(who, question),
        () => toExchangeContext(subject, question),
      ),
    // Asked once for a file that is fetched, and once for a call: there is nothing to remember.
    ruleArtifact: (subject, question) => ruleOnce(subject, 'artifact', () => toArtifactContext(question)),
    ruleToolCall: (subject, question) => ruleOnce(subject, 'tool_call', () => toToolCallContext(subject, question)),
    mayEnforce(subject: Subject, direction: Direction, sketch: FindingSketch) {
      try {
        const key = sketchKey(subjectKey(subject, own.withPrincipal), direction, sketch);
        let answer = enforceable.get(key);
        if (answer === undefined)
          enforceable.set(key, (answer = mayEnforce(own, toWellFormed(subject), direction, sketch)));
        return answer;
      } catch {
        return true;
      }
    },
  };
}
