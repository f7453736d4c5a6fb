// Every kind of condition, by its type.
export type { ConditionState, Hits, Met } from './condition.ts';
import type { Condition } from '../rule.ts';
import { absentState } from './absent.ts';
import { amountState } from './amount.ts';
import type { ConditionState } from './condition.ts';
import { distinctState } from './distinct.ts';
import { novelState } from './novel.ts';
import { sequenceState } from './sequence.ts';
import { shareState } from './share.ts';
import { shiftState } from './shift.ts';
import { silentState } from './silent.ts';

/** The state of one that is read from records; drift is measured beside the rules. */
export function toConditionState(condition: Exclude<Condition, { type: 'drift' }>): ConditionState {
  switch (condition.type) {
    case 'count':
    case 'sum':
      return amountState(condition) as ConditionState;
    case 'distinct':
      return distinctState(condition) as ConditionState;
    case 'share':
      return shareState(condition) as ConditionState;
    case 'shift':
      return shiftState(condition) as ConditionState;
    case 'sequence':
      return sequenceState(condition) as ConditionState;
    case 'absent':
      return absentState(condition) as ConditionState;
    case 'silent':
      return silentState(condition) as ConditionState;
    case 'novel':
      return novelState(condition) as ConditionState;
  }
}
