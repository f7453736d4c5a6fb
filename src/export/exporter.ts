// All sinks of a configuration on one ledger: which there are, how far each is, and what people may do with them.
import { setTimeout as sleep } from 'node:timers/promises';
import { AncileError, type Clock, canonicalJson, systemClock, toAncileError } from '../base/index.ts';
import type { ApiAnswer, DeadLetter, SinkView } from '../contract/index.ts';
import type { Store } from '../store/index.ts';
import { toEvent } from './describe/describe.ts';
import { openSink } from './open-sink.ts';
import { testEvent } from './own-events.ts';
import type { LedgerView } from './read-batch.ts';
import { Runner } from './runner.ts';
import type { SinkSettings } from './settings.ts';
import type { Sink } from './sink.ts';
import { type SinkRow, createSinkRows } from './sink-rows.ts';

/** How often the ledger's size is looked at, milliseconds: that costs nothing, and those who append know nothing of sinks. */
const LOOK_MS = 100;
const REPLAY_MOST = 1000;

export interface ExporterOptions {
  readonly store: Pick<Store, 'db'>;
  readonly ledger: LedgerView;
  readonly node: string;
  /** Whether records are delivered; else sinks are only looked at, tried and replayed. */
  readonly running: boolean;
  readonly onFault: (fault: AncileError) => void;
  /** For the record: a receiver said that it is gone for good, and is sent nothing more. */
  readonly onGone?: (sink: string, reason: string) => Promise<unknown>;
  readonly clock?: Clock;
  readonly open?: (settings: SinkSettings) => Sink;
}

export interface Exporter {
  /** Takes a configuration into use. @throws AncileError `config_invalid`: none of it is */
  apply(settings: readonly SinkSettings[]): Promise<void>;
  /** Of the sinks that are configured, at once: for a metrics endpoint. */
  figures(): SinkView[];
  list(): Promise<SinkView[]>;
  test(name: string): Promise<ApiAnswer<'testSink'>>;
  deadLetters(
    name: string,
    range: { readonly after: number; readonly limit: number },
  ): Promise<{
    total: number;
    letters: DeadLetter[];
  }>;
  replay(name: string, seqs?: readonly number[]): Promise<ApiAnswer<'replaySink'>>;
  /** Stops all, after waiting so long (milliseconds) for those that are well to deliver what there is. */
  close(drainMs?: number): Promise<void>;
}

export async function openExporter(options: ExporterOptions): Promise<Exporter> {
  const {
    store,
    ledger,
    node,
    running,
    onFault,
    onGone = () => Promise.resolve(),
    clock = systemClock,
    open = openSink,
  } = options;
  const rows = createSinkRows(store);
  let runners = new Map<string, Runner>();
  const timer = setInterval(() => {
    for (const runner of runners.values()) runner.wake();
  }, LOOK_MS).unref();

  /** The place of a sink; one that is new begins where its configuration says. */
  async function rowOf({ name, config }: SinkSettings): Promise<SinkRow> {
    const found = (await rows.list()).find((row) => row.name === name);
    // A ledger that is shorter than a cursor was put back to an earlier time: what it writes now is new.
    if (found !== undefined && found.cursor <= ledger.size) return found;
    const cursor = found === undefined && config.from === 'start' ? ledger.firstSeq : ledger.size;
    const row = { name, cursor, gaps: found?.gaps ?? [] };
    if (running) await rows.save(row);
    return row;
  }

  async function begin(settings: SinkSettings, sink: Sink): Promise<Runner> {
    const row = await rowOf(settings);
    const dead = await rows.countBuried(settings.name);
    const runner = new Runner({ settings, sink, row, rows, dead, ledger, node, clock, onFault, onGone });
    if (running) runner.start();
    return runner;
  }

  async function apply(all: readonly SinkSettings[]): Promise<void> {
    const kept = new Map<string, Runner>();
    const fresh: { settings: SinkSettings; sink: Sink }[] = [];
    for (const settings of all) {
      const runner = runners.get(settings.name);
      // One whose receiver had gone is tried anew when the configuration is taken into use again.
      if (runner !== undefined && !runner.isGone && canonicalJson(runner.settings) === canonicalJson(settings))
        kept.set(settings.name, runner);
      // Opening them connects to nothing: what is wrong in the configuration is found before anything changes.
      else fresh.push({ settings, sink: open(settings) });
    }
    const ending = [...runners].filter(([name]) => !kept.has(name));
    await Promise.all(ending.map(([, runner]) => runner.close()));
    for (const { settings, sink } of fresh) kept.set(settings.name, await begin(settings, sink));
    runners = kept;
  }

  function runnerOf(name: string): Runner {
    const runner = runners.get(name);
    if (runner !== undefined) return runner;
    throw new AncileError('not_found', 'no sink of that name is configured', {
      at: 'name',
      hint: `There is: ${[...runners.keys()].join(', ') || 'none'}.`,
    });
  }

  async function replay(name: string, seqs?: readonly number[]): Promise<ApiAnswer<'replaySink'>> {
    const runner = runnerOf(name);
    const letters =
      seqs === undefined ? await rows.buried(name, { after: -1, limit: REPLAY_MOST }) : await rows.find(name, seqs);
    const counts = { delivered: 0, refused: 0, gone: 0 };
    // One at a time: what lies here was refused before, alone or with others.
    for (const [i, { seq, attempts }] of letters.entries()) {
      const record = await ledger.get(seq);
      if (record === undefined) {
        counts.gone++;
        continue;
      }
      const [fate] = await runner.attempt([toEvent(record)]);
      if (fate?.state === 'accepted') {
        await rows.unbury(name, seq);
        counts.delivered++;
        continue;
      }
      const reason = fate?.reason ?? 'the receiver said nothing of it';
      await rows.bury(name, { seq, time: new Date(clock()).toISOString(), reason, attempts: attempts + 1 });
      counts.refused++;
      if (fate?.state !== 'again' && fate?.state !== 'gone') continue;
      // It is not there: the rest would meet the same.
      counts.refused += letters.length - i - 1;
      break;
    }
    return { ...counts, left: await runner.recount() };
  }

  return {
    apply,
    figures: () => [...runners.values()].map((runner) => runner.view()),
    async list() {
      const views = [...runners.values()].map((runner) => runner.view());
      const removed = (await rows.list()).filter(({ name }) => !runners.has(name));
      for (const { name, cursor, gaps } of removed) {
        const records = Math.max(0, ledger.size - cursor);
        views.push({
          name,
          state: 'removed',
          cursor,
          lag: { records, seconds: 0 },
          delivered: 0,
          retries: 0,
          deadLetters: await rows.countBuried(name),
          gaps: [...gaps],
        });
      }
      return views.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async test(name) {
      const runner = runnerOf(name);
      const event = testEvent(node, ledger.size, clock());
      const begun = performance.now();
      const [fate] = await runner.attempt([event]);
      const durationMs = Math.round(performance.now() - begun);
      if (fate?.state === 'accepted') return { accepted: true, id: event.id, durationMs };
      return { accepted: false, id: event.id, reason: fate?.reason ?? 'the receiver said nothing of it', durationMs };
    },
    async deadLetters(name, range) {
      if (!runners.has(name) && !(await rows.list()).some((row) => row.name === name)) runnerOf(name);
      const letters = (await rows.buried(name, range)).map((each) => ({
        ...each,
        replayable: each.seq >= ledger.firstSeq,
      }));
      return { total: await rows.countBuried(name), letters };
    },
    replay,
    async close(drainMs = 0) {
      const end = performance.now() + drainMs;
      const waits = (): boolean =>
        [...runners.values()].some(
          (runner) => !runner.isCurrent && !['retrying', 'gone'].includes(runner.view().state),
        );
      while (running && performance.now() < end && waits()) await sleep(20);
      clearInterval(timer);
      const closed = await Promise.allSettled([...runners.values()].map((runner) => runner.close()));
      runners = new Map();
      for (const each of closed) if (each.status === 'rejected') onFault(toAncileError(each.reason));
    },
  };
}
