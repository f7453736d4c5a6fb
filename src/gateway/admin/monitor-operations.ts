// Monitoring for people: what rules do, what they were met by, what they would have said, and drift.
import { AncileError, type Clock } from '../../base/index.ts';
import type {
  ApiAnswer,
  DetectionRow,
  DriftReport,
  MonitorRuleView,
  MonitorState,
  MonitorTrial,
} from '../../contract/index.ts';
import { isAtLeast } from '../../contract/index.ts';
import { type Ledger, searchRecords } from '../../ledger/index.ts';
import type { Store } from '../../store/index.ts';
import type { RecordChange } from './changes.ts';
import { createFewAtOnce } from './few-at-once.ts';
import type { Operations } from './operation.ts';

const DEFAULT_LIMIT = 100;
const PAGE = 500;
/** Records that one question looks into. */
const MOST_LOOKED_AT = 5000;

/** Which past records rules are tried on. */
export interface TrialSpan {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The newest so many. */
  readonly limit?: number | undefined;
}

/** The watching, as the composition root has it. */
export interface MonitorDesk {
  rules(): MonitorRuleView[];
  state(): MonitorState;
  /** @throws AncileError `rules_invalid`, `not_found` */
  tryRules(
    given: { readonly rule?: string | undefined; readonly text?: string | undefined },
    span: TrialSpan,
  ): Promise<MonitorTrial>;
  drift(): Promise<DriftReport[]>;
  /** @throws AncileError `not_found` */
  pin(model: string, actor: string): Promise<void>;
  /** @throws AncileError `not_found` */
  unpin(model: string): Promise<void>;
}

export interface MonitorParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly caughtUp: () => Promise<void>;
  readonly monitor: MonitorDesk;
  readonly record: RecordChange;
}

export function monitorOperations({
  store,
  ledger,
  caughtUp,
  monitor,
  record,
}: MonitorParts): Pick<
  Operations,
  'getMonitorRules' | 'tryMonitorRules' | 'getDetections' | 'getDrift' | 'pinBaseline' | 'unpinBaseline'
> {
  const few = createFewAtOnce();
  const trials = createFewAtOnce({ each: 1, all: 2 });
  const drift = async (): Promise<ApiAnswer<'getDrift'>> => ({ models: await monitor.drift() });

  return {
    getMonitorRules: async () => ({ state: monitor.state(), rules: monitor.rules() }),
    tryMonitorRules({ rule, text, from, to, limit }, { actor }) {
      if ((rule === undefined) === (text === undefined)) {
        throw new AncileError('request_invalid', 'name a rule, or give the text of some', { at: 'rule' });
      }
      return trials.run(actor, () => monitor.tryRules({ rule, text }, { from, to, limit }));
    },
    getDetections: ({ limit = DEFAULT_LIMIT, rule, principal, severity, from, to, before }, { actor }) =>
      few.run(actor, async () => {
        await caughtUp();
        const detections: DetectionRow[] = [];
        let next = before;
        for (let left = MOST_LOOKED_AT; left > 0 && detections.length < limit; left -= PAGE) {
          const found = await searchRecords(store, {
            kind: 'detection',
            limit: PAGE,
            before: next,
            from,
            to,
            principal,
            action: rule,
          });
          for (const { seq } of found) {
            const row = await ledger.get(seq);
            next = seq;
            if (row?.kind !== 'detection') continue;
            const { kind: _kind, node: _node, ...detection } = row;
            if (severity === undefined || isAtLeast(row.severity, severity)) detections.push(detection);
            if (detections.length === limit) return { detections, next };
          }
          if (found.length < PAGE) return { detections };
        }
        return { detections, ...(next === undefined ? {} : { next }) };
      }),
    getDrift: drift,
    async pinBaseline({ model }, { actor }) {
      await monitor.pin(model, actor.name);
      await record(actor, 'monitor.pin', model);
      return drift();
    },
    async unpinBaseline({ model }, { actor }) {
      await monitor.unpin(model);
      await record(actor, 'monitor.unpin', model);
      return drift();
    },
  };
}
