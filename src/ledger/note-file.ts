// A file of notes: appended to and synced; a torn last line is recognised and written over.
import { closeFile, openFile, PRIVATE, READ_WRITE, syncData, truncateFile, writeAll } from './disk.ts';
import type { z } from 'zod';
import { MAX_NOTE_BYTES } from './layout.ts';
import { readLines } from './lines.ts';
import { parseNote } from './note.ts';

export interface NoteLine<T> {
  /** 1-based. */
  readonly line: number;
  /** Undefined where the line is not a note. */
  readonly note: T | undefined;
}

export interface NoteFile<T> {
  readonly lines: NoteLine<T>[];
  /** Bytes up to the end of the last whole line. */
  readonly bytes: number;
  /** Whether bytes of an unfinished line follow. */
  readonly torn: boolean;
}

/** Reads all notes of a file; an absent file is an empty one. */
export async function loadNotes<T>(path: string, schema: z.ZodType<T>): Promise<NoteFile<T>> {
  const lines: NoteLine<T>[] = [];
  let bytes = 0;
  let torn = false;
  for await (const group of readLines(path, MAX_NOTE_BYTES)) {
    for (const line of group) {
      if (!line.ended) {
        torn = true;
        continue;
      }
      bytes = line.next;
      lines.push({ line: lines.length + 1, note: line.tooLong ? undefined : parseNote(schema, line.bytes) });
    }
  }
  return { lines, bytes, torn };
}

/** Appends notes at a known place, so that a failed write is written over and never joined to. */
export class NoteWriter {
  readonly #fd: number;
  #bytes: number;
  #clean = false;

  private constructor(fd: number, bytes: number) {
    this.#fd = fd;
    this.#bytes = bytes;
  }

  static async open(path: string, bytes: number): Promise<NoteWriter> {
    return new NoteWriter(await openFile(path, READ_WRITE, PRIVATE), bytes);
  }

  /** Durable when it resolves. */
  async append(note: object): Promise<void> {
    if (!this.#clean) await truncateFile(this.#fd, this.#bytes);
    this.#clean = false;
    const bytes = Buffer.from(JSON.stringify(note) + '\n');
    await writeAll(this.#fd, bytes, this.#bytes);
    await syncData(this.#fd);
    this.#bytes += bytes.length;
    this.#clean = true;
  }

  async close(): Promise<void> {
    await closeFile(this.#fd);
  }
}
