// The tree against RFC 6962's recursive definition written out, its published vectors, and every kind of damage.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Frontier, subtreeRoot } from './frontier.ts';
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  leafHashOfBytes,
  rangeRoot,
  type TreeSource,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';

const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** MTH of RFC 6962, 2.1, as it stands there. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return sha(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (k < leaves.length / 2) k *= 2;
  return sha(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

const toSource = (leaves: readonly Buffer[]): TreeSource => ({
  subtree(start, count) {
    expect(start % count).toBe(0);
    expect(start + count).toBeLessThanOrEqual(leaves.length);
    return mth(leaves.slice(start, start + count));
  },
});

// The inputs of the Certificate Transparency reference implementation, with its published roots.
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('the published vectors', () => {
  it('has the roots of the reference implementation', () => {
    const frontier = new Frontier();
    for (const [i, leaf] of CT_LEAVES.entries()) {
      frontier.append(leafHashOfBytes(leaf));
      expect(Buffer.from(frontier.root()).toString('hex')).toBe(CT_ROOTS[i]);
      expect(mth(CT_LEAVES.slice(0, i + 1)).toString('hex')).toBe(CT_ROOTS[i]);
    }
    expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('has the audit path and consistency proofs of the reference implementation', () => {
    const source = toSource(CT_LEAVES);
    const hex = (path: readonly Uint8Array[]): string[] => path.map((hash) => Buffer.from(hash).toString('hex'));
    expect(hex(inclusionProof(source, 0, 8))).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(hex(consistencyProof(source, 6, 8))).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('hashes a text as its UTF-8 bytes', () => {
    expect(leafHash('{"ä":"🛡"}')).toEqual(leafHashOfBytes(Buffer.from('{"ä":"🛡"}')));
  });
});

describe('any tree', () => {
  const leaves = Array.from({ length: 70 }, (_, i) => Buffer.from(`leaf ${i}`));
  const source = toSource(leaves);
  const sizes = fc.nat({ max: leaves.length });

  it('grows to the recursive root, leaf by leaf or by subtrees, and copies stand apart', () => {
    const frontier = new Frontier(3);
    for (let n = 0; n <= leaves.length; n++) {
      expect(Buffer.compare(frontier.root(), mth(leaves.slice(0, n)))).toBe(0);
      expect(Buffer.compare(rangeRoot(source, 0, n), mth(leaves.slice(0, n)))).toBe(0);
      if (n > 0 && n % 8 === 0) expect(Buffer.compare(frontier.watched!, mth(leaves.slice(n - 8, n)))).toBe(0);
      if (n < leaves.length) frontier.copy().append(leafHash('another'));
      if (n < leaves.length) frontier.append(leafHashOfBytes(leaves[n]!));
    }
    const bySubtrees = new Frontier();
    const hashes = Buffer.concat(leaves.map((leaf) => leafHashOfBytes(leaf)));
    for (let first = 0; first < 64; first += 16) {
      bySubtrees.appendSubtree(subtreeRoot(hashes.subarray(first * 32, (first + 16) * 32)), 4);
    }
    expect(bySubtrees.size).toBe(64);
    expect(Buffer.compare(bySubtrees.root(), mth(leaves.slice(0, 64)))).toBe(0);
    bySubtrees.append(leafHash('x'));
    expect(() => bySubtrees.appendSubtree(EMPTY_ROOT, 4)).toThrow(RangeError);
  });

  it('proves each leaf it has, and no other', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (size, at, other) => {
        fc.pre(size > 0);
        const index = at % size;
        const root = mth(leaves.slice(0, size));
        const path = inclusionProof(source, index, size);
        const leaf = leafHashOfBytes(leaves[index]!);
        expect(verifyInclusion(leaf, index, size, path, root)).toBe(true);
        expect(verifyInclusion(leafHash('forged'), index, size, path, root)).toBe(false);
        if (other % size !== index) expect(verifyInclusion(leaf, other % size, size, path, root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, [...path, leaf], root)).toBe(false);
        if (path.length > 0) {
          expect(verifyInclusion(leaf, index, size, path.slice(1), root)).toBe(false);
          const bent = path.map((hash) => Buffer.from(hash));
          bent[other % bent.length]![other % 32]! ^= 1;
          expect(verifyInclusion(leaf, index, size, bent, root)).toBe(false);
        }
      }),
    );
  });

  it('proves that it grew from what it was, and from nothing else', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.nat(), (a, b, bit) => {
        const [m, n] = a <= b ? [a, b] : [b, a];
        const path = consistencyProof(source, m, n);
        const [old, now] = [mth(leaves.slice(0, m)), mth(leaves.slice(0, n))];
        expect(verifyConsistency(m, n, old, now, path)).toBe(true);
        if (m === 0) return;
        const rewritten = mth([Buffer.from('rewritten'), ...leaves.slice(1, m)]);
        expect(verifyConsistency(m, n, rewritten, now, path)).toBe(false);
        expect(verifyConsistency(m, n, old, leafHash('another'), path)).toBe(false);
        expect(verifyConsistency(m, n, old, now, [...path, EMPTY_ROOT])).toBe(false);
        if (path.length > 0) {
          expect(verifyConsistency(m, n, old, now, path.slice(0, -1))).toBe(false);
          const bent = path.map((hash) => Buffer.from(hash));
          bent[bit % bent.length]![bit % 32]! ^= 1;
          expect(verifyConsistency(m, n, old, now, bent)).toBe(false);
        }
      }),
    );
  });

  it('refuses what is out of bounds', () => {
    expect(() => inclusionProof(source, 5, 5)).toThrow(RangeError);
    expect(() => consistencyProof(source, 6, 5)).toThrow(RangeError);
    expect(verifyInclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)).toBe(false);
    expect(verifyConsistency(3, 2, EMPTY_ROOT, EMPTY_ROOT, [])).toBe(false);
  });
});
