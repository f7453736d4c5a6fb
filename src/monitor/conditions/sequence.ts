// Whether steps came one after the other within a span of time. Of several beginnings the latest counts: it leaves most time.
import type { Condition } from '../rule.ts';
import { showSpan } from '../span.ts';
import type { ConditionState } from './condition.ts';

type Sequence = Extract<Condition, { type: 'sequence' }>;

/** For each step: when the latest row that reached it began, and when it came there; 0 where none did. */
interface State {
  readonly began: number[];
  readonly came: number[];
}

export function sequenceState({ steps, unless, within }: Sequence): ConditionState<State> {
  const names = steps.flatMap((step) =>
    typeof step === 'string' ? [step] : new Array<string>(step.times).fill(step.of),
  );
  const last = names.length - 1;
  return {
    horizon: within,
    begin: () => ({ began: names.map(() => 0), came: names.map(() => 0) }),
    observe({ began, came }, hits, { time }) {
      if (unless !== undefined && hits.has(unless)) {
        began.fill(0);
        came.fill(0);
        return true;
      }
      // From the last step to the first, so that one record does not count for two.
      for (let step = last; step >= 0; step--) {
        if (!hits.has(names[step]!)) continue;
        if (step === 0) {
          if (time > began[0]!) began[0] = came[0] = time;
          continue;
        }
        const start = began[step - 1]!;
        if (start === 0 || came[step - 1]! > time || time - start > within || start <= began[step]!) continue;
        began[step] = start;
        came[step] = time;
      }
      return true;
    },
    met({ began, came }, now) {
      if (began[last] === 0 || now - began[last]! > within) return undefined;
      const detail = `${names.join(', then ')} within ${showSpan(Math.max(1000, came[last]! - began[last]!))}`;
      return { count: names.length, detail };
    },
    fired({ began, came }) {
      began.fill(0);
      came.fill(0);
    },
  };
}
