// What a judge of names answers of one start position.
import type { Severity } from '../../contract/index.ts';

export interface NameMatch {
  /** Rule id, `pii.name`. */
  readonly rule: string;
  readonly severity: Severity;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** A match of low severity. */
export const lowMatch = (rule: string, start: number, end: number, score: number): NameMatch => ({
  rule,
  severity: 'low',
  start,
  end,
  score,
});
