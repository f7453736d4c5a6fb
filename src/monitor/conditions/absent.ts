// Something that must follow did not.
import type { Condition } from '../rule.ts';
import { showSpan } from '../span.ts';
import type { ConditionState } from './condition.ts';

type Absent = Extract<Condition, { type: 'absent' }>;

interface State {
  /** When what starts the clock came; 0: what must follow has come. */
  from: number;
}

export function absentState({ after, expect, within }: Absent): ConditionState<State> {
  return {
    horizon: within,
    every: Math.max(1000, within / 20),
    ordered: true,
    begin: () => ({ from: 0 }),
    observe(state, hits, { time }) {
      if (hits.has(expect)) state.from = 0;
      else if (hits.has(after) && state.from === 0) state.from = time;
      return true;
    },
    met: ({ from }, now) =>
      from === 0 || now - from < within
        ? undefined
        : { count: 1, detail: `${after} without ${expect} within ${showSpan(within)}` },
    fired: (state) => void (state.from = 0),
    isOver: ({ from }) => from === 0,
  };
}
