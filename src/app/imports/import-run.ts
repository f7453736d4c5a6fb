// Follows one source of logs: looks at it again and again, reads what is new, and remembers how far it is.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AncileError, type Clock, systemCode, toAncileError } from '../../base/index.ts';
import type { ApiAnswer, ImportBadLine, ImportView, LoggedCall } from '../../contract/index.ts';
import type { Store } from '../../store/index.ts';
import { type Cursor, type Cursors, openCursors } from './cursors.ts';
import { CallBatch, readCalls, unpackedBytes } from './read-calls.ts';
import type { LogFile, ReadImport, Shelf } from './shelves.ts';

/** Bad lines that are shown; the others are counted. */
const SHOWN_BAD = 20;
const MOST_NAME = 300;
/** A last line without an end counts as whole when nothing came after it for so long. */
const SETTLED_MS = 10_000;
/** Files that are no longer there are forgotten at the start and so often. */
const SWEEP_MS = 86_400_000;

export interface ImportRunOptions {
  readonly source: ReadImport;
  readonly store: Pick<Store, 'db'>;
  readonly take: (calls: readonly LoggedCall[], actor: string) => Promise<ApiAnswer<'importLogs'>>;
  readonly onBad: (bad: ImportBadLine) => void;
  /** That a source cannot be followed, once until it can. */
  readonly onFault: (fault: AncileError) => void;
  readonly clock: Clock;
}

/** What a source that is not followed looks like. */
export const idleView = ({ name, config, from }: ReadImport): ImportView => ({
  ...{ name, from, format: config.format, state: 'stopped' },
  ...{ files: 0, added: 0, known: 0, findings: 0, badLines: 0, bad: [] },
});

export class ImportRun {
  readonly key: string;
  readonly #options: ImportRunOptions;
  readonly #shelf: Shelf;
  readonly #cursors: Cursors;
  readonly #running: Promise<void>;
  #view: ImportView;
  #stopped = false;
  #wake: (() => void) | undefined;
  #swept = -Infinity;

  constructor(options: ImportRunOptions) {
    const { source, store } = options;
    this.key = source.key;
    this.#options = options;
    this.#shelf = source.open();
    this.#cursors = openCursors(store, source.name);
    this.#view = { ...idleView(source), state: 'reading' };
    this.#running = this.#run();
  }

  view(): ImportView {
    return { ...this.#view, bad: [...this.#view.bad] };
  }

  /** Ends it, after the batch in hand. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#running;
    await this.#shelf.close();
  }

  async #run(): Promise<void> {
    const { source, clock, onFault } = this.#options;
    while (!this.#stopped) {
      try {
        const isLevel = await this.#pass();
        if (this.#stopped) return;
        delete this.#view.fault;
        this.#view.state = 'waiting';
        if (isLevel) this.#view.level = new Date(clock()).toISOString();
      } catch (thrown) {
        if (this.#stopped) return;
        const fault = toAncileError(thrown);
        if (this.#view.state !== 'failing') onFault(fault);
        this.#view.state = 'failing';
        this.#view.fault = fault.message;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, source.config.interval);
        timer.unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Looks at all of it once. @returns whether all of it is on record */
  async #pass(): Promise<boolean> {
    const now = this.#options.clock();
    const sweeps = now - this.#swept >= SWEEP_MS;
    let fault: unknown;
    let isLevel = true;
    for await (const page of this.#shelf.list()) {
      const known = await this.#cursors.of(page.map(({ name }) => name));
      if (sweeps) await this.#cursors.touch([...known.keys()], now);
      for (const file of page) {
        if (this.#stopped) return false;
        try {
          if (!(await this.#look(file, known.get(file.name), now))) isLevel = false;
        } catch (thrown) {
          // One that cannot be read now keeps no other from being read.
          fault ??= thrown;
        }
      }
      await nextTurn();
    }
    if (fault !== undefined) throw fault;
    if (sweeps) {
      await this.#cursors.sweep(now);
      this.#swept = now;
    }
    return isLevel;
  }

  /** Reads what is new of a file. @returns whether all of it is on record */
  async #look(file: LogFile, cursor: Cursor | undefined, pass: number): Promise<boolean> {
    const same = cursor?.mark === file.mark;
    if (same && cursor.offset >= file.size) return true;
    // Put in the place of another, or cut short: it is another file.
    const grown =
      file.id !== undefined && cursor?.mark.startsWith(`${file.id}:`) === true && cursor.offset <= file.size;
    const from = grown ? cursor : { offset: 0, line: 0 };
    // The end of a line that is being written may come yet.
    const settled = this.#options.clock() - file.changed >= SETTLED_MS;
    const reached = file.size === 0 ? from : await this.#read(file, from, settled, pass);
    if (this.#stopped) return false;
    await this.#cursors.save(file.name, { mark: file.mark, ...reached }, pass);
    return reached.offset >= file.size;
  }

  async #read(
    file: LogFile,
    from: { readonly offset: number; readonly line: number },
    settled: boolean,
    pass: number,
  ): Promise<{ offset: number; line: number }> {
    const { format, inspect } = this.#options.source.config;
    const named = { service: format, inspect, file: file.name.slice(-MOST_NAME), before: from.line };
    const onBad = (bad: ImportBadLine): void => this.#tellBad(bad);
    let reached = { offset: from.offset, line: from.line };
    const batch = new CallBatch((calls) => this.#take(calls));
    const raw = this.#shelf.open(file, from.offset);
    const told: ImportBadLine[] = [];
    try {
      for await (const line of readCalls(unpackedBytes(file.name, raw), {
        ...named,
        onBad: (bad) => void told.push(bad),
      })) {
        const unfinished = file.id !== undefined && !line.ended && !settled;
        if (unfinished) break;
        told.splice(0).forEach(onBad);
        reached = { offset: from.offset + line.upTo, line: line.number };
        if (line.call === undefined) continue;
        if (!(await batch.add(line.call, line.bytes))) continue;
        if (this.#stopped) return reached;
        if (file.id !== undefined) await this.#cursors.save(file.name, { mark: `${file.id}:`, ...reached }, pass);
      }
    } catch (thrown) {
      await batch.flush();
      const code = systemCode(thrown);
      // Gone since it was listed.
      if (code === 'ENOENT' || (thrown instanceof AncileError && thrown.code === 'not_found')) return reached;
      // What is packed wrongly stays so until it changes; all else may go better next time.
      if (!code?.startsWith('Z_')) {
        if (thrown instanceof AncileError) throw thrown;
        throw new AncileError('not_found', `${file.name} cannot be read (${code ?? 'unknown error'})`, {
          cause: thrown,
        });
      }
      onBad({ file: named.file, message: `cannot be read on (${code})` });
      reached = { ...reached, offset: file.size };
    } finally {
      raw.destroy();
    }
    await batch.flush();
    this.#view.files++;
    return file.id === undefined ? { ...reached, offset: file.size } : reached;
  }

  async #take(calls: readonly LoggedCall[]): Promise<void> {
    const { take, source } = this.#options;
    const answer = await take(calls, `import ${source.name}`);
    for (const name of ['added', 'known', 'findings'] as const) this.#view[name] += answer[name];
  }

  #tellBad(bad: ImportBadLine): void {
    this.#view.badLines++;
    this.#view.bad.push(bad);
    if (this.#view.bad.length > SHOWN_BAD) this.#view.bad.shift();
    this.#options.onBad(bad);
  }
}
