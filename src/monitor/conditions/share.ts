// Which share one selection has of another within a sliding window.
import { type Buckets, SLOTS, addTo, pruneTo, totalOf } from '../buckets.ts';
import type { Condition } from '../rule.ts';
import { showSpan } from '../span.ts';
import type { ConditionState } from './condition.ts';

type Share = Extract<Condition, { type: 'share' }>;

/** Counts are of `among`, sums of `of`. */
export function shareState({ of, among, window, atLeast, atMost, least }: Share): ConditionState<Buckets> {
  const width = window / SLOTS;
  return {
    horizon: window,
    begin: () => [],
    observe(buckets, hits, { time }, now) {
      const oldest = Math.floor((now - window) / width);
      const slot = Math.floor(time / width);
      if (slot < oldest) return false;
      addTo(buckets, slot, hits.has(among) ? 1 : 0, hits.has(of) ? 1 : 0);
      pruneTo(buckets, oldest);
      return true;
    },
    met(buckets, now) {
      const { count, sum } = totalOf(buckets, Math.floor((now - window) / width), Infinity);
      if (count < least) return undefined;
      const share = sum / count;
      if ((atLeast !== undefined && share < atLeast) || (atMost !== undefined && share > atMost)) return undefined;
      return {
        count: sum,
        detail: `${of}: ${sum} of ${count} ${among} (${(100 * share).toFixed(1)}%) within ${showSpan(window)}`,
      };
    },
  };
}
