// The one door to the Cedar engine for decisions: policies parsed once, held inside the engine, asked by slot.
import {
  preparsePolicySet,
  statefulIsAuthorized,
  type CedarValueJson,
  type Entities,
} from '@cedar-policy/cedar-wasm/nodejs';
import { AncileError } from '../base/index.ts';
import type { Ask } from './annotations.ts';

/** What Cedar answered: ids of the determining policies, and what erred on the way. */
export interface CedarAnswer {
  readonly allowed: boolean;
  readonly reasons: readonly string[];
  readonly errors: readonly string[];
}

/** A request in Cedar's terms. `entities` may be empty where no policy reads an attribute. */
export interface CedarRequest {
  readonly principal: string;
  readonly action: Ask;
  readonly resource: { readonly type: 'Route' | 'Model' | 'Tool'; readonly id: string };
  readonly context: Record<string, CedarValueJson>;
  readonly entities: Entities;
}

export interface CedarEngine {
  /** @throws whatever the WebAssembly module throws, and AncileError `policy_fault` where it refuses the request. */
  ask(request: CedarRequest): CedarAnswer;
}

// The engine never forgets a slot, so those of collected sets are used again: reloads do not leak.
const free: string[] = [];
let slots = 0;
const registry = new FinalizationRegistry<string>((slot) => free.push(slot));

/** An engine over policies by id. They must have passed the validator. */
export function createEngine(policies: Readonly<Record<string, string>>): CedarEngine {
  const slot = free.pop() ?? `ancile-${++slots}`;
  const prepared = preparsePolicySet(slot, { staticPolicies: { ...policies } });
  if (prepared.type === 'failure') {
    free.push(slot);
    throw new AncileError('policy_invalid', prepared.errors[0]?.message ?? 'Cedar refused the policies');
  }
  const engine: CedarEngine = {
    ask(request) {
      const answer = statefulIsAuthorized({
        principal: { type: 'Principal', id: request.principal },
        action: { type: 'Action', id: request.action },
        resource: { ...request.resource },
        context: request.context,
        entities: request.entities,
        preparsedPolicySetId: slot,
        validateRequest: false,
      });
      if (answer.type === 'failure') {
        throw new AncileError('policy_fault', answer.errors[0]?.message ?? 'Cedar refused the request');
      }
      const { decision, diagnostics } = answer.response;
      return {
        allowed: decision === 'allow',
        reasons: diagnostics.reason,
        errors: diagnostics.errors.map(({ policyId, error }) => `policy ${policyId}: ${error.message}`),
      };
    },
  };
  registry.register(engine, slot);
  return engine;
}
