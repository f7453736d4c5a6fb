// Whole files where numbers or text are expected: told by how they begin, closely enough that random numbers do not.

/** What bytes are the beginning of. */
export type Embedded =
  'a pickle' | 'an ELF program' | 'a Windows program' | 'a Mach-O program' | 'a script' | 'a zip archive';

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, Math.min(to, bytes.length) - from)).toString('latin1');

/** Opcodes that push a short string, with the bytes of its length. */
const STRINGS: ReadonlyMap<number, number> = new Map([
  [0x8c, 1],
  [0x58, 4],
  [0x55, 1],
]);
const GLOBAL = /^[a-zA-Z_][\w.]{0,60}\n[a-zA-Z_][\w.]{0,60}\n/;

/** Whether a pickle begins here: a header, and values behind it that a pickler writes first. */
function isPickle(bytes: Uint8Array): boolean {
  let at = 0;
  if (bytes[0] === 0x80) {
    if (bytes[1] === undefined || bytes[1] > 5) return false;
    at = 2;
    if (bytes[2] === 0x95) {
      if (bytes.length < 11 || bytes.subarray(7, 11).some((byte) => byte !== 0)) return false;
      at = 11;
    }
  }
  // Containers and marks, memoised or not, up to the first value that has letters.
  for (let skipped = 0; skipped < 12; skipped++) {
    const byte = bytes[at]!;
    if ('}]()lduo'.includes(String.fromCharCode(byte)) || byte === 0x94) at++;
    else if (byte === 0x71 || byte === 0x4b) at += 2;
    else if (byte === 0x70) {
      const end = bytes.indexOf(10, at);
      if (end === -1 || end > at + 4) return false;
      at = end + 1;
    } else break;
  }
  const opcode = bytes[at];
  if (opcode === 0x63 || opcode === 0x69) return GLOBAL.test(ascii(bytes, at + 1, at + 140));
  const width = opcode === undefined ? undefined : STRINGS.get(opcode);
  if (width === undefined || bytes[0] !== 0x80) return false;
  const length = bytes[at + 1]! + (width === 4 ? bytes[at + 2]! * 256 : 0);
  const text = ascii(bytes, at + 1 + width, at + 1 + width + Math.min(length, 40));
  return length > 0 && text.length > 0 && /^[\x20-\x7e]+$/.test(text);
}

/** @param bytes - some two hundred of the beginning, or fewer */
export function embeddedIn(bytes: Uint8Array): Embedded | undefined {
  const start = ascii(bytes, 0, 20);
  if (start.startsWith('\x7fELF') && (bytes[4] === 1 || bytes[4] === 2) && (bytes[5] === 1 || bytes[5] === 2)) {
    return 'an ELF program';
  }
  if (start.startsWith('PK\x03\x04') && bytes.length > 30 && bytes[5]! === 0 && bytes[9]! === 0) return 'a zip archive';
  if (start.startsWith('#!/') && /^#!\/[\w/.-]+/.test(start)) return 'a script';
  if (
    /^MZ[\x00-\xff]{2}/.test(start) &&
    (ascii(bytes, 0, 200).includes('This program') || ascii(bytes, 0x40, 0x100).includes('PE\0\0'))
  ) {
    return 'a Windows program';
  }
  if (/^(?:\xcf\xfa\xed\xfe|\xce\xfa\xed\xfe)[\x07\x0c]\0\0[\0\x01]/.test(start)) return 'a Mach-O program';
  return isPickle(bytes) ? 'a pickle' : undefined;
}

const RUN = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
/** How the files above begin in base64, and the code objects of Python. */
const CODED = /^(?:gA[A-X]|f0VMRg|TV[opqr]|UEsDB|[4Y]wAAAA|KGxw|Y[2-9a-zA-Z0-9+/]{7})/;

/** A run of base64 in a text that decodes to one of these files. */
export function codedIn(
  text: string,
): { readonly what: Embedded | 'code of Python'; readonly bytes: Uint8Array; readonly at: number } | undefined {
  for (const match of text.matchAll(RUN)) {
    if (!CODED.test(match[0])) continue;
    const bytes = Buffer.from(match[0].replaceAll('-', '+').replaceAll('_', '/'), 'base64');
    if (/^[4Y]wAAAA/.test(match[0]) && bytes.length > 40) return { what: 'code of Python', bytes, at: match.index };
    const what = embeddedIn(bytes);
    if (what !== undefined) return { what, bytes, at: match.index };
  }
  return undefined;
}
