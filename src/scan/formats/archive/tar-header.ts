// Headers of tar archives of every kind, and the extended headers that override them.
// Source: POSIX.1-2017 pax; GNU tar manual, "Basic Tar Format"; star(5) and pax_global_header of GNU and Solaris.
import { tarChecksum } from '../../../codec/index.ts';

export const BLOCK = 512;

export const textOf = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8');
};

/** A number as octal digits, or in base 256 where the first bit is set; -1 where it is neither. */
function numberOf(field: Uint8Array): number {
  if ((field[0]! & 0x80) !== 0) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, field[0]! & 0x7f);
  const text = textOf(field).trim();
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? parseInt(text, 8) : -1;
}

/** Whether the header's checksum is right: by bytes without or, of old archives, with a sign. */
export function isHeader(header: Uint8Array): boolean {
  if (header.length < BLOCK || header[0] === 0) return false;
  const told = numberOf(header.subarray(148, 156));
  // Old archives sum the bytes up with a sign, as the same but 256 less for each over 127.
  const signed = header.reduce((high, byte, at) => high - (byte > 127 && (at < 148 || at >= 156) ? 256 : 0), 0);
  const sum = tarChecksum(header);
  return told === sum || told === sum + signed;
}

/** The values of a pax header: `LENGTH KEY=VALUE\n`. */
export function readPax(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const length = Number(/^\d{1,6}/.exec(text.slice(at, at + 8))?.[0] ?? 0);
    if (length < 5) break;
    const record = text.slice(at, at + length - 1);
    const [from, equals] = [record.indexOf(' ') + 1, record.indexOf('=')];
    if (equals > from) values.set(record.slice(from, equals), record.slice(equals + 1));
    at += length;
  }
  return values;
}

export interface TarHeader {
  /** One sign: `0` a file, `5` a folder, `x` an extended header. */
  readonly type: string;
  readonly name: string;
  readonly link: string;
  /** -1 where it is no number. */
  readonly size: number;
  /** Whether further blocks tell where the holes of a sparse file are. */
  readonly isExtended: boolean;
}

/** A header whose checksum is right. */
export function readHeader(header: Uint8Array): TarHeader {
  const prefix = textOf(header.subarray(345, 500));
  const isUstar = textOf(header.subarray(257, 262)) === 'ustar';
  const short = textOf(header.subarray(0, 100));
  return {
    type: String.fromCharCode(header[156]!),
    name: isUstar && prefix !== '' ? `${prefix}/${short}` : short,
    link: textOf(header.subarray(157, 257)),
    size: numberOf(header.subarray(124, 136)),
    isExtended: header[156] === 0x53 && header[482] !== 0,
  };
}
