// The two descriptions that a zip archive gives of its members: the directory at its end, and the headers before each.
// Source: PKWARE APPNOTE.TXT 6.3.10.
import { Cursor } from '../../cursor.ts';
import { type Source, findBytes } from '../../source.ts';

const LOCAL = Buffer.from('PK\u0003\u0004', 'latin1');
const END = Buffer.from('PK\u0005\u0006', 'latin1');
const CENTRAL_SIGN = 0x02014b50;
const LOCAL_SIGN = 0x04034b50;
const END64_LOCATOR_SIGN = 0x07064b50;
const END64_SIGN = 0x06064b50;
const END_SIZE = 22;
/** How far from the end of the file the end of the archive is looked for: more than any reader does. */
const END_REACH = 1 << 20;
const ZIP64 = 0xffffffff;
const ZIP64_FIELD = 1;
/** Members between those that the directory lists that are told of. */
const MOST_HIDDEN = 100;

export interface ZipHeader {
  /** UTF-8, or Latin-1 where it is none. */
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
}

export interface ZipMember extends ZipHeader {
  /** Unix mode, 0 where it is not told. */
  readonly mode: number;
  /** Of the local header, in the file. */
  readonly offset: number;
  /** The local header; undefined where there is none. */
  readonly local: (ZipHeader & { readonly dataAt: number }) | undefined;
}

export interface ZipDirectory {
  readonly members: readonly ZipMember[];
  /** Members that only a local header describes. */
  readonly hidden: readonly ZipMember[];
  /** Bytes in front of the archive, and behind its end (the comment is not counted). */
  readonly before: number;
  readonly behind: number;
}

function decodeName(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  return text.includes('\ufffd') ? Buffer.from(bytes).toString('latin1') : text;
}

/** Sizes and offset of beyond 4 GB, from the field for them. */
function widen(extra: Uint8Array, fields: number[]): number[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === ZIP64_FIELD) {
      let from = at + 4;
      return fields.map((field) => {
        if (field !== ZIP64 || from + 8 > Math.min(extra.length, at + 4 + length)) return field;
        from += 8;
        return Number(view.getBigUint64(from - 8, true));
      });
    }
    at += 4 + length;
  }
  return fields;
}

/** The local header at an offset; undefined where there is none. */
function readLocal(source: Source, offset: number): ZipMember['local'] {
  const cursor = new Cursor(source, offset);
  if (offset < 0 || offset + 30 > source.size || cursor.u32() !== LOCAL_SIGN) return undefined;
  cursor.skip(2);
  const [flags, method] = [cursor.u16(), cursor.u16()];
  cursor.skip(4);
  const [crc, packed, size] = [cursor.u32(), cursor.u32(), cursor.u32()];
  const [nameLength, extraLength] = [cursor.u16(), cursor.u16()];
  if (cursor.offset + nameLength + extraLength > source.size) return undefined;
  const name = decodeName(cursor.bytes(nameLength));
  // In a local header the size comes before the packed size.
  const [wideSize, widePacked] = widen(cursor.bytes(extraLength), [size, packed]);
  return { name, flags, method, crc, packed: widePacked!, size: wideSize!, dataAt: cursor.offset };
}

/** Where the archive ends: the last end record whose directory is there. */
function findEnd(
  source: Source,
): { end: number; directory: number; size: number; count: number; comment: number } | undefined {
  const from = Math.max(0, source.size - END_REACH);
  const bytes = source.read(from, source.size - from);
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = tail.lastIndexOf(END); at !== -1; at = at === 0 ? -1 : tail.lastIndexOf(END, at - 1)) {
    if (at + END_SIZE > tail.length) continue;
    let [count, size, directory] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
    const end = from + at;
    let back = end;
    if (at >= 20 && tail.readUInt32LE(at - 20) === END64_LOCATOR_SIGN) {
      const wide = Number(tail.readBigUInt64LE(at - 12));
      const record = source.read(wide, 56);
      if (record.length === 56) {
        const view = new DataView(record.buffer, record.byteOffset, 56);
        if (view.getUint32(0, true) === END64_SIGN) {
          [count, size, directory] = [32, 40, 48].map((field) => Number(view.getBigUint64(field, true))) as [
            number,
            number,
            number,
          ];
          back = wide;
        }
      }
    }
    // Where something stands in front, offsets are short by its length: readers go by the directory's end.
    const start = back - size;
    const sign = source.read(start, 4);
    const isDirectory = sign.length === 4 && Buffer.from(sign).readUInt32LE(0) === CENTRAL_SIGN;
    if (start >= 0 && (isDirectory || count === 0)) {
      return { end, directory: start, size, count, comment: tail.readUInt16LE(at + 20) };
    }
    const told = source.read(directory, 4);
    if (told.length === 4 && Buffer.from(told).readUInt32LE(0) === CENTRAL_SIGN) {
      return { end, directory, size: back - directory, count, comment: tail.readUInt16LE(at + 20) };
    }
  }
  return undefined;
}

/** Whether an archive ends in the source. */
export function endsZip(source: Source): boolean {
  return source.size >= END_SIZE && findEnd(source) !== undefined;
}

/** Members whose local headers follow each other from an offset on; ends where the next is not in its place. */
function* walkLocals(source: Source, from: number, end: number, step: () => void): Generator<ZipMember> {
  let at = from;
  for (let count = 0; count < MOST_HIDDEN; count++) {
    at = findBytes(source, LOCAL, at, end);
    if (at === -1) return;
    step();
    const local = readLocal(source, at);
    if (local === undefined || local.name === '' || local.method > 99) {
      at += 4;
      continue;
    }
    yield { ...local, mode: 0, offset: at, local };
    at = Math.max(at + 4, local.dataAt + (local.flags & 8 && local.packed === 0 ? 0 : local.packed));
  }
}

/**
 * @param step - called for each member: what may cost is counted there
 * @throws Malformed where there is no archive
 */
export function readZipDirectory(source: Source, step: () => void): ZipDirectory {
  const found = findEnd(source);
  const cursor = new Cursor(source, found?.directory ?? 0);
  const members: ZipMember[] = [];
  if (found === undefined) {
    const hidden = [...walkLocals(source, 0, source.size, step)];
    if (hidden.length === 0) throw cursor.malformed('no directory and no members');
    return { members, hidden, before: 0, behind: 0 };
  }
  const { end, directory, size, comment } = found;
  let shift = 0;
  while (cursor.offset + 46 <= directory + size && cursor.u32() === CENTRAL_SIGN) {
    step();
    const mark = cursor.offset;
    const madeBy = cursor.u16() >> 8;
    cursor.skip(2);
    const [flags, method] = [cursor.u16(), cursor.u16()];
    cursor.skip(4);
    const [crc, narrowPacked, narrowSize] = [cursor.u32(), cursor.u32(), cursor.u32()];
    const lengths = [cursor.u16(), cursor.u16(), cursor.u16()] as const;
    cursor.skip(4);
    const mode = madeBy === 3 ? cursor.u32() >>> 16 : (cursor.skip(4), 0);
    const narrowOffset = cursor.u32();
    cursor.offset = mark + 42;
    const name = decodeName(cursor.bytes(lengths[0]));
    const wide = widen(cursor.bytes(lengths[1]), [narrowSize, narrowPacked, narrowOffset]);
    cursor.skip(lengths[2]);
    const [memberSize, packed, told] = wide as [number, number, number];
    let local = readLocal(source, told + shift);
    if (local === undefined && members.length === 0) {
      // Offsets count from the archive's own beginning, behind what stands in front of it.
      shift = findShift(source, told, directory, size, end);
      local = readLocal(source, told + shift);
    }
    members.push({ name, flags, method, crc, packed, size: memberSize, mode, offset: told + shift, local });
  }
  const first = members.reduce(
    (least, { offset, local }) => (local === undefined ? least : Math.min(least, offset)),
    directory,
  );
  return {
    members,
    hidden: [...findHidden(source, members, first, directory, step)],
    before: Math.max(0, first),
    behind: Math.max(0, source.size - end - END_SIZE - comment),
  };
}

function findShift(source: Source, told: number, directory: number, size: number, end: number): number {
  const tail = source.read(end + 16, 4);
  const recorded = tail.length === 4 ? Buffer.from(tail).readUInt32LE(0) : 0;
  const shift = directory - recorded;
  return shift > 0 && shift <= source.size - size && readLocal(source, told + shift) !== undefined ? shift : 0;
}

/** Members in the gaps between those of the directory. */
function* findHidden(
  source: Source,
  members: readonly ZipMember[],
  first: number,
  directory: number,
  step: () => void,
): Generator<ZipMember> {
  const taken = members
    .filter(({ local }) => local !== undefined)
    .map(({ offset, local, packed }) => [offset, local!.dataAt + packed] as const)
    .sort((a, b) => a[0] - b[0]);
  let at = first;
  for (const [start, end] of [...taken, [directory, directory] as const]) {
    // A descriptor of up to 24 bytes stands behind a member.
    if (start - at > 24) yield* walkLocals(source, at, start, step);
    at = Math.max(at, end);
  }
}
