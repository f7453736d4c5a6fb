// What is unusual of a key beside its own past: the bytes of an hour against those of the hours in which it pulled before. By
// median and deviation from it, which a few large days do not move.
import type { ModelFinding } from '../../contract/index.ts';

export const HOUR_MS = 3_600_000;
const MOST_PRINCIPALS = 5000;
/** Hours of a key that are remembered: those in which it pulled, two weeks of them at work. */
const MOST_HOURS = 168;
/** With fewer nobody knows what is usual. */
const LEAST_HOURS = 12;
/** Deviations from the median, and times the median, that are beyond what is usual; and bytes that are worth a word. */
const DEVIATIONS = 6;
const TIMES = 3;
const LEAST_BYTES = 100_000_000;

export interface PullRate {
  /** Counts a pull. @returns what is unusual of its hour, once an hour */
  note(principal: string, bytes: number, time: number): ModelFinding | undefined;
}

interface Hours {
  hour: number;
  bytes: number;
  said: boolean;
  /** Bytes of the hours before, oldest first. */
  readonly past: number[];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The least number of bytes that is far from what was pulled in the hours before; undefined where those are too few. */
export function unusualFrom(past: readonly number[]): { readonly bytes: number; readonly usual: number } | undefined {
  if (past.length < LEAST_HOURS) return undefined;
  const usual = median(past);
  // Of a normal distribution 1.4826 times the median deviation is one standard deviation; of constant hours it is nothing.
  const deviation = Math.max(1.4826 * median(past.map((each) => Math.abs(each - usual))), usual / 10);
  return { bytes: Math.max(usual + DEVIATIONS * deviation, TIMES * usual, LEAST_BYTES), usual };
}

export function createPullRate(): PullRate {
  const known = new Map<string, Hours>();
  return {
    note(principal, bytes, time) {
      const hour = Math.floor(time / HOUR_MS);
      let hours = known.get(principal);
      known.delete(principal);
      if (hours === undefined) {
        if (known.size >= MOST_PRINCIPALS) known.delete(known.keys().next().value!);
        hours = { hour, bytes: 0, said: false, past: [] };
      }
      // Those that pull last are kept longest.
      known.set(principal, hours);
      if (hour > hours.hour) {
        hours.past.push(hours.bytes);
        if (hours.past.length > MOST_HOURS) hours.past.shift();
        Object.assign(hours, { hour, bytes: 0, said: false });
      }
      hours.bytes += bytes;
      if (hours.said) return undefined;
      const bound = unusualFrom(hours.past);
      if (bound === undefined || hours.bytes <= bound.bytes) return undefined;
      hours.said = true;
      const [now, usual] = [hours.bytes, bound.usual].map((each) => Math.round(each / 1e6));
      const message = `${now} MB within an hour, and ${usual} MB are what the key usually pulls in one`;
      return { rule: 'pull.unusual-rate', severity: 'medium', message };
    },
  };
}
