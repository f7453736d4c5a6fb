// A classifier in a process of its own: started with the configuration, started anew when it ended by itself.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { AncileError } from '../../base/index.ts';
import { askChild, forkBeside } from '../../gateway/index.ts';
import type { TextClassifier } from '../../guard/index.ts';
import type { ClassifierSettings, FromChild, ToChild } from './messages.ts';

/** A model must have been loaded within, and have judged one text within, milliseconds. */
const LOAD_MS = 120_000;
const TEXT_MS = 60_000;
/** A process that ended by itself is not started again before, milliseconds. */
const REST_MS = 5000;

function gone(): AncileError {
  return new AncileError('guard_fault', 'the process of the classifier has ended');
}

export interface ProcessOptions {
  /** The child's working folder is of no matter; its environment is empty: it needs none of our secrets. */
  readonly settings: ClassifierSettings;
  readonly textMs?: number;
  readonly restMs?: number;
}

class ClassifierProcess implements TextClassifier {
  readonly #settings: ClassifierSettings;
  readonly #textMs: number;
  readonly #restMs: number;
  #child: ChildProcess | undefined;
  #version = '';
  #endedAt = -Infinity;
  #closed = false;
  /** Ends when whoever came before has had his answer: one text at a time. */
  #tail: Promise<void> = Promise.resolve();

  constructor({ settings, textMs = TEXT_MS, restMs = REST_MS }: ProcessOptions) {
    this.#settings = settings;
    this.#textMs = textMs;
    this.#restMs = restMs;
  }

  get version(): string {
    return this.#version;
  }

  /** For tests of what happens when it dies. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process and has it load the model. @throws AncileError `model_invalid`, `config_invalid`, `guard_fault` */
  async start(): Promise<void> {
    const child = forkBeside(import.meta.url, 'classifier-child');
    this.#child = child;
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#endedAt = performance.now();
    });
    const told = await this.#ask(child, { kind: 'open', settings: this.#settings }, LOAD_MS);
    if (told.kind === 'ready') {
      this.#version = told.version;
      return;
    }
    await stop(child);
    if (told.kind !== 'fault') throw gone();
    const { code, message, at, hint } = told;
    throw new AncileError(code, message, { ...(at !== undefined && { at }), ...(hint !== undefined && { hint }) });
  }

  async classify(text: string, signal: AbortSignal): Promise<number | undefined> {
    const before = this.#tail;
    let free = (): void => undefined;
    this.#tail = new Promise((resolve) => (free = resolve));
    try {
      await before;
      if (signal.aborted || this.#closed) throw gone();
      if (this.#child === undefined) {
        if (performance.now() - this.#endedAt < this.#restMs) throw gone();
        await this.start();
      }
      const told = await this.#ask(this.#child!, { kind: 'classify', text }, this.#textMs);
      if (told.kind !== 'score') throw new AncileError('guard_fault', 'the classifier failed');
      return told.score ?? undefined;
    } finally {
      free();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (child !== undefined) await stop(child);
  }

  /** One message and its answer. A process that gives none in time is ended. @throws AncileError `guard_fault` */
  async #ask(child: ChildProcess, message: ToChild, ms: number): Promise<FromChild> {
    const told = (await askChild(child, message, ms)) as FromChild | undefined;
    if (told === undefined) throw gone();
    return told;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/**
 * Starts a classifier's process.
 * @throws AncileError `model_invalid`, `config_invalid` where the model cannot be used, `guard_fault` where its process ended
 */
export async function openClassifier(options: ProcessOptions): Promise<ClassifierProcess> {
  const started = new ClassifierProcess(options);
  await started.start();
  return started;
}
