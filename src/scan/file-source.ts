// A file as a source, hashed in the same pass: what is read in order goes into the digest, and the rest is read at the end.
import { type Hash, createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AncileError } from '../base/index.ts';
import { EMPTY, type Source } from './source.ts';

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
      throw new AncileError('not_found', 'the file cannot be read', { at: path, cause: thrown });
    }
    const stat = fstatSync(this.#file);
    if (!stat.isFile()) {
      closeSync(this.#file);
      throw new AncileError('request_invalid', 'this is no regular file', { at: path });
    }
    this.size = stat.size;
  }

  read(offset: number, length: number): Uint8Array {
    if (offset >= this.size || length <= 0) return EMPTY;
    const wanted = Math.min(length, this.size - offset);
    if (offset + wanted <= this.#head.length) return this.#head.subarray(offset, offset + wanted);
    const within = offset - this.#blockAt;
    if (within >= 0 && within + wanted <= this.#block.length) return this.#block.subarray(within, within + wanted);
    const gap = offset - this.#hashed;
    if (gap > 0 && gap <= NEAR) this.#hashTo(offset);
    // A fresh buffer each time: views that were handed out stay as they are.
    const isNear = within >= 0 && within <= this.#block.length + BLOCK;
    const block = Math.max(wanted, isNear ? BLOCK : FAR_BLOCK);
    const bytes = this.#fill(Buffer.allocUnsafeSlow(Math.min(block, this.size - offset)), offset);
    this.#block = bytes;
    this.#blockAt = offset;
    if (offset === 0 && bytes.length <= BLOCK) this.#head = bytes;
    const known = this.#hashed - offset;
    if (known >= 0 && known < bytes.length) {
      this.#hash.update(bytes.subarray(known));
      this.#hashed = offset + bytes.length;
    }
    return bytes.subarray(0, Math.min(wanted, bytes.length));
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

  #hashTo(end: number): void {
    const scratch = (this.#scratch ??= Buffer.allocUnsafeSlow(Math.min(HASH_BLOCK, Math.max(this.size, 1))));
    while (this.#hashed < end) {
      const bytes = this.#fill(scratch.subarray(0, Math.min(scratch.length, end - this.#hashed)), this.#hashed);
      if (bytes.length === 0) return;
      this.#hash.update(bytes);
      this.#hashed += bytes.length;
    }
  }
}
