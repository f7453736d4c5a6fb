// What containment lets a key use, beside its own budgets.
import { AncileError } from '../base/index.ts';
import { Budget } from '../contract/index.ts';
import type { Affected, Restraints } from './restraints.ts';

/**
 * The budget that a cap stands for.
 * @throws AncileError `request_invalid` where it names no period, or no amount
 */
export function toCap(values: Readonly<Record<string, string | number>> = {}): Budget {
  const parsed = Budget.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AncileError('request_invalid', `a cap is a budget: ${issue!.message}`, {
    at: ['with', ...issue!.path].map(String).join('.'),
    hint: 'For instance { "period": "day", "requests": 100 }.',
  });
}

/** The caps that cover something: budgets that count what its key has used in their periods already. */
export function capsOf(restraints: Restraints, affected: Affected): Budget[] {
  return restraints.findAll('cap', affected).map((restraint) => toCap(restraint.with));
}
