// Where a zip archive ends, and where its directory is by the records there: readers differ in which of them they go by.
// Source: PKWARE APPNOTE.TXT 6.3.10.
import type { Source } from '../../source.ts';

const END = Buffer.from('PK\u0005\u0006', 'latin1');
export const CENTRAL_SIGN = 0x02014b50;
const END64_LOCATOR_SIGN = 0x07064b50;
const END64_SIGN = 0x06064b50;
export const END_SIZE = 22;
/** How far from the end of the file the end of the archive is looked for: more than any reader does. */
const END_REACH = 1 << 20;
export const ZIP64 = 0xffffffff;
export const NARROW16 = 0xffff;

/** A place where a directory is, and what is told of it. */
export interface Place {
  readonly directory: number;
  readonly size: number;
  readonly count: number;
}

export interface End extends Place {
  readonly end: number;
  readonly comment: number;
  /** Other places where a reader may look for the directory, and find one. */
  readonly others: readonly Place[];
  readonly disagreements: readonly string[];
}

const isDirectory = (source: Source, at: number): boolean => {
  const sign = source.read(at, 4);
  return at >= 0 && sign.length === 4 && Buffer.from(sign).readUInt32LE(0) === CENTRAL_SIGN;
};

/** The record of beyond 4 GB that a locator in front of the end points to; undefined where there is none. */
function readEnd64(source: Source, tail: Buffer, at: number): (Place & { readonly at: number }) | undefined {
  if (at < 20 || tail.readUInt32LE(at - 20) !== END64_LOCATOR_SIGN) return undefined;
  const wide = Number(tail.readBigUInt64LE(at - 12));
  const record = source.read(wide, 56);
  if (record.length < 56) return undefined;
  const view = new DataView(record.buffer, record.byteOffset, 56);
  if (view.getUint32(0, true) !== END64_SIGN) return undefined;
  const [count, size, directory] = [32, 40, 48].map((field) => Number(view.getBigUint64(field, true)));
  return { at: wide, count: count!, size: size!, directory: directory! };
}

/** Where the archive ends: the last end record whose directory is there. */
export function findEnd(source: Source): End | undefined {
  const from = Math.max(0, source.size - END_REACH);
  const bytes = source.read(from, source.size - from);
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = tail.lastIndexOf(END); at !== -1; at = at === 0 ? -1 : tail.lastIndexOf(END, at - 1)) {
    if (at + END_SIZE > tail.length) continue;
    const narrow = {
      count: tail.readUInt16LE(at + 10),
      size: tail.readUInt32LE(at + 12),
      directory: tail.readUInt32LE(at + 16),
    };
    const wide = readEnd64(source, tail, at);
    const end = from + at;
    const { count, size, directory } = wide ?? narrow;
    const disagreements: string[] = [];
    const agrees = (small: number, most: number, large: number): boolean => small === most || small === large;
    if (
      wide !== undefined &&
      !(
        agrees(narrow.count, NARROW16, count) &&
        agrees(narrow.size, ZIP64, size) &&
        agrees(narrow.directory, ZIP64, directory)
      )
    ) {
      disagreements.push('its two records of the end disagree');
    }
    // Where something stands in front, offsets are short by its length: readers go by the directory's end, or by its offset.
    const places: Place[] = [
      { count, size, directory: (wide?.at ?? end) - size },
      { count, size, directory },
      { ...narrow, directory: end - narrow.size },
      narrow,
    ];
    const found = places.filter(
      (place, index) =>
        isDirectory(source, place.directory) &&
        places.findIndex((each) => each.directory === place.directory) === index,
    );
    const comment = tail.readUInt16LE(at + 20);
    if (found.length === 0) {
      if (count === 0 && places[0]!.directory >= 0) return { ...places[0]!, end, comment, others: [], disagreements };
      continue;
    }
    if (found.length > 1) disagreements.push('two places are told where its directory is, and each has one');
    const [first, ...others] = found;
    // From its offset on it reaches up to the end, whatever size is told.
    const whole = first!.directory + first!.size > end ? { ...first!, size: end - first!.directory } : first!;
    return { ...whole, end, comment, others, disagreements };
  }
  return undefined;
}

/** Bytes behind the last archive in the source; undefined where there is none. */
export function behindZip(source: Source): number | undefined {
  const found = source.size < END_SIZE ? undefined : findEnd(source);
  return found && Math.max(0, source.size - found.end - END_SIZE - found.comment);
}
