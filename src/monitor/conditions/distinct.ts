// How many different values of a field came within a sliding window.
import { textsOf, toField } from '../field.ts';
import type { Condition } from '../rule.ts';
import { showSpan } from '../span.ts';
import type { ConditionState } from './condition.ts';

type Distinct = Extract<Condition, { type: 'distinct' }>;

/** When each value was last seen. */
type Seen = Map<string, number>;

export function distinctState({ of, field: name, window, atLeast, atMost }: Distinct): ConditionState<Seen> {
  const field = toField(name);
  // More than decides need not be remembered.
  const most = Math.max(16, 2 * Math.max(atLeast, atMost ?? 0));
  const forget = (seen: Seen, oldest: number): void => {
    for (const [value, time] of seen) if (time < oldest) seen.delete(value);
  };
  return {
    horizon: window,
    begin: () => new Map(),
    observe(seen, hits, event, now) {
      if (!hits.has(of)) return true;
      if (event.time < now - window) return false;
      for (const value of textsOf(field, event)) {
        const last = seen.get(value);
        seen.delete(value);
        seen.set(value, Math.max(last ?? 0, event.time));
      }
      if (seen.size > most) forget(seen, now - window);
      for (const value of seen.keys()) {
        if (seen.size <= most) break;
        seen.delete(value);
      }
      return true;
    },
    met(seen, now) {
      if (seen.size < atLeast) return undefined;
      forget(seen, now - window);
      const count = seen.size;
      if (count < atLeast || (atMost !== undefined && count > atMost)) return undefined;
      return { count, detail: `${name} of ${of}: ${count} different within ${showSpan(window)}` };
    },
  };
}
