// A file as a source, hashed in the same pass: what is read in order goes into the digest, and the rest is read at the end.
import { type Hash, createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AncileError, systemCode } from '../base/index.ts';
import { EMPTY, SliceSource, type Source } from './source.ts';

/** Bytes read at once. */
const BLOCK = 1 << 16;
/** Bytes read at once out of order: who jumps from place to place needs little of each. */
const FAR_BLOCK = 1 << 12;
/** A gap in front of what is read that is hashed on the way: local headers of archives, padding. */
const NEAR = 1 << 20;
const HASH_BLOCK = 1 << 20;

export class FileSource implements Source {
  readonly size: number;
  readonly #file: number;
  /** When it was last written to, as it was opened. */
  readonly #written: number;
  readonly #hash: Hash = createHash('sha256');
  /** Up to where it is hashed. */
  #hashed = 0;
  /** The beginning, which every format asks for, also after another has looked at the end. */
  #head: Uint8Array = EMPTY;
  #block: Uint8Array = EMPTY;
  #blockAt = 0;
  #scratch: Uint8Array | undefined;

  /**
   * Opens a regular file; anything else (a device, a pipe) is never opened for reading.
   * @throws AncileError `not_found` when it cannot be read, `request_invalid` when it is no regular file
   */
  constructor(path: string) {
    try {
      // Opening a pipe would wait for its writer.
      this.#file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    } catch (thrown) {
      // Node gives such a name with a sign in place of what it cannot write.
      const why = path.includes('\ufffd') ? 'its name is not UTF-8: rename it' : (systemCode(thrown) ?? 'fault');
      throw new AncileError('not_found', `the file cannot be read (${why})`, { at: path, cause: thrown });
    }
    const stat = fstatSync(this.#file);
    if (!stat.isFile()) {
      closeSync(this.#file);
      throw new AncileError('request_invalid', 'this is no regular file', { at: path });
    }
    this.size = stat.size;
    this.#written = stat.mtimeMs;
  }

  /** Whether another process wrote to the file since it was opened. */
  get changed(): boolean {
    const { size, mtimeMs } = fstatSync(this.#file);
    return size !== this.size || mtimeMs !== this.#written;
  }

  read(offset: number, length: number): Uint8Array {
    if (offset >= this.size || length <= 0) return EMPTY;
    const wanted = Math.min(length, this.size - offset);
    if (offset + wanted <= this.#head.length) return this.#head.subarray(offset, offset + wanted);
    const within = offset - this.#blockAt;
    if (within >= 0 && within + wanted <= this.#block.length) return this.#block.subarray(within, within + wanted);
    this.#approach(offset);
    // A fresh buffer each time: views that were handed out stay as they are.
    const isNear = within >= 0 && within <= this.#block.length + BLOCK;
    const block = Math.max(wanted, isNear ? BLOCK : FAR_BLOCK);
    const bytes = this.#fill(Buffer.allocUnsafeSlow(Math.min(block, this.size - offset)), offset);
    this.#block = bytes;
    this.#blockAt = offset;
    if (offset === 0 && bytes.length <= BLOCK) this.#head = bytes;
    this.#note(bytes, offset);
    return bytes.subarray(0, Math.min(wanted, bytes.length));
  }

  /** As `passOver`. */
  pass(start: number, end: number, visit: (block: Uint8Array) => void, inOrder: boolean): void {
    if (inOrder) this.#hashTo(start);
    else this.#approach(start);
    const scratch = this.#room();
    for (let at = start; at < end;) {
      const bytes = this.#fill(scratch.subarray(0, Math.min(scratch.length, end - at)), at);
      if (bytes.length === 0) return;
      this.#note(bytes, at);
      visit(bytes);
      at += bytes.length;
    }
  }

  /** SHA-256 of the whole file, hex; reads what has not been read. Once only. */
  digest(): string {
    this.#hashTo(this.size);
    return this.#hash.digest('hex');
  }

  close(): void {
    closeSync(this.#file);
  }

  #fill(into: Uint8Array, offset: number): Uint8Array {
    let got = 0;
    while (got < into.length) {
      const read = readSync(this.#file, into, got, into.length - got, offset + got);
      // Another process may have cut it.
      if (read === 0) break;
      got += read;
    }
    return into.subarray(0, got);
  }

  /** Hashes what lies shortly in front of what is read next. */
  #approach(offset: number): void {
    const gap = offset - this.#hashed;
    if (gap > 0 && gap <= NEAR) this.#hashTo(offset);
  }

  /** Hashes what was read, where it goes on from what is hashed. */
  #note(bytes: Uint8Array, offset: number): void {
    const known = this.#hashed - offset;
    if (known < 0 || known >= bytes.length) return;
    this.#hash.update(bytes.subarray(known));
    this.#hashed = offset + bytes.length;
  }

  /** One buffer for all that nobody keeps. */
  #room(): Uint8Array {
    return (this.#scratch ??= Buffer.allocUnsafeSlow(Math.min(HASH_BLOCK, Math.max(this.size, 1))));
  }

  #hashTo(end: number): void {
    const scratch = this.#room();
    while (this.#hashed < end) {
      const bytes = this.#fill(scratch.subarray(0, Math.min(scratch.length, end - this.#hashed)), this.#hashed);
      if (bytes.length === 0) return;
      this.#note(bytes, this.#hashed);
    }
  }
}

/**
 * Reads all of a source from its beginning on: of a file without a buffer for each block.
 * @param visit - given each block, which is good until it returns; reads nothing itself
 * @param inOrder - nothing in front of it will be read: a file is hashed up to it first, and it in the same pass
 * @returns how many bytes there were
 */
export function passOver(source: Source, visit: (block: Uint8Array) => void, inOrder = false): number {
  let [whole, start] = [source, 0];
  for (; whole instanceof SliceSource; whole = whole.whole) start += whole.start;
  let size = 0;
  const count = (block: Uint8Array): void => {
    size += block.length;
    visit(block);
  };
  if (whole instanceof FileSource) whole.pass(start, start + source.size, count, inOrder);
  else for (let block = source.read(0, BLOCK); block.length > 0; block = source.read(size, BLOCK)) count(block);
  return size;
}
