// LZ4 frames, decoded a block at a time; checksums are not held against what is decoded.
// Source: LZ4 frame format 1.6.2, LZ4 block format (Yann Collet).
import type { ByteReader } from './lzma.ts';

/** A stream that is no LZ4 frame, or breaks off. */
export class Lz4Fault extends Error {
  override readonly name = 'Lz4Fault';
}

const MAGIC = 0x184d2204;
/** What a match may look back to. */
const WINDOW = 1 << 16;

function byteOf(input: ByteReader): number {
  const byte = input.next();
  if (byte === -1) throw new Lz4Fault('the stream breaks off');
  return byte;
}

function u32(input: ByteReader): number {
  return (byteOf(input) | (byteOf(input) << 8) | (byteOf(input) << 16) | (byteOf(input) << 24)) >>> 0;
}

/** A length of 15 goes on in the bytes that follow. */
function longer(length: number, next: () => number): number {
  if (length !== 15) return length;
  for (;;) {
    const more = next();
    length += more;
    if (more !== 255) return length;
  }
}

/** A block, behind the window it may look back to; returns the window with the block behind it. */
function decodeBlock(packed: Uint8Array, window: Uint8Array, most: number): Uint8Array {
  let out = new Uint8Array(window.length + Math.min(most, packed.length * 4 + 64));
  out.set(window);
  let length = window.length;
  let at = 0;
  const next = (): number => {
    if (at >= packed.length) throw new Lz4Fault('a block breaks off');
    return packed[at++]!;
  };
  const room = (count: number): void => {
    if (length + count - window.length > most) throw new Lz4Fault('a block longer than it may be');
    if (length + count <= out.length) return;
    const more = new Uint8Array(Math.min(window.length + most, (length + count) * 2));
    more.set(out);
    out = more;
  };
  while (at < packed.length) {
    const token = next();
    const literals = longer(token >> 4, next);
    if (at + literals > packed.length) throw new Lz4Fault('a block breaks off');
    room(literals);
    out.set(packed.subarray(at, at + literals), length);
    length += literals;
    at += literals;
    // The last sequence is literals only.
    if (at >= packed.length) break;
    const distance = next() | (next() << 8);
    if (distance === 0 || distance > length) throw new Lz4Fault('looks back before the beginning');
    const match = 4 + longer(token & 15, next);
    room(match);
    // A match may overlap what it makes.
    for (let i = 0; i < match; i++, length++) out[length] = out[length - distance]!;
  }
  return out.subarray(0, length);
}

/** A frame of the kind `.lz4`; a file may hold several one behind the other. @throws Lz4Fault */
export function* decodeLz4(input: ByteReader): Generator<Uint8Array> {
  if (u32(input) !== MAGIC) throw new Lz4Fault('no .lz4');
  const flags = byteOf(input);
  const most = 1 << (8 + 2 * ((byteOf(input) >> 4) & 7));
  if (most < 1 << 16 || flags >> 6 !== 1) throw new Lz4Fault('no such frame');
  for (let skip = ((flags & 8) !== 0 ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0) + 1; skip > 0; skip--) byteOf(input);
  const [isLinked, hasChecks] = [(flags & 0x20) === 0, (flags & 0x10) !== 0];
  let window: Uint8Array = new Uint8Array(0);
  for (;;) {
    const size = u32(input);
    if (size === 0) break;
    const length = size & 0x7fffffff;
    if (length > most) throw new Lz4Fault('a block longer than it may be');
    const packed = new Uint8Array(length);
    for (let i = 0; i < length; i++) packed[i] = byteOf(input);
    if (hasChecks) u32(input);
    const before = window.length;
    const whole = size > 0x7fffffff ? Buffer.concat([window, packed]) : decodeBlock(packed, window, most);
    yield whole.subarray(before);
    window = isLinked ? whole.subarray(Math.max(0, whole.length - WINDOW)) : window;
  }
  if ((flags & 4) !== 0) u32(input);
}
