// Whether a count, a mean or a share of the last window differs from the group's own time before: by a factor, and by more
// than chance would make it (three standard deviations).
import { type Buckets, addTo, pruneTo, totalOf } from '../buckets.ts';
import { sumOf, toField } from '../field.ts';
import type { Condition } from '../rule.ts';
import { showSpan } from '../span.ts';
import type { ConditionState } from './condition.ts';

type Shift = Extract<Condition, { type: 'shift' }>;

const SLOTS_A_WINDOW = 4;
const DEVIATIONS = 3;

/** Buckets, and when the group was first seen. */
interface State {
  readonly buckets: Buckets;
  readonly since: number;
}

export function shiftState(condition: Shift): ConditionState<State> {
  const { of, among, field: name, window, baseline, direction, factor, least } = condition;
  const width = window / SLOTS_A_WINDOW;
  const field = name === undefined ? undefined : toField(name);
  const isUp = direction === 'up';
  const beyond = (now: number, before: number): boolean =>
    isUp ? now >= before * factor && now > before : now * factor <= before && now < before;

  return {
    horizon: window + baseline,
    begin: (now) => ({ buckets: [], since: now }),
    observe({ buckets }, hits, event, now) {
      const oldest = Math.floor((now - window - baseline) / width);
      const slot = Math.floor(event.time / width);
      if (slot < oldest) return false;
      if (among !== undefined) addTo(buckets, slot, hits.has(among) ? 1 : 0, hits.has(of) ? 1 : 0);
      else if (hits.has(of)) addTo(buckets, slot, 1, field === undefined ? 0 : sumOf(field, event));
      pruneTo(buckets, oldest);
      return true;
    },
    met({ buckets, since }, now) {
      const last = Math.floor(now / width);
      const first = last - SLOTS_A_WINDOW + 1;
      const recent = totalOf(buckets, first, Infinity);
      if (isUp && recent.count < least) return undefined;
      const past = totalOf(buckets, Math.floor((now - window - baseline) / width), first - 1);
      // A group that is new has no time before to be held against.
      const known = Math.min(baseline, now - window - since);
      if (known < baseline / 2 || past.count < least) return undefined;
      const told = (unit: string, is: number, was: number, count: number): { count: number; detail: string } => ({
        count,
        detail: `${unit}: ${show(is)} within ${showSpan(window)}, ${show(was)} before`,
      });
      if (field !== undefined || among !== undefined) {
        if (recent.count < least) return undefined;
        const is = recent.sum / recent.count;
        const was = past.sum / past.count;
        if (!beyond(is, was)) return undefined;
        if (among !== undefined) {
          const pooled = (recent.sum + past.sum) / (recent.count + past.count);
          const spread = Math.sqrt(pooled * (1 - pooled) * (1 / recent.count + 1 / past.count));
          if (Math.abs(is - was) < DEVIATIONS * spread) return undefined;
        }
        return told(
          among === undefined ? `mean ${name} of ${of}` : `share of ${of} among ${among}`,
          is,
          was,
          recent.count,
        );
      }
      const expected = (past.count * window) / known;
      if (!beyond(recent.count, expected)) return undefined;
      if (Math.abs(recent.count - expected) < DEVIATIONS * Math.sqrt(Math.max(expected, 1))) return undefined;
      return told(`number of ${of}`, recent.count, expected, recent.count);
    },
  };
}

const show = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));
