// The filters that packers put in front of compression, undone: addresses of jumps made relative again, bytes that were
// differences of others summed up.
// Source: the .xz file format 1.2.0, section 5.3; Igor Pavlov's branch converters as XZ Utils documents them.

/** Undoes what it can of a stretch, in place; returns how many bytes are done. @param place - of its first byte in the stream */
type Convert = (bytes: Uint8Array, place: number) => number;

/** A filter that may look ahead: what it leaves is looked at again with what follows. */
function* applied(pieces: Iterable<Uint8Array>, convert: Convert): Generator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  let place = 0;
  for (const piece of pieces) {
    const bytes = new Uint8Array(rest.length + piece.length);
    bytes.set(rest);
    bytes.set(piece, rest.length);
    const done = convert(bytes, place);
    place += done;
    rest = bytes.subarray(done);
    yield bytes.subarray(0, done);
  }
  yield rest;
}

/** A filter of instructions of a fixed width. */
const byWidth =
  (width: number, step: number, convert: (bytes: DataView, at: number, place: number) => void): Convert =>
  (bytes, place) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    for (; at + width <= bytes.length; at += step) convert(view, at, place + at);
    return at;
  };

const arm = byWidth(4, 4, (bytes, at, place) => {
  if (bytes.getUint8(at + 3) !== 0xeb) return;
  const word = bytes.getUint32(at, true);
  bytes.setUint32(at, (0xeb000000 | ((((word << 2) - (place + 8)) >>> 2) & 0xffffff)) >>> 0, true);
});

const armThumb = byWidth(4, 2, (bytes, at, place) => {
  const [high, low] = [bytes.getUint16(at, true), bytes.getUint16(at + 2, true)];
  if ((high & 0xf800) !== 0xf000 || (low & 0xf800) !== 0xf800) return;
  const address = (((((high & 0x7ff) << 11) | (low & 0x7ff)) << 1) - (place + 4)) >>> 1;
  bytes.setUint16(at, 0xf000 | ((address >>> 11) & 0x7ff), true);
  bytes.setUint16(at + 2, 0xf800 | (address & 0x7ff), true);
});

const powerpc = byWidth(4, 4, (bytes, at, place) => {
  const word = bytes.getUint32(at);
  if (word >>> 26 !== 18 || (word & 3) !== 1) return;
  bytes.setUint32(at, (0x48000000 | (((word & 0x03fffffc) - place) & 0x03fffffc) | 1) >>> 0);
});

const sparc = byWidth(4, 4, (bytes, at, place) => {
  const word = bytes.getUint32(at);
  if (word >>> 22 !== 0x100 && word >>> 22 !== 0x1ff) return;
  const address = ((word << 2) - place) >>> 2;
  const sign = (((0 - ((address >>> 22) & 1)) << 22) & 0x3fffffff) | (address & 0x3fffff);
  bytes.setUint32(at, (sign | 0x40000000) >>> 0);
});

const arm64 = byWidth(4, 4, (bytes, at, place) => {
  const word = bytes.getUint32(at, true);
  if (word >>> 26 === 0x25) {
    bytes.setUint32(at, (0x94000000 | ((word - (place >>> 2)) & 0x03ffffff)) >>> 0, true);
  } else if ((word & 0x9f000000) >>> 0 === 0x90000000) {
    const source = ((word >>> 29) & 3) | ((word >>> 3) & 0x1ffffc);
    if (((source + 0x20000) & 0x1c0000) !== 0) return;
    const to = source - (place >>> 12);
    const kept = (word & 0x9000001f) | ((to & 3) << 29) | ((to & 0x3fffc) << 3) | ((0 - (to & 0x20000)) & 0xe00000);
    bytes.setUint32(at, kept >>> 0, true);
  }
});

const isFar = (byte: number): boolean => byte === 0 || byte === 0xff;
const ALLOWED = [true, true, true, false, true, false, false, false];
const SHIFTS = [0, 1, 2, 2, 3, 3, 3, 3];

/** Calls and jumps of x86, which may be confused with other bytes: a mask of the last few tells which were taken for one. */
function x86(): Convert {
  let mask = 0;
  let before = -5;
  return (bytes, place) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (place - before > 5) before = place - 5;
    while (at + 5 <= bytes.length) {
      if ((bytes[at]! & 0xfe) !== 0xe8) {
        at++;
        continue;
      }
      const gap = place + at - before;
      before = place + at;
      if (gap > 5) mask = 0;
      else for (let i = 0; i < gap; i++) mask = (mask & 0x77) << 1;
      if (isFar(bytes[at + 4]!) && ALLOWED[(mask >> 1) & 7]! && mask >> 1 < 16) {
        let from = view.getUint32(at + 1, true);
        let to: number;
        for (;;) {
          to = (from - (place + at + 5)) >>> 0;
          if (mask === 0) break;
          const shift = SHIFTS[mask >> 1]! * 8;
          if (!isFar((to >>> (24 - shift)) & 0xff)) break;
          from = (to ^ (2 ** (32 - shift) - 1)) >>> 0;
        }
        view.setUint32(at + 1, ((to & 0x1ffffff) | (0 - (to & 0x1000000))) >>> 0, true);
        at += 5;
        mask = 0;
      } else {
        mask |= isFar(bytes[at + 4]!) ? 0x11 : 1;
        at++;
      }
    }
    return at;
  };
}

/** @param distance - bytes back, 1 to 256 */
function delta(distance: number): Convert {
  const history = new Uint8Array(256);
  let count = 0;
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++, count++) {
      const value = (bytes[at]! + history[(count - distance) & 0xff]!) & 0xff;
      history[count & 0xff] = bytes[at] = value;
    }
    return bytes.length;
  };
}

/** Filters by their ids of xz, which newer 7z archives use as well. */
const BY_ID: ReadonlyMap<number, () => Convert> = new Map([
  [4, x86],
  [5, () => powerpc],
  [7, () => arm],
  [8, () => armThumb],
  [9, () => sparc],
  [10, () => arm64],
]);
const DELTA = 3;

/**
 * What a filter was applied to.
 * @param id - of xz
 * @param property - its first byte of properties, of `delta`
 * @returns undefined for a filter that is not known
 */
export function unfilter(
  id: number,
  property: number,
  pieces: Iterable<Uint8Array>,
): Generator<Uint8Array> | undefined {
  const convert = id === DELTA ? delta(property + 1) : BY_ID.get(id)?.();
  return convert === undefined ? undefined : applied(pieces, convert);
}
