// Signs the tree as it stands, and puts the signed checkpoint where it is kept.
import { appendFile, open } from 'node:fs/promises';
import { AncileError, type Clock, systemCode } from '../base/index.ts';
import type { Keys } from '../keys/index.ts';
import type { Frontier } from './frontier.ts';
import { type Checkpoint, signCheckpoint } from './note.ts';
import type { NoteWriter } from './note-file.ts';

/** Whether a file ends in the middle of a line, so that the next must not be joined to it. */
async function endsTorn(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size === 0) return false;
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer[0] !== 10;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

interface CheckpointerOptions {
  readonly keys: Keys;
  readonly origin: string;
  readonly clock: Clock;
  readonly file: NoteWriter;
  readonly last: Checkpoint | undefined;
  readonly anchorFile: string | undefined;
  readonly onFault: (fault: AncileError) => void;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #last: Checkpoint | undefined;
  /** The last checkpoint that reached the anchor file, which may lie on a disk or share that fails by itself. */
  #anchored: Checkpoint | undefined;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  get last(): Checkpoint | undefined {
    return this.#last;
  }

  /** Signs a tree and makes the checkpoint durable; then anchors it. Does nothing where there is nothing new. */
  async checkpoint(frontier: Frontier): Promise<void> {
    const { keys, origin, clock, file } = this.#options;
    if (this.#last?.size !== frontier.size) {
      const note = signCheckpoint(keys, {
        origin,
        size: frontier.size,
        root: Buffer.from(frontier.root()).toString('hex'),
        time: new Date(clock()).toISOString(),
      });
      await file.append(note);
      this.#last = note;
    }
    await this.#anchor();
  }

  /** A failing anchor does not stop the ledger: it is reported, and the next checkpoint covers what it would have. */
  async #anchor(): Promise<void> {
    const { anchorFile, onFault } = this.#options;
    if (anchorFile === undefined || this.#last === undefined || this.#anchored === this.#last) return;
    try {
      const separator = (await endsTorn(anchorFile)) ? '\n' : '';
      await appendFile(anchorFile, `${separator}${JSON.stringify(this.#last)}\n`, { mode: 0o644, flush: true });
      this.#anchored = this.#last;
    } catch (cause) {
      const hint = 'Make the anchor file writable; the next checkpoint anchors all records up to it.';
      onFault(
        new AncileError('ledger_fault', `cannot anchor to ${anchorFile} (${systemCode(cause)})`, {
          at: anchorFile,
          hint,
          cause,
        }),
      );
    }
  }

  async close(): Promise<void> {
    await this.#options.file.close();
  }
}
