// Log probabilities repeat an answer token by token: they pass only where they spell the judged text, exactly.
import { isObject } from '../../base/index.ts';
import type { Span } from '../surface.ts';

/** One token with the stretch of the text it spells. A token of part of a character spans the whole character. */
export interface AlignedToken extends Span {
  /** The entry as it may be passed on: known fields only. */
  readonly entry: Readonly<Record<string, unknown>>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** An alternative of a token is no longer than tokens are: longer ones could carry text that nobody judged. */
const MAX_ALTERNATIVE = 12;
const MAX_ALTERNATIVES = 20;

function readBytes(value: unknown, max: number): number[] | undefined {
  if (!Array.isArray(value) || value.length > max) return undefined;
  return (value as unknown[]).every(
    (byte) => typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte < 256,
  )
    ? (value as number[])
    : undefined;
}

function sameBytes(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A token of part of a character, as vLLM and OpenAI mark it: its bytes in hexadecimal. */
const HEX_TOKEN = /^(?:bytes:)?(?:\\x[0-9a-f]{2}){1,16}$/i;

/**
 * The text by which a token of these bytes may be passed on: as given where it is exactly their text or their
 * hexadecimal, and anew from the bytes where it is marked as part of a character. Undefined where it tells another.
 */
function toVerifiedToken(token: string, bytes: readonly number[]): string | undefined {
  const text = decoder.decode(Uint8Array.from(bytes));
  if (token === text) return token;
  if (HEX_TOKEN.test(token)) {
    const told = [...token.matchAll(/\\x([0-9a-f]{2})/gi)].map((match) => Number.parseInt(match[1]!, 16));
    return sameBytes(told, bytes) ? token : text;
  }
  return token.includes('\ufffd') ? text : undefined;
}

function toAlternative(value: unknown): Record<string, unknown>[] {
  if (!isObject(value)) return [];
  const { token, logprob } = value;
  if (typeof token !== 'string' || token.length > MAX_ALTERNATIVE || typeof logprob !== 'number') return [];
  const bytes = readBytes(value['bytes'], MAX_ALTERNATIVE * 3);
  if (bytes === undefined) return [{ token, logprob, bytes: null }];
  const verified = toVerifiedToken(token, bytes);
  if (verified === undefined || verified.length > MAX_ALTERNATIVE) return [];
  return [{ token: verified, logprob, bytes }];
}

/** Code-unit offset of each byte of the text's UTF-8, and the offset past its character. */
function mapBytes(text: string): { bytes: Uint8Array; starts: Uint32Array; ends: Uint32Array } {
  const bytes = encoder.encode(text);
  const starts = new Uint32Array(bytes.length);
  const ends = new Uint32Array(bytes.length);
  let at = 0;
  let unit = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let k = 0; k < size; k++) {
      starts[at] = unit;
      ends[at++] = unit + character.length;
    }
    unit += character.length;
  }
  return { bytes, starts, ends };
}

/**
 * Places token entries on the text they spell: their bytes (or the UTF-8 of `token`) must concatenate to the text
 * from its start. Entries past the text's end are left out. One that disagrees means that the list tells another
 * text, and the whole list is dropped: the answer is then empty.
 */
export function alignLogprobs(entries: unknown, text: string): AlignedToken[] {
  if (!Array.isArray(entries)) return [];
  const map = mapBytes(text);
  const aligned: AlignedToken[] = [];
  let offset = 0;
  for (const value of entries as unknown[]) {
    if (offset >= map.bytes.length) break;
    if (!isObject(value) || typeof value['token'] !== 'string' || typeof value['logprob'] !== 'number') return [];
    const given = readBytes(value['bytes'], map.bytes.length);
    const bytes = given ?? [...encoder.encode(value['token'])];
    const token = toVerifiedToken(value['token'], bytes);
    if (token === undefined) return [];
    if (!sameBytes(bytes, map.bytes.subarray(offset, offset + bytes.length))) return [];
    const alternatives = Array.isArray(value['top_logprobs']) ? (value['top_logprobs'] as unknown[]) : [];
    const start = map.starts[offset]!;
    const end = bytes.length === 0 ? start : map.ends[offset + bytes.length - 1]!;
    const entry = {
      token,
      logprob: value['logprob'],
      bytes: given ?? null,
      top_logprobs: alternatives.slice(0, MAX_ALTERNATIVES).flatMap(toAlternative),
    };
    // An entry of no bytes repeats nothing, and nothing says where it belongs.
    if (bytes.length > 0) aligned.push({ entry, start, end });
    offset += bytes.length;
  }
  return aligned;
}

/** The entries that touch none of the changed spans. */
export function dropLogprobs(tokens: readonly AlignedToken[], spans: readonly Span[]): AlignedToken[] {
  return tokens.filter((token) => !spans.some((span) => token.start < span.end && token.end > span.start));
}
