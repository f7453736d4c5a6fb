// The two descriptions that a zip archive gives of its members: the directory at its end, and the headers before each.
// Source: PKWARE APPNOTE.TXT 6.3.10.
import { Cursor, Malformed } from '../../cursor.ts';
import { type Source, findBytes } from '../../source.ts';
import { CENTRAL_SIGN, END_SIZE, NARROW16, type Place, ZIP64, findEnd } from './zip-end.ts';

const LOCAL = Buffer.from('PK\u0003\u0004', 'latin1');
const LOCAL_SIGN = 0x04034b50;
const ZIP64_FIELD = 1;
/** The name once more, in UTF-8. */
const NAME_FIELD = 0x7075;
/** Bytes of a descriptor behind a member, at most. */
const DESCRIPTOR_SIZE = 24;
/** Bytes of a gap that are searched for something other than zeros. */
const GAP_LOOKED = 1 << 16;
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
  /** A second name, which some readers take instead. */
  readonly otherName: string | undefined;
}

export interface ZipMember extends ZipHeader {
  /** Unix mode, 0 where it is not told. */
  readonly mode: number;
  /** Of the local header, in the file. */
  readonly offset: number;
  /** The local header; undefined where there is none. */
  readonly local: (ZipHeader & { readonly dataAt: number }) | undefined;
}

/** A stretch that belongs to no member, and is not empty. */
export interface ZipGap {
  readonly start: number;
  readonly end: number;
}

export interface ZipDirectory {
  /** Of every directory that a reader may go by. */
  readonly members: readonly ZipMember[];
  /** What the records at the end say differently. */
  readonly disagreements: readonly string[];
  readonly gaps: readonly ZipGap[];
  /** Members that lie over the one before. */
  readonly overlapping: readonly ZipMember[];
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

/** The extra fields of a header. */
function* fieldsOf(extra: Uint8Array): Generator<{ id: number; content: Uint8Array }> {
  for (let at = 0; at + 4 <= extra.length;) {
    const [id, length] = [extra[at]! | (extra[at + 1]! << 8), extra[at + 2]! | (extra[at + 3]! << 8)];
    yield { id, content: extra.subarray(at + 4, at + 4 + length) };
    at += 4 + length;
  }
}

/** Sizes and offset of beyond 4 GB, from the field for them, and a second name. */
function readExtra(extra: Uint8Array, narrow: number[]): { wide: number[]; otherName: string | undefined } {
  let wide = narrow;
  let otherName: string | undefined;
  for (const { id, content } of fieldsOf(extra)) {
    if (id === NAME_FIELD && content.length > 5) otherName = decodeName(content.subarray(5));
    if (id !== ZIP64_FIELD) continue;
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    let from = 0;
    wide = narrow.map((field) => {
      if (field !== ZIP64 || from + 8 > content.length) return field;
      from += 8;
      return Number(view.getBigUint64(from - 8, true));
    });
  }
  return { wide, otherName };
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
  const { wide, otherName } = readExtra(cursor.bytes(extraLength), [size, packed]);
  return { name, flags, method, crc, packed: wide[1]!, size: wide[0]!, otherName, dataAt: cursor.offset };
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

/** What one directory lists. */
function readEntries(source: Source, place: Place, end: number, step: () => void): ZipMember[] {
  const { directory, size } = place;
  const cursor = new Cursor(source, directory);
  const members: ZipMember[] = [];
  let shift = 0;
  while (cursor.offset + 46 <= directory + size && cursor.u32() === CENTRAL_SIGN) {
    step();
    const mark = cursor.offset;
    cursor.skip(4);
    const [flags, method] = [cursor.u16(), cursor.u16()];
    cursor.skip(4);
    const [crc, narrowPacked, narrowSize] = [cursor.u32(), cursor.u32(), cursor.u32()];
    const lengths = [cursor.u16(), cursor.u16(), cursor.u16()] as const;
    cursor.skip(4);
    // Whoever made it: those that know no such mode leave it zero.
    const mode = cursor.u32() >>> 16;
    const narrowOffset = cursor.u32();
    cursor.offset = mark + 42;
    const name = decodeName(cursor.bytes(lengths[0]));
    const { wide, otherName } = readExtra(cursor.bytes(lengths[1]), [narrowSize, narrowPacked, narrowOffset]);
    cursor.skip(lengths[2]);
    const [memberSize, packed, told] = wide as [number, number, number];
    // Offsets count from the archive's own beginning, behind what stands in front of it.
    if (members.length === 0) shift = findShift(source, told, directory, size, end);
    const local = readLocal(source, told + shift);
    members.push({ name, flags, method, crc, packed, size: memberSize, otherName, mode, offset: told + shift, local });
  }
  return members;
}

/**
 * @param step - called for each member: what may cost is counted there
 * @throws Malformed where there is no archive
 */
export function readZipDirectory(source: Source, step: () => void): ZipDirectory {
  const found = findEnd(source);
  if (found === undefined) {
    const hidden = [...walkLocals(source, 0, source.size, step)];
    if (hidden.length === 0) throw new Malformed('no directory and no members', 0);
    return { members: [], hidden, before: 0, behind: 0, disagreements: [], gaps: [], overlapping: [] };
  }
  const { end, directory, count, comment, others } = found;
  const members = readEntries(source, found, end, step);
  const disagreements = [...found.disagreements];
  if (members.length !== count && members.length % (NARROW16 + 1) !== count) {
    disagreements.push(`its directory lists ${members.length} members, and its end tells of ${count}`);
  }
  const known = new Set(members.map(({ offset, name }) => `${offset} ${name}`));
  for (const other of others) {
    const more = readEntries(source, { ...other, size: Math.max(other.size, end - other.directory) }, end, step);
    members.push(...more.filter(({ offset, name }) => !known.has(`${offset} ${name}`)));
  }
  const first = members.reduce(
    (least, { offset, local }) => (local === undefined ? least : Math.min(least, offset)),
    directory,
  );
  return {
    members,
    disagreements,
    ...lookBetween(source, members, first, directory, step),
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

/** What lies between the members of the directory, and over each other. */
function lookBetween(
  source: Source,
  members: readonly ZipMember[],
  first: number,
  directory: number,
  step: () => void,
): Pick<ZipDirectory, 'hidden' | 'gaps' | 'overlapping'> {
  const taken = members.filter(({ local }) => local !== undefined).sort((a, b) => a.offset - b.offset);
  const hidden: ZipMember[] = [];
  const gaps: ZipGap[] = [];
  const overlapping: ZipMember[] = [];
  let at = first;
  const between = (start: number): void => {
    if (start - at <= DESCRIPTOR_SIZE || hidden.length > MOST_HIDDEN || gaps.length > MOST_HIDDEN) return;
    const found = [...walkLocals(source, at, start, step)];
    hidden.push(...found);
    const end = found[0]?.offset ?? start;
    const bytes = source.read(at + DESCRIPTOR_SIZE, Math.min(end - at - DESCRIPTOR_SIZE, GAP_LOOKED));
    if (bytes.some((byte) => byte !== 0)) gaps.push({ start: at, end });
  };
  for (const member of taken) {
    if (member.offset < at && overlapping.length < MOST_HIDDEN) overlapping.push(member);
    between(member.offset);
    at = Math.max(at, member.local!.dataAt + member.packed);
  }
  between(directory);
  return { hidden, gaps, overlapping };
}
