// What is typed into the form of a new key, and the request that it makes.
import type { z } from 'zod';
import { type Budget, KeyRequest } from '../../contract.ts';

export interface BudgetDraft {
  readonly period: Budget['period'];
  /** As typed; empty: no bound. */
  readonly requests: string | number;
  readonly tokens: string | number;
  /** US dollars. */
  readonly dollars: string | number;
}

export interface KeyDraft {
  readonly name: string;
  readonly tenant: string;
  readonly kind: 'service' | 'person' | 'agent';
  /** Names and patterns, apart by commas or blanks. */
  readonly routes: string;
  /** `server:tool` and patterns, in the same form; empty: none. */
  readonly tools: string;
  /** A day, `2026-01-31`; empty: never. The key is good to its end, local time. */
  readonly expires: string;
  readonly budgets: readonly BudgetDraft[];
}

export const EMPTY_KEY: KeyDraft = {
  name: '',
  tenant: 'default',
  kind: 'service',
  routes: '*',
  tools: '',
  expires: '',
  budgets: [],
};

export const EMPTY_BUDGET: BudgetDraft = { period: 'day', requests: '', tokens: '', dollars: '' };

export interface KeyDraftProblem {
  readonly field: string;
  readonly message: string;
}

const bound = (name: string, value: string | number, scale = 1): Record<string, number> =>
  value === '' ? {} : { [name]: Math.round(Number(value) * scale) };

const toNames = (text: string): string[] => text.split(/[\s,]+/).filter((name) => name !== '');

/** The request, or the first thing that is wrong with the draft. */
export function toKeyRequest(draft: KeyDraft): z.input<typeof KeyRequest> | KeyDraftProblem {
  const routes = toNames(draft.routes);
  const expires = draft.expires === '' ? {} : { expires: new Date(`${draft.expires}T23:59:59`).toISOString() };
  const periods = draft.budgets.map(({ period }) => period);
  if (new Set(periods).size < periods.length) {
    return { field: 'budgets', message: 'expected one budget for each period' };
  }
  const budgets = draft.budgets.map(({ period, requests, tokens, dollars }) => ({
    period,
    ...bound('requests', requests),
    ...bound('tokens', tokens),
    ...bound('costMicros', dollars, 1e6),
  }));
  if (budgets.some((budget) => Object.keys(budget).length === 1)) {
    return { field: 'budgets', message: 'expected at least one bound in each budget' };
  }
  const request = {
    name: draft.name.trim(),
    tenant: draft.tenant.trim(),
    kind: draft.kind,
    routes,
    tools: toNames(draft.tools),
    ...expires,
    budgets,
  };
  const issue = KeyRequest.safeParse(request).error?.issues[0];
  if (issue !== undefined) return { field: String(issue.path[0]), message: issue.message };
  return request;
}
