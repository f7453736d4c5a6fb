// Marshalled Python code in a configuration: known by its first bytes, told by the names that it holds.

/** Type `c`, with or without the flag for references. */
const CODE = new Set([0xe3, 0x63]);
const BASE64 = /^[A-Za-z0-9+/\r\n]{24,}={0,2}\s*$/;
const MOST = 1 << 20;

/** Counts of arguments, small in every version of Python: 4 bytes each, 2 in versions long gone. */
const isCode = (bytes: Uint8Array): boolean =>
  bytes.length >= 20 && CODE.has(bytes[0]!) && bytes[2] === 0 && (bytes[3] === 0 || bytes[1]! < 64) && bytes[4] === 0;

/** The bytes of code that a string holds, as Keras writes it: base64 in lines, or each byte as a character; else undefined. */
export function toCode(text: string): Uint8Array | undefined {
  if (text.length < 20) return undefined;
  if (/^[4Y]w/.test(text) && BASE64.test(text.slice(0, MOST))) {
    const bytes = Buffer.from(text.slice(0, MOST), 'base64');
    return isCode(bytes) ? bytes : undefined;
  }
  if (CODE.has(text.charCodeAt(0))) {
    const bytes = Buffer.from(text.slice(0, MOST), 'latin1');
    return isCode(bytes) ? bytes : undefined;
  }
  return undefined;
}

/** The first names and texts within marshalled code, for a reader. */
export function wordsOfCode(bytes: Uint8Array, most = 8): string[] {
  const words: string[] = [];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 2 < text.length && words.length < most; at++) {
    const type = text[at]! & 0x7f;
    // Short ASCII texts: `z`, `Z`; long ones and those of Python 2: `a`, `A`, `s`, `t`, `u`.
    const short = type === 0x7a || type === 0x5a;
    if (!short && !'aAstu'.includes(String.fromCharCode(type))) continue;
    const length = short ? text[at + 1]! : at + 5 <= text.length ? text.readUInt32LE(at + 1) : 0;
    const from = at + (short ? 2 : 5);
    if (length < 2 || length > 200 || from + length > text.length) continue;
    const word = text.toString('latin1', from, from + length);
    if (!/^[\x20-\x7e]+$/.test(word)) continue;
    if (!/^<|\.py$/.test(word) && !words.includes(word)) words.push(word);
    at = from + length - 1;
  }
  return words;
}
