// Zip archives of stored files, the same bytes for the same files: written so that any reader opens them, and read only in
// exactly the form that is written here. Whatever differs by a byte is therefore found.
import { crc32 } from 'node:zlib';
import { AncileError } from '../../base/index.ts';

export interface ZipFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface ReadZip {
  readonly files: readonly ZipFile[];
  /** The first byte that is not as it would have been written, and where that is; undefined where all are. */
  readonly changed: { readonly at: number; readonly near: string } | undefined;
}

export const MOST_ZIP_BYTES = 256_000_000;
const MOST_FILES = 2000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
/** 1 January 1980, midnight: the time is in the manifest, which is signed. */
const DOS_DATE = 0x21;
const UTF8_NAMES = 0x800;
const VERSION = 20;

function header({ name, bytes }: ZipFile): Buffer {
  const fixed = Buffer.alloc(26);
  fixed.writeUInt16LE(VERSION, 0);
  fixed.writeUInt16LE(UTF8_NAMES, 2);
  fixed.writeUInt16LE(0, 4);
  fixed.writeUInt16LE(0, 6);
  fixed.writeUInt16LE(DOS_DATE, 8);
  fixed.writeUInt32LE(crc32(bytes), 10);
  fixed.writeUInt32LE(bytes.length, 14);
  fixed.writeUInt32LE(bytes.length, 18);
  fixed.writeUInt16LE(Buffer.byteLength(name), 22);
  return fixed;
}

const LOCAL = Buffer.from('PK\x03\x04', 'latin1');
const CENTRAL = Buffer.from('PK\x01\x02', 'latin1');
const END = Buffer.from('PK\x05\x06', 'latin1');
const LOCAL_BYTES = 30;

/** @throws RangeError for a name that is no plain path, and where it is more than a bundle may be */
export function writeZip(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  if (files.length > MOST_FILES) throw new RangeError('zip: too many files');
  for (const file of files) {
    if (!NAME.test(file.name)) throw new RangeError('zip: not a plain path');
    const name = Buffer.from(file.name);
    const fixed = header(file);
    parts.push(LOCAL, fixed, name, file.bytes);
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(at, 12);
    const made = Buffer.alloc(2);
    made.writeUInt16LE(VERSION, 0);
    // Comment length, disk, attributes: all nought.
    directory.push(CENTRAL, made, fixed, entry.subarray(2), name);
    at += LOCAL_BYTES + name.length + file.bytes.length;
    if (at > MOST_ZIP_BYTES) throw new RangeError('zip: larger than a bundle may be');
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, listed, END, end]);
}

function broken(what: string, at: number): AncileError {
  return new AncileError('request_invalid', `the archive ${what} at byte ${at}`, {
    at: `byte ${at}`,
    hint: 'It was cut short or changed, or is no bundle; take another copy of it.',
  });
}

/** The files by their local headers, in order. */
function* readLocal(zip: Buffer): Generator<ZipFile & { readonly from: number }> {
  let at = 0;
  for (let count = 0; at + 4 <= zip.length && zip.subarray(at, at + 4).equals(LOCAL); count++) {
    if (count >= MOST_FILES) throw broken('holds too many files', at);
    if (at + LOCAL_BYTES > zip.length) throw broken('ends within a header', at);
    const size = zip.readUInt32LE(at + 22);
    const nameBytes = zip.readUInt16LE(at + 26);
    const begin = at + LOCAL_BYTES + nameBytes;
    if (zip.readUInt16LE(at + 8) !== 0) throw broken('holds a file that is packed', at + 8);
    if (begin + size > zip.length) throw broken('ends within a file', at);
    const name = zip.toString('utf8', at + LOCAL_BYTES, begin);
    if (!NAME.test(name)) throw broken('holds a name that is no plain path', at + LOCAL_BYTES);
    yield { name, bytes: zip.subarray(begin, begin + size), from: at };
    at = begin + size;
  }
  if (at === 0) throw broken('does not begin as one', 0);
}

/**
 * Reads an archive that `writeZip` wrote, and says where it differs from what it would have written for these files.
 * @throws AncileError `request_invalid` where not even its files can be told apart
 */
export function readZip(zip: Buffer): ReadZip {
  if (zip.length > MOST_ZIP_BYTES + 10_000_000) throw broken('is larger than a bundle may be', MOST_ZIP_BYTES);
  const found = [...readLocal(zip)];
  const again = writeZip(found);
  const names = new Set(found.map(({ name }) => name));
  if (names.size < found.length) throw broken('holds a file twice', 0);
  const most = Math.min(again.length, zip.length);
  let at = 0;
  if (!again.equals(zip)) while (at < most && again[at] === zip[at]) at++;
  else return { files: found, changed: undefined };
  const near = found.findLast(({ from }) => from <= at)!;
  const inDirectory = at >= near.from + LOCAL_BYTES + Buffer.byteLength(near.name) + near.bytes.length;
  return { files: found, changed: { at, near: inDirectory ? 'its directory' : `the header of ${near.name}` } };
}
