// Members of a zip archive as numpy writes it (.npz): stored or deflated, zip64. Written for the adversarial examples as well.
// The scanner's reader looks at what any reader might see; this one goes by the directory, as numpy does, and refuses the rest.
// Source: PKWARE APPNOTE.TXT 6.3.10.
import { crc32, inflateRawSync } from 'node:zlib';
import { AncileError } from '../../base/index.ts';
import { type Bytes, Cursor } from '../../reader/index.ts';

const END = Buffer.from('PK\u0005\u0006', 'latin1');
const END_SIZE = 22;
const MOST_COMMENT = 65_535;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const ZIP64_END = 0x06064b50;
const ZIP64_PLACE = 0x07064b50;
const MOST_MEMBERS = 10_000;
const NARROW = 0xffffffff;
/** Bytes that one deflated member may become, at most 1032 times what it takes; a stored one is read where it lies. */
const MOST_INFLATED = 2 ** 31 - 1;

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const refuse = (message: string): AncileError =>
  new AncileError('request_invalid', `this is no .npz archive: ${message}`, {
    hint: 'Write it with numpy.savez(file, x=x, y=y).',
  });

function findDirectory(bytes: Bytes): { offset: number; count: number } {
  const length = Math.min(bytes.size, END_SIZE + MOST_COMMENT);
  const tail = Buffer.from(bytes.read(bytes.size - length, length));
  const at = tail.lastIndexOf(END);
  if (at === -1 || at + END_SIZE > tail.length) throw refuse('it has no directory at its end');
  const narrow = { count: tail.readUInt16LE(at + 10), offset: tail.readUInt32LE(at + 16) };
  if (narrow.count !== 0xffff && narrow.offset !== NARROW) return narrow;
  const place = new Cursor(bytes, bytes.size - length + at - 20);
  if (place.offset < 0 || place.u32() !== ZIP64_PLACE) throw refuse('its zip64 directory is not there');
  place.skip(4);
  const cursor = new Cursor(bytes, Number(place.u64()));
  if (cursor.u32() !== ZIP64_END) throw refuse('its zip64 directory is not there');
  cursor.skip(28);
  const count = Number(cursor.u64());
  cursor.skip(8);
  return { count, offset: Number(cursor.u64()) };
}

/** Values of the zip64 field in place of those that did not fit. */
function widen(entry: ZipEntry, extra: Uint8Array): ZipEntry {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let from = at + 4;
    const next = (value: number): number => {
      if (value !== NARROW) return value;
      if (from + 8 > extra.length) throw refuse('a size is missing');
      from += 8;
      return Number(view.getBigUint64(from - 8, true));
    };
    const size = next(entry.size);
    const packed = next(entry.packed);
    return { ...entry, size, packed, offset: next(entry.offset) };
  }
  return entry;
}

/** @throws AncileError `request_invalid`; Malformed where it breaks off */
export function readZipEntries(bytes: Bytes): ZipEntry[] {
  const { offset, count } = findDirectory(bytes);
  if (count > MOST_MEMBERS) throw refuse(`it has ${count} members`);
  const cursor = new Cursor(bytes, offset);
  const entries: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (cursor.u32() !== CENTRAL) throw refuse('its directory breaks off');
    cursor.skip(4);
    const flags = cursor.u16();
    const method = cursor.u16();
    cursor.skip(4);
    const [crc, packed, size] = [cursor.u32(), cursor.u32(), cursor.u32()];
    const [nameLength, extraLength, commentLength] = [cursor.u16(), cursor.u16(), cursor.u16()];
    cursor.skip(8);
    const place = cursor.u32();
    const name = Buffer.from(cursor.bytes(nameLength)).toString('utf8');
    const extra = cursor.bytes(extraLength).slice();
    cursor.skip(commentLength);
    if ((flags & 1) !== 0) throw refuse(`${name} is encrypted`);
    entries.push(widen({ name, method, crc, packed, size, offset: place }, extra));
  }
  return entries;
}

/** The content of a member. @throws AncileError `request_invalid` where it is packed otherwise, too large or not what its checksum says */
export function openZipEntry(bytes: Bytes, { name, method, crc, packed, size, offset }: ZipEntry): Bytes {
  const cursor = new Cursor(bytes, offset);
  if (cursor.u32() !== LOCAL) throw refuse(`${name} is not where its directory says`);
  cursor.skip(22);
  const [nameLength, extraLength] = [cursor.u16(), cursor.u16()];
  const start = cursor.offset + nameLength + extraLength;
  if (start + packed > bytes.size) throw refuse(`${name} is longer than the file`);
  if (method === 0) {
    if (packed !== size) throw refuse(`${name} has two sizes`);
    const content: Bytes = {
      size,
      read: (at, length) => bytes.read(start + at, Math.max(0, Math.min(length, size - at))),
    };
    let sum = 0;
    for (let at = 0; at < size; at += 1 << 20) sum = crc32(content.read(at, 1 << 20), sum);
    if (sum !== crc) throw refuse(`${name} is not what its checksum says`);
    return content;
  }
  if (method !== 8) throw refuse(`${name} is packed by method ${method}; stored and deflated are read`);
  // More than a deflated stream can become is a lie, and nothing is allocated for it.
  if (size > MOST_INFLATED || size > packed * 1032 + 1024) throw refuse(`${name} cannot become ${size} bytes`);
  let whole: Buffer;
  try {
    whole = inflateRawSync(bytes.read(start, packed), { maxOutputLength: Math.max(1, size) });
  } catch {
    throw refuse(`${name} cannot be unpacked to ${size} bytes`);
  }
  if (whole.length !== size || crc32(whole) !== crc) throw refuse(`${name} is not what its checksum says`);
  return { size, read: (at, length) => whole.subarray(at, at + length) };
}

/** A local header and one of the directory share these fields. */
function fields(crc: number, size: number, name: Buffer): Buffer {
  const head = Buffer.alloc(26);
  head.writeUInt16LE(20, 0);
  // 1980-01-01: the same examples make the same file.
  head.writeUInt16LE(33, 8);
  head.writeUInt32LE(crc, 10);
  head.writeUInt32LE(size, 14);
  head.writeUInt32LE(size, 18);
  head.writeUInt16LE(name.length, 22);
  return head;
}

/** An archive of stored members, less than 4 GB in all. @throws AncileError `request_invalid` where it would be larger */
export function renderZip(members: readonly (readonly [name: string, content: Buffer])[]): Buffer[] {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [title, content] of members) {
    const name = Buffer.from(title);
    const shared = fields(crc32(content), content.length, name);
    const sign = Buffer.alloc(4);
    sign.writeUInt32LE(LOCAL);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(CENTRAL, 0);
    entry.writeUInt16LE(20, 4);
    shared.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    pieces.push(sign, shared, name, content);
    directory.push(entry, name);
    offset += 30 + name.length + content.length;
    if (offset > NARROW) throw new AncileError('request_invalid', 'the examples take more than 4 GB');
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(END_SIZE);
  END.copy(end);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return [...pieces, ...directory, end];
}
