// A regular file as bytes that are read piece by piece: data larger than memory is refused by its sizes, not by running out.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AncileError, systemCode } from '../../base/index.ts';
import type { Bytes } from '../../reader/index.ts';

const BLOCK = 1 << 20;
/** Read ahead where little is asked for. */
const LITTLE = 1 << 14;

export interface FileBytes extends Bytes {
  close(): void;
}

/** @throws AncileError `usage` where it cannot be read or is no regular file */
export function openBytes(path: string): FileBytes {
  let file: number;
  try {
    // Opening a pipe would wait for its writer.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw new AncileError('usage', `${path} cannot be read (${systemCode(cause) ?? 'unknown'})`, { at: path, cause });
  }
  const stat = fstatSync(file);
  if (!stat.isFile()) {
    closeSync(file);
    throw new AncileError('usage', `${path} is no regular file`, { at: path });
  }
  const { size } = stat;
  return {
    size,
    read(offset, length) {
      const wanted = Math.max(0, Math.min(length, size - offset));
      const bytes = Buffer.allocUnsafe(wanted);
      let got = 0;
      while (got < wanted) {
        const count = readSync(file, bytes, got, wanted - got, offset + got);
        if (count === 0) break;
        got += count;
      }
      return bytes.subarray(0, got);
    },
    close: () => closeSync(file),
  };
}

/** Bytes of which little is asked for at a time, kept a block at a time. */
export function buffered(bytes: Bytes): Bytes {
  let block: Uint8Array = new Uint8Array(0);
  let start = 0;
  return {
    size: bytes.size,
    read(offset, length) {
      if (offset < start || offset + length > start + block.length) {
        if (length > LITTLE) return bytes.read(offset, length);
        block = bytes.read(offset, LITTLE);
        start = offset;
      }
      return block.subarray(offset - start, offset - start + length);
    },
  };
}

/** SHA-256 of a file, hex. @throws AncileError `usage` */
export function digestFile(path: string): string {
  const bytes = openBytes(path);
  try {
    const hash = createHash('sha256');
    for (let at = 0; at < bytes.size; at += BLOCK) hash.update(bytes.read(at, BLOCK));
    return hash.digest('hex');
  } finally {
    bytes.close();
  }
}
