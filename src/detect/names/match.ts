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
