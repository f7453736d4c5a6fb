// Which events a sink is told of.
import { ACTIONS, type ExportEvent, type SinkConfig, isAtLeast } from '../contract/index.ts';

export type Filter = SinkConfig['filter'];

/** Whether records of a kind may pass: what is not asked for is not even made an event of. */
export function wantsKind({ kinds }: Filter, kind: string): boolean {
  return kinds === undefined || (kinds as readonly string[]).includes(kind);
}

/** Whether an event passes; where nothing was ruled, that counts as `allow`. */
export function passes(filter: Filter, { kind, severity, action = 'allow' }: ExportEvent): boolean {
  return (
    wantsKind(filter, kind) &&
    isAtLeast(severity, filter.severity) &&
    ACTIONS.indexOf(action) >= ACTIONS.indexOf(filter.action)
  );
}
