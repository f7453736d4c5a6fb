// Whether content is a pickle and where that begins: by its header, by opcodes that parse, or behind padding and other bytes.
import type { Match } from '../../format.ts';
import { type Source, findBytes } from '../../source.ts';
import { StreamSource } from '../../stream-source.ts';
import { type Skeleton, isOpcode, skeletonOf } from './skeleton.ts';

export const PROTO = 0x80;
const HIGHEST = 5;
/** Padding in front of a pickle, or between two. */
const MOST_PADDING = 1 << 20;
const HEAD = 4096;
/** A line of the text protocol. */
const MOST_LINE = 1 << 20;
/** Opcodes that a beginning must have where it calls nothing. */
const ENOUGH = 8;

/** Extensions of nothing but pickles, and those under which pickles are kept as well: they decide where the content leaves it open. */
const NAMED = new Set('.pkl .pickle .pk .p .joblib .dill'.split(' '));
const HINTS = new Set(
  '.bin .pt .pth .ckpt .dat .data .sav .model .pdparams .pdopt .cbm .npy .mdl .pt2 .th .tar'.split(' '),
);

export interface Start {
  readonly match: Match;
  readonly offset: number;
}

const NOT: Start = { match: false, offset: 0 };

/** Bytes that a count may stand for: of a stream, more than anyone has. */
const sizeOf = (head: Uint8Array, source: Source): number =>
  head.length < HEAD ? head.length : source instanceof StreamSource ? 2 ** 31 : source.size;

/** Whether PROTO stands here, and an opcode behind it. */
export const hasHeader = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === PROTO &&
  bytes[at + 1] !== undefined &&
  bytes[at + 1]! <= HIGHEST &&
  (bytes[at + 2] === undefined || isOpcode(bytes[at + 2]!));

/** Whether what lies behind a STOP is nothing, padding or the next pickle. */
function isTail(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while (at < bytes.length && isPadding(bytes[at]!)) at++;
  if (at >= bytes.length || hasHeader(bytes, at)) return true;
  const { how, acts } = skeletonOf(bytes, at, bytes.length);
  return acts || how === 'stop';
}

export const isPadding = (byte: number): boolean => byte === 0 || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const isText = (byte: number): boolean => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);

const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5) && head[3] === head[2]! + 1;

/** The opcodes at the very beginning; where a line of the text protocol is longer than the head, what lies behind it as well. */
function beginning(head: Uint8Array, source: Source): Skeleton {
  const size = sizeOf(head, source);
  const skeleton = skeletonOf(head, 0, size);
  return skeleton.inLine && head.length >= HEAD ? skeletonOf(source.read(0, MOST_LINE), 0, size) : skeleton;
}

/** What the opcodes at the very beginning say. */
function atOnce({ how, end, opcodes, acts, alarming }: Skeleton, head: Uint8Array, hinted: boolean): Match {
  if (how === 'stop') return acts || isTail(head, end) ? 'sure' : alarming && hinted ? 'likely' : false;
  if (acts) return alarming || how === 'cut' ? 'sure' : 'likely';
  if (alarming && hinted) return 'likely';
  // A cut head of nothing but opcodes, or one value that goes beyond it.
  return how === 'cut' && head.length >= HEAD && (opcodes >= ENOUGH || end >= head.length) ? 'likely' : false;
}

/** A pickle with its header that begins later on in the head: one that is whole, or calls something. */
function within(head: Uint8Array, size: number): number | undefined {
  for (let at = head.indexOf(PROTO, 1); at !== -1; at = head.indexOf(PROTO, at + 1)) {
    if (!hasHeader(head, at) || head[at + 1]! < 2) continue;
    const { acts, alarming, how } = skeletonOf(head, at, size);
    if (alarming || (acts && how !== 'broken')) return at;
  }
  return undefined;
}

/**
 * @param head - the first 4096 bytes
 * @param extension - a hint
 */
export function startOf(head: Uint8Array, extension: string, source: Source): Start {
  // An archive's `PK` would be an object kept elsewhere, with a line of its bytes for a name: unpicklers stop there.
  if (head.length === 0 || isZip(head)) return NOT;
  if (hasHeader(head, 0)) return { match: 'sure', offset: 0 };
  const size = sizeOf(head, source);
  const named = NAMED.has(extension);
  const skeleton = isOpcode(head[0]!) ? beginning(head, source) : undefined;
  if (skeleton !== undefined) {
    const match = atOnce(skeleton, head, named || HINTS.has(extension));
    if (match !== false) return { match, offset: 0 };
  }
  if (head[0] === 0 && head.every((byte) => byte === 0)) {
    const at = head.length < HEAD ? -1 : findBytes(source, Uint8Array.of(PROTO), HEAD, HEAD + MOST_PADDING);
    if (at === -1) return NOT;
    const later = source.read(at, HEAD);
    return hasHeader(later, 0) && !source.read(HEAD, at - HEAD).some((byte) => byte !== 0)
      ? { match: 'likely', offset: at }
      : NOT;
  }
  if (!named && head.subarray(0, 4).every(isText)) return NOT;
  const offset = within(head, size);
  if (offset !== undefined) return { match: 'likely', offset };
  // Some values, and then what no unpickler is known to take: what the file is called counts.
  return named && skeleton !== undefined && skeleton.opcodes > 1 ? { match: 'likely', offset: 0 } : NOT;
}
