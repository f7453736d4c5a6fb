// The Merkle tree of RFC 6962 / RFC 9162 section 2.1: hashes, proofs, and their verification. Pure.
import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT = hash('sha256', '', 'buffer');

/** Hash of a leaf: SHA-256(0x00 || UTF-8 of the text). The text must be well-formed Unicode. */
export function leafHash(text: string): Buffer {
  return hash('sha256', '\0' + text, 'buffer');
}

/** The same of bytes as they were read. */
export function leafHashOfBytes(bytes: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(bytes.length + 1);
  prefixed[0] = 0;
  prefixed.set(bytes, 1);
  return hash('sha256', prefixed, 'buffer');
}

// Written and read within one call, so that the millions of inner nodes need no buffer each.
const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** Hash of an inner node: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return hash('sha256', pair, 'buffer');
}

/** Where hashes come from: answers for complete, aligned subtrees only (`count` a power of two dividing `start`). */
export interface TreeSource {
  subtree(start: number, count: number): Uint8Array;
}

/** The largest power of two smaller than n; n is at least 2. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** Root over the leaves `start .. start+count-1`, where `start` is where such a subtree of RFC 6962 can begin. */
export function rangeRoot(source: TreeSource, start: number, count: number): Uint8Array {
  if (count === 0) return EMPTY_ROOT;
  if (Number.isInteger(Math.log2(count))) return source.subtree(start, count);
  const k = split(count);
  return nodeHash(source.subtree(start, k), rangeRoot(source, start + k, count - k));
}

function checkBounds(ok: boolean, what: string): void {
  if (!ok) throw new RangeError(`merkle: ${what}`);
}

/**
 * Audit path of leaf `index` in the tree of the first `size` leaves, nearest sibling first (RFC 9162, 2.1.3.1).
 * @throws RangeError unless 0 <= index < size.
 */
export function inclusionProof(source: TreeSource, index: number, size: number): Uint8Array[] {
  checkBounds(index >= 0 && index < size, `no leaf ${index} in a tree of ${size}`);
  const path: Uint8Array[] = [];
  let start = 0;
  for (let count = size; count > 1;) {
    const k = split(count);
    if (index - start < k) {
      path.push(rangeRoot(source, start + k, count - k));
      count = k;
    } else {
      path.push(source.subtree(start, k));
      start += k;
      count -= k;
    }
  }
  return path.reverse();
}

/**
 * Whether `path` proves that `leaf` is leaf `index` of the tree of `size` leaves with this root (RFC 9162, 2.1.3.2).
 */
export function verifyInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!(index >= 0 && index < size)) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of path) {
    if (p.length !== HASH_BYTES || sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = nodeHash(p, r);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      r = nodeHash(r, p);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && Buffer.compare(r, root) === 0;
}

/**
 * Proof that the tree of the first `m` leaves is a beginning of the tree of the first `n` (RFC 9162, 2.1.4.1).
 * Empty for m = 0 and m = n.
 * @throws RangeError unless 0 <= m <= n.
 */
export function consistencyProof(source: TreeSource, m: number, n: number): Uint8Array[] {
  checkBounds(m >= 0 && m <= n, `a tree of ${m} is no beginning of one of ${n}`);
  if (m === 0 || m === n) return [];
  const path: Uint8Array[] = [];
  let start = 0;
  let count = n;
  let whole = true;
  while (m - start < count) {
    const k = split(count);
    if (m - start <= k) {
      path.push(rangeRoot(source, start + k, count - k));
      count = k;
    } else {
      path.push(source.subtree(start, k));
      start += k;
      count -= k;
      whole = false;
    }
  }
  if (!whole) path.push(rangeRoot(source, start, count));
  return path.reverse();
}

/** Whether `path` proves that the tree (m, oldRoot) is a beginning of the tree (n, newRoot) (RFC 9162, 2.1.4.2). */
export function verifyConsistency(
  m: number,
  n: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (!(m >= 0 && m <= n) || path.some((hash) => hash.length !== HASH_BYTES)) return false;
  if (m === n) return path.length === 0 && Buffer.compare(oldRoot, newRoot) === 0;
  if (m === 0) return path.length === 0 && Buffer.compare(oldRoot, EMPTY_ROOT) === 0;
  const rest = Number.isInteger(Math.log2(m)) ? [oldRoot, ...path] : [...path];
  const first = rest.shift();
  if (first === undefined) return false;
  let fn = m - 1;
  let sn = n - 1;
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  let fr = first;
  let sr = first;
  for (const c of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else {
      sr = nodeHash(sr, c);
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && Buffer.compare(fr, oldRoot) === 0 && Buffer.compare(sr, newRoot) === 0;
}
