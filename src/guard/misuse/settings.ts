// What the memory of misuse is set to, and how what it has seen fades and becomes a score.
import type { Config } from '../../contract/index.ts';

/** Bounds and thresholds, as the configuration has them; `disabled`: rules that never fire. */
export type MisuseSettings = Omit<Config['detect']['misuse'], 'enabled'> & { readonly disabled: readonly string[] };

/** Rules of the class, by their name within it. */
export const MISUSE_RULES = ['misuse.buildup', 'misuse.refusal_probing', 'misuse.retries'] as const;
export type MisuseRule = (typeof MISUSE_RULES)[number];

/** What was seen weighs half as much after so many milliseconds: half the window. */
export function fade(value: number, elapsed: number, { window }: MisuseSettings): number {
  if (value === 0 || elapsed <= 0) return value;
  return elapsed >= window ? 0 : value * 2 ** ((-2 * elapsed) / window);
}

/** What comes within minutes fades a little: five of five are to be five all the same. */
const REACHED = 0.9;
/** Just at its threshold a thing is as likely as not; at twice that it is likely; never more than this. */
const SURE = 0.95;

/** The score of evidence against its threshold, 0.5..0.95; 0 below the threshold. */
export function toScore(evidence: number, threshold: number): number {
  const level = evidence / threshold;
  if (level < REACHED) return 0;
  return Math.round(Math.min(SURE, 0.5 + 0.25 * Math.max(0, level - 1)) * 100) / 100;
}
