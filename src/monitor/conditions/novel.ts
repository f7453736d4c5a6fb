// A value that a group never had before, once what it usually has is known.
import { textsOf, toField } from '../field.ts';
import type { Condition } from '../rule.ts';
import type { ConditionState } from './condition.ts';

type Novel = Extract<Condition, { type: 'novel' }>;

/** Values remembered of a group: one with more has no usual ones. */
const MOST = 200;
const HORIZON = 31 * 86_400_000;

interface State {
  readonly known: Map<string, number>;
  readonly since: number;
  seen: number;
  /** Values of the last record that were new; what was told of is known. */
  fresh: string[];
}

export function novelState({ of, field: name, learn, settle }: Novel): ConditionState<State> {
  const field = toField(name);
  return {
    horizon: HORIZON,
    begin: (now) => ({ known: new Map(), since: now, seen: 0, fresh: [] }),
    observe(state, hits, event, now) {
      state.fresh = [];
      if (!hits.has(of)) return true;
      const isKnown = state.seen >= learn && now - state.since >= settle && state.known.size < MOST;
      for (const value of textsOf(field, event)) {
        if (!state.known.has(value) && isKnown) state.fresh.push(value);
        if (state.known.size < MOST || state.known.has(value)) state.known.set(value, event.time);
      }
      state.seen++;
      return true;
    },
    met: ({ fresh, known }) =>
      fresh.length === 0
        ? undefined
        : {
            count: fresh.length,
            detail: `${name}: ${fresh.join(', ')}, never seen beside ${known.size - fresh.length} others`,
          },
  };
}
