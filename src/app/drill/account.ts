// What a drill counts as contained. It fails closed: a call that passed and cannot be shown to have gone where it was meant to
// counts as one that got through, and a lane that proves nothing is a problem.
import type { DrillReport } from '../../contract/index.ts';
import type { Call, Lane } from './lanes.ts';

/** What is to become of a lane's calls once the playbook is in force. */
export type Meant =
  /** Refused, whatever the reason. */
  | { readonly kind: 'stopped' }
  /** Refused, and at least once for waiting for a person's yes: a spent budget alone proves no hold. */
  | { readonly kind: 'held' }
  /** Passed, and away from this upstream. */
  | { readonly kind: 'diverted'; readonly from: string }
  /** Passed as before. */
  | { readonly kind: 'spared' };

/** The moments of a drill, by order of events (`inForce`, `fence`) and by the clock (`from`). */
export interface Marks {
  /** The order was given, milliseconds. */
  readonly from: number;
  readonly inForce: number;
  /** What was sent before the order has come by now. */
  readonly fence: number;
}

export interface Account {
  readonly lane: Omit<DrillReport['lanes'][0], 'again'>;
  readonly problems: readonly string[];
}

/** @param upstreamOf - which upstream an exchange went to; undefined where that is not on record */
export function accountFor(
  { name, whose, calls }: Pick<Lane, 'name' | 'whose' | 'calls'>,
  meant: Meant,
  { from, inForce, fence }: Marks,
  upstreamOf: (exchange: string) => string | undefined,
): Account {
  const went = ({ exchange }: Call): string | undefined => (exchange === undefined ? undefined : upstreamOf(exchange));
  const leaks = (call: Call): boolean => {
    if (!call.passed) return false;
    if (meant.kind !== 'diverted') return true;
    const upstream = went(call);
    return upstream === undefined || upstream === meant.from;
  };
  const after = calls.filter(({ began }) => began > inForce);
  const late = calls.filter(({ began, ended }) => began <= inForce && ended > fence);
  const judged = [...after, ...late];
  const through = judged.filter(leaks);
  const refused = after.filter(({ passed }) => !passed);
  const last = calls.filter((each) => each.passed && each.began <= inForce && each.at > from).at(-1);
  const refusedBy: Record<string, number> = {};
  for (const { reason = 'the wire' } of refused) refusedBy[reason] = (refusedBy[reason] ?? 0) + 1;

  const problems: string[] = [];
  const say = (what: string): void => void problems.push(`${name}: ${what}`);
  if (after.length === 0) say('not proven: nothing was tried after the order');
  if (meant.kind === 'spared') {
    if (refused.length > 0) say(`${refused.length} calls that it is not about were refused`);
  } else if (through.length > 0) {
    const lost = meant.kind === 'diverted' ? through.filter((call) => went(call) === undefined).length : 0;
    say(`${through.length} calls got through${lost === 0 ? '' : `, ${lost} of them with no record of where to`}`);
  }
  if (meant.kind === 'diverted' && refused.length > 0) say(`${refused.length} calls were refused and not diverted`);
  if (meant.kind === 'held' && !after.some(({ reason }) => reason === 'held_for_approval')) {
    say('not proven: no call waited for a person’s yes');
  }
  return {
    lane: {
      name,
      whose,
      meant: meant.kind,
      before: calls.filter(({ passed, at }) => passed && at <= from).length,
      tried: after.length,
      gotThrough: through.length,
      containMs: last === undefined ? 0 : Math.round(last.at - from),
      refusedBy,
    },
    problems,
  };
}
