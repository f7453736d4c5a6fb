// Monitoring as the program runs it: the rules of the configuration over the ledger of the data folder, and what people see
// and ask of it.
import { type AncileError, AncileError as Fault, systemClock } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { MonitorRuleView, RecordBody } from '../contract/index.ts';
import type { MonitorDesk } from '../gateway/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import {
  type Baseline,
  type BaselineShelf,
  type BookedRule,
  Monitor,
  type MonitorRule,
  type RecordTap,
  parseMonitorRules,
  tryRules,
} from '../monitor/index.ts';
import { type Store, writeMeta } from '../store/index.ts';
import type { DataDir } from './data-dir.ts';

const SHELF = 'monitor.baseline:';
/** Bounds on a try of rules: records gone through unless more are asked for, and milliseconds of work. */
const TRIAL_RECORDS = 50_000;
const TRIAL_MS = 20_000;

/** Baselines in the store: they are copied with it, and outlive the records that they were made of. */
async function openShelf(store: Store): Promise<BaselineShelf> {
  const rows = await store.db.selectFrom('meta').selectAll().where('name', 'like', `${SHELF}%`).execute();
  const baselines = new Map<string, Baseline>();
  for (const { value } of rows) {
    const baseline = parseJson(value, { what: 'a baseline' }) as Baseline;
    baselines.set(baseline.model, baseline);
  }
  return {
    list: () => [...baselines.values()],
    async put(baseline) {
      await writeMeta(store.db, SHELF + baseline.model, JSON.stringify(baseline));
      baselines.set(baseline.model, baseline);
    },
    async remove(model) {
      await store.db
        .deleteFrom('meta')
        .where('name', '=', SHELF + model)
        .execute();
      baselines.delete(model);
    },
  };
}

/** Rules that run: none where monitoring is switched off. */
function runningOf({ config }: LoadedConfig, booked: readonly BookedRule[]): MonitorRule[] {
  return config.monitor.enabled ? booked.filter(({ state }) => state !== 'off').map(({ rule }) => rule) : [];
}

export interface MonitorOptions {
  readonly data: Pick<DataDir, 'store' | 'ledger' | 'path'>;
  readonly loaded: () => LoadedConfig;
  readonly rules: () => readonly BookedRule[];
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly taps: readonly RecordTap[];
  readonly onFault: (fault: AncileError) => void;
}

export interface RunningMonitor extends MonitorDesk {
  /** Takes the rules of the configuration in force into use. */
  exchange(): Promise<void>;
  stop(): Promise<void>;
}

function viewRule({ rule, source, state }: BookedRule, monitor: Monitor | undefined): MonitorRuleView {
  const figures = monitor?.figures().get(rule.id);
  const { id, title, description, severity, maturity, techniques, falsePositives, by, when } = rule;
  return {
    ...{ id, title, description, severity, maturity, techniques, falsePositives, by, source, state },
    types: when.map(({ type }) => type),
    groups: figures?.groups ?? 0,
    fired: figures?.fired ?? 0,
    ...(figures?.lastFired === undefined ? {} : { lastFired: new Date(figures.lastFired).toISOString() }),
    heldBack: figures?.heldBack ?? 0,
    forgotten: figures?.forgotten ?? 0,
    late: figures?.late ?? 0,
  };
}

/** What can be asked without anything that runs: by the command line on a folder that nobody has. */
export function createMonitorDesk(
  { data, rules }: Pick<MonitorOptions, 'data' | 'rules'>,
  monitor?: Monitor,
): MonitorDesk {
  const idle = (): never => {
    throw new Fault('not_found', 'no server runs that watches', { hint: 'Start it: ancile serve.' });
  };
  return {
    rules: () => rules().map((each) => viewRule(each, monitor)),
    state: () => monitor?.state() ?? { enabled: false, lag: 0, seen: 0 },
    async tryRules({ rule, text }, { from, to, limit = TRIAL_RECORDS }) {
      const found =
        text === undefined
          ? rules().flatMap((each) => (each.rule.id === rule ? [each.rule] : []))
          : parseMonitorRules(text, 'text').rules;
      if (found.length === 0) {
        const message = text === undefined ? `there is no monitoring rule "${rule}"` : 'the text holds no rule';
        throw new Fault(text === undefined ? 'not_found' : 'rules_invalid', message, { at: 'rule' });
      }
      const range = { from: Math.max(0, data.ledger.size - limit) };
      async function* between(): AsyncGenerator<StoredRecord> {
        for await (const record of data.ledger.read(range)) {
          if (from !== undefined && record.time < from) continue;
          if (to !== undefined && record.time >= to) return;
          yield record;
        }
      }
      return tryRules(found, between(), { records: limit, ms: TRIAL_MS });
    },
    drift: async () => monitor?.drift() ?? [],
    pin: (model, actor) => monitor?.pin(model, actor) ?? idle(),
    unpin: (model) => monitor?.unpin(model) ?? idle(),
  };
}

/** Begins to follow the ledger. @throws AncileError `store_fault`, `data_dir_unusable` */
export async function startMonitor(options: MonitorOptions): Promise<RunningMonitor> {
  const { data, loaded, rules, append, taps, onFault } = options;
  const settings = () => loaded().config.monitor;
  const monitor = await Monitor.start({
    ledger: data.ledger,
    append,
    dataDir: data.path,
    rules: runningOf(loaded(), rules()),
    groups: settings().groups,
    sample: settings().drift.sample,
    shelf: await openShelf(data.store),
    clock: systemClock,
    taps,
    onFault,
  });
  return {
    ...createMonitorDesk(options, monitor),
    state: () => ({ ...monitor.state(), enabled: settings().enabled }),
    exchange: () => monitor.exchangeRules(runningOf(loaded(), rules()), settings().groups, settings().drift.sample),
    stop: () => monitor.stop(),
  };
}
