// How many records, or how much of a field they add up to, within a sliding window.
import { type Buckets, SLOTS, addTo, pruneTo, totalOf } from '../buckets.ts';
import { sumOf, toField } from '../field.ts';
import type { Condition } from '../rule.ts';
import { showSpan } from '../span.ts';
import type { ConditionState } from './condition.ts';

type Amount = Extract<Condition, { type: 'count' | 'sum' }>;

export function amountState(condition: Amount): ConditionState<Buckets> {
  const { of, window, atLeast } = condition;
  const width = window / SLOTS;
  const field = condition.type === 'sum' ? toField(condition.field) : undefined;
  const what = condition.type === 'sum' ? `${condition.field} of ${of}` : of;
  return {
    horizon: window,
    begin: () => [],
    observe(buckets, hits, event, now) {
      if (!hits.has(of)) return true;
      const oldest = Math.floor((now - window) / width);
      const slot = Math.floor(event.time / width);
      if (slot < oldest) return false;
      addTo(buckets, slot, 1, field === undefined ? 0 : sumOf(field, event));
      pruneTo(buckets, oldest);
      return true;
    },
    met(buckets, now) {
      const total = totalOf(buckets, Math.floor((now - window) / width), Infinity);
      const count = field === undefined ? total.count : total.sum;
      return count < atLeast ? undefined : { count, detail: `${what}: ${count} within ${showSpan(window)}` };
    },
  };
}
