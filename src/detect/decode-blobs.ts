// Base64 and hexadecimal runs within a text, short ones and ones broken over lines too.
import { textOfBytes } from './decode-bytes.ts';
import { DecodedBuilder, type Decoded } from './decode-piece.ts';

/** Shortest run that is tried: 12 characters of base64 are nine bytes, 12 of hex are six. */
const MIN_RUN = 12;
const NOT_BASE64 = 255;

/** ASCII code to its base64 value, of both alphabets (RFC 4648, sections 4 and 5). */
const VALUES = new Uint8Array(128).fill(NOT_BASE64);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').forEach((symbol, value) => {
  VALUES[symbol.charCodeAt(0)] = value;
});
VALUES['-'.charCodeAt(0)] = 62;
VALUES['_'.charCodeAt(0)] = 63;

const valueAt = (text: string, index: number): number => {
  const unit = text.charCodeAt(index);
  return unit < 128 ? VALUES[unit]! : NOT_BASE64;
};

interface Run {
  readonly start: number;
  readonly end: number;
}

/** Runs of at least MIN_RUN characters of the alphabet, found by looking at every MIN_RUN-th character first. */
function findRuns(text: string): Run[] {
  const runs: Run[] = [];
  let from = 0;
  while (from + MIN_RUN <= text.length) {
    const probe = from + MIN_RUN - 1;
    let start = probe;
    while (start >= from && valueAt(text, start) !== NOT_BASE64) start--;
    start++;
    if (start > from) {
      from = start;
      continue;
    }
    let end = probe + 1;
    while (end < text.length && valueAt(text, end) !== NOT_BASE64) end++;
    runs.push({ start: from, end });
    from = end + 1;
  }
  return runs;
}

function decodeBase64(text: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(((end - start) * 3) / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let i = start; i < end; i++) {
    const value = valueAt(text, i);
    if (value === NOT_BASE64) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes[length++] = (bits >> count) & 0xff;
    }
  }
  return bytes.subarray(0, length);
}

/** Bytes of the hex digits of a text, whatever stands between them. */
function decodeHex(text: string): Uint8Array {
  const digits = text.replace(/0x|\\x|[^0-9a-f]/gi, '');
  const bytes = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const HEX_ONLY = /^(?:0x)?[0-9a-f]+$/i;
/** First characters of a run that is checked before all of it is decoded. */
const PROBE = 64;

function textOfBase64(text: string, start: number, end: number): string | undefined {
  if (end - start > PROBE && decodeBase64(text, start, start + PROBE).some((byte) => byte < 9 && byte !== 0)) {
    return undefined;
  }
  return textOfBytes(decodeBase64(text, start, end));
}

/** What only line breaks, blanks and quote marks separate, one break at least, was one run before it was wrapped. */
const WRAP = /^[ \t>"'\\n]{0,8}\r?\n[ \t>"']{0,8}$/;

/** Joins runs that a line break splits; each comes with the runs it was made of. */
function joinWrapped(text: string, runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const gap = last === undefined ? '' : run.start - last.end < 20 ? text.slice(last.end, run.start) : '';
    if (last !== undefined && WRAP.test(gap)) joined[joined.length - 1] = { start: last.start, end: run.end };
    else joined.push(run);
  }
  return joined;
}

/** The tail of a wrapped blob is shorter than a run: take what follows one line break as well. */
function withTail(text: string, run: Run): Run {
  let end = run.end;
  const next = /^\r?\n[ \t]{0,8}/.exec(text.slice(end, end + 12));
  if (next === null) return run;
  let tail = end + next[0].length;
  while (tail < text.length && tail - end < 32 && valueAt(text, tail) !== NOT_BASE64) tail++;
  if (tail > end + next[0].length) end = tail;
  return { start: run.start, end };
}

/** Decodes the runs that hold text, each encoding into a piece of its own. */
export function undoBlobs(text: string): { readonly base64?: Decoded; readonly hex?: Decoded } {
  const runs = findRuns(text);
  if (runs.length === 0) return {};
  const base64 = undoRuns(text, runs, 'base64');
  const hex = undoRuns(text, runs, 'hex');
  return { ...(base64 === undefined ? {} : { base64 }), ...(hex === undefined ? {} : { hex }) };
}

function undoRuns(text: string, runs: readonly Run[], kind: 'base64' | 'hex'): Decoded | undefined {
  const builder = new DecodedBuilder();
  const take = (run: Run): boolean => {
    const body = text.slice(run.start, run.end);
    const isHex = HEX_ONLY.test(body);
    if (isHex !== (kind === 'hex')) return false;
    const decoded = isHex ? textOfBytes(decodeHex(body)) : textOfBase64(text, run.start, run.end);
    if (decoded === undefined) return false;
    builder.append((builder.length === 0 ? '' : '\n') + decoded, run.start, run.end);
    return true;
  };
  let next = 0;
  for (const run of joinWrapped(text, runs)) {
    const first = next;
    while (next < runs.length && runs[next]!.end <= run.end) next++;
    const whole = withTail(text, run);
    if (take(whole) || (whole !== run && take(run))) continue;
    for (const part of runs.slice(first, next)) if (part.end !== run.end) take(part);
  }
  return builder.length === 0 ? undefined : builder.finish();
}

/** Hexadecimal, binary or decimal numbers of bytes with separators between them: `69 67 6e`, `0x69,0x67`. */
const SPACED_HEX = /(?:\b|(?<=\\))(?:0x|\\x)?[0-9a-f]{2}(?:[ ,:;-]{1,2}(?:0x|\\x)?[0-9a-f]{2}){5,}\b/gi;
const SPACED_BITS = /\b[01]{8}(?:[ ,]{0,2}[01]{8}){5,}\b/g;
const SPACED_DECIMAL = /\b\d{2,3}(?:[ ,]{1,2}\d{2,3}){7,}\b/g;

/** Decodes runs of separated byte values. */
export function undoSpacedBytes(text: string): Decoded | undefined {
  const builder = new DecodedBuilder();
  const take = (found: RegExpMatchArray, bytes: Uint8Array): void => {
    const decoded = textOfBytes(bytes);
    if (decoded === undefined) return;
    builder.append((builder.length === 0 ? '' : '\n') + decoded, found.index!, found.index! + found[0].length);
  };
  for (const found of text.matchAll(SPACED_HEX)) take(found, decodeHex(found[0]));
  for (const found of text.matchAll(SPACED_BITS)) {
    const bits = found[0].match(/[01]{8}/g)!;
    take(
      found,
      Uint8Array.from(bits, (octet) => Number.parseInt(octet, 2)),
    );
  }
  for (const found of text.matchAll(SPACED_DECIMAL)) {
    const values = found[0].split(/[ ,]+/).map(Number);
    if (values.every((value) => value < 256)) take(found, Uint8Array.from(values));
  }
  return builder.length === 0 ? undefined : builder.finish();
}
