// Rules tried on past records: what they would have said, within a bound on work.
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Detection, MonitorTrial } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import { Engine } from './engine.ts';
import type { MonitorRule } from './rule.ts';

/** Detections that are told; of more, how many. */
const MOST_TOLD = 200;
const TURN = 500;

export interface TrialBounds {
  readonly records: number;
  /** Milliseconds of work. */
  readonly ms: number;
}

/** Runs rules over records in order. Drift is measured against baselines, and is not tried. */
export async function tryRules(
  rules: readonly MonitorRule[],
  records: AsyncIterable<StoredRecord> | Iterable<StoredRecord>,
  bounds: TrialBounds,
): Promise<MonitorTrial> {
  const own = rules.filter(({ when }) => when[0]!.type !== 'drift');
  const engine = new Engine(own);
  const detections: Detection[] = [];
  let more = 0;
  const note = (found: readonly Detection[]): void => {
    for (const detection of found) {
      if (detections.length < MOST_TOLD) detections.push(detection);
      else more++;
    }
  };
  let seen = 0;
  let from: string | undefined;
  let to: string | undefined;
  let complete = true;
  let worked = 0;
  let since = performance.now();
  for await (const record of records) {
    if (seen >= bounds.records || worked + performance.now() - since > bounds.ms) {
      complete = false;
      break;
    }
    from ??= record.time;
    to = record.time;
    note(engine.observe(record));
    if (++seen % TURN === 0) {
      worked += performance.now() - since;
      await nextTurn();
      since = performance.now();
    }
  }
  // What time alone brings about until the last record.
  note(engine.passTime(engine.mark.now));
  return {
    rules: own.map(({ id }) => id),
    records: seen,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    complete,
    detections,
    more,
  };
}
