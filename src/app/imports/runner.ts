// All sources of logs of the configuration in force, each followed by itself; those that stay the same go on over a reload.
import { type AncileError, systemClock } from '../../base/index.ts';
import type { ImportBadLine, ImportView } from '../../contract/index.ts';
import type { Gauge } from '../../monitor/index.ts';
import { ImportRun, type ImportRunOptions } from './import-run.ts';
import type { ReadImport } from './shelves.ts';

/** Bad lines of a source that are logged within an hour. */
const LOGGED_BAD = 100;
const HOUR = 3_600_000;

export interface ImportsOptions extends Pick<ImportRunOptions, 'store' | 'take'> {
  readonly onBad: (source: string, bad: ImportBadLine) => void;
  readonly onFault: (source: string, fault: AncileError) => void;
}

export interface RunningImports {
  views(): ImportView[];
  /** Follows these from now on. */
  apply(sources: readonly ReadImport[]): Promise<void>;
  close(): Promise<void>;
}

export function startImports({ store, take, onBad, onFault }: ImportsOptions): RunningImports {
  let runs = new Map<string, ImportRun>();

  function start(source: ReadImport): ImportRun {
    const { name } = source;
    let logged = 0;
    let hour = systemClock();
    return new ImportRun({
      ...{ source, store, take, clock: systemClock },
      onBad(bad) {
        if (systemClock() - hour >= HOUR) [hour, logged] = [systemClock(), 0];
        if (logged++ < LOGGED_BAD) onBad(name, bad);
      },
      onFault: (fault) => onFault(name, fault),
    });
  }

  return {
    views: () => [...runs.values()].map((run) => run.view()),
    async apply(sources) {
      const stays = ({ name, key }: ReadImport): boolean => runs.get(name)?.key === key;
      const kept = new Set(sources.filter(stays).map(({ name }) => name));
      await Promise.all([...runs].filter(([name]) => !kept.has(name)).map(([, run]) => run.stop()));
      runs = new Map(
        sources.map((source) => [source.name, kept.has(source.name) ? runs.get(source.name)! : start(source)]),
      );
    },
    async close() {
      await Promise.all([...runs.values()].map((run) => run.stop()));
    },
  };
}

/** The figures of sources for telemetry. */
export function importGauges(views: () => readonly ImportView[]): Gauge[] {
  const labels = ['source'] as const;
  const of =
    (pick: (view: ImportView) => number): Gauge['read'] =>
    () =>
      views().map((view) => ({ values: [view.name], value: pick(view) }));
  return [
    {
      name: 'ancile_import_level_seconds',
      help: 'Seconds since all of a source of logs was on record; -1: not since the start.',
      labels,
      read: of(({ level }) => (level === undefined ? -1 : (systemClock() - Date.parse(level)) / 1000)),
    },
    {
      name: 'ancile_import_failing',
      help: '1 where the last look at a source of logs did not come to its end.',
      labels,
      read: of(({ state }) => (state === 'failing' ? 1 : 0)),
    },
    {
      name: 'ancile_import_calls_total',
      help: 'Calls that a source of logs put on record since the start.',
      type: 'counter',
      labels,
      read: of(({ added }) => added),
    },
    {
      name: 'ancile_import_bad_lines_total',
      help: 'Lines of a source of logs that are not on record, since the start.',
      type: 'counter',
      labels,
      read: of(({ badLines }) => badLines),
    },
  ];
}
