// Whether a key is good, and its budgets in short.
import type { ReactNode } from 'react';
import type { Budget, KeyInfo } from '../../contract.ts';
import { formatCompact, formatCost } from '../../parts/format.ts';
import { Tag } from '../../parts/tag.tsx';

export const PERIOD_WORDS: Readonly<Record<Budget['period'], string>> = {
  day: 'a day',
  month: 'a month',
  total: 'in all',
};

export function isActive({ revoked, expires }: KeyInfo, now = Date.now()): boolean {
  return revoked === undefined && (expires === undefined || Date.parse(expires) > now);
}

export function KeyState({ info }: { readonly info: KeyInfo }): ReactNode {
  if (info.revoked !== undefined) return <Tag tone="bad">revoked</Tag>;
  if (!isActive(info)) return <Tag tone="warn">expired</Tag>;
  return <Tag tone="good">active</Tag>;
}

/** A budget in a few words: `500 requests, $20.00 a day`. */
export function budgetWords({ period, requests, tokens, costMicros }: Budget): string {
  const bounds = [
    ...(requests === undefined ? [] : [`${formatCompact(requests)} requests`]),
    ...(tokens === undefined ? [] : [`${formatCompact(tokens)} tokens`]),
    ...(costMicros === undefined ? [] : [formatCost(costMicros)]),
  ];
  return `${bounds.length === 0 ? 'no bound' : bounds.join(', ')} ${PERIOD_WORDS[period]}`;
}
