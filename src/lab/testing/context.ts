// The context of an attack with all that a test leaves out.
import type { Attack, AttackContext } from '../attack.ts';
import { Stream } from '../evasion/stream.ts';
import type { Target } from '../target.ts';

interface Asked extends Partial<Omit<AttackContext, 'target' | 'labels'>> {
  readonly target: Target;
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly seed?: number;
}

/** Bounds 0 to 1 and the attack's own steps, unless said otherwise. */
export function contextOf(attack: Attack, asked: Asked): AttackContext {
  const stream = new Stream(asked.seed ?? 7);
  const data = Float32Array.from(asked.rows.flat());
  return {
    norm: attack.norms[0]!,
    eps: 0.1,
    steps: attack.defaultSteps,
    space: { low: 0, high: 1 },
    random: () => stream.next(),
    best: Float32Array.from(data),
    signal: new AbortController().signal,
    ...asked,
    labels: Int32Array.from(asked.labels),
    batch: { data, count: asked.rows.length },
  };
}
