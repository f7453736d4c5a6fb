import { createHash } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import type { RecordProof, StoredRecord } from '../../contract.ts';
import { readCheckpoint } from './checkpoint.ts';
import { hashLeaf, rootOf } from './merkle.ts';
import { verifyProof } from './verify-proof.ts';

const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const leafOf = (line: string): Buffer => sha256(Buffer.of(0), line);
const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

// The definitions of RFC 9162 2.1.1 and 2.1.3.1, word for word: another way than the one that is tested.
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const k = split(leaves.length);
  return sha256(Buffer.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}
function auditPath(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...auditPath(m, leaves.slice(0, k)), treeHash(leaves.slice(k))]
    : [...auditPath(m - k, leaves.slice(k)), treeHash(leaves.slice(0, k))];
}

it('leads every leaf of every small tree to its root, and no other leaf', async () => {
  for (let size = 1; size <= 17; size++) {
    const leaves = Array.from({ length: size }, (_, i) => leafOf(`line ${i}`));
    const root = treeHash(leaves).toString('hex');
    for (let index = 0; index < size; index++) {
      const path = auditPath(index, leaves).map((hash) => hash.toString('hex'));
      expect(await rootOf(leaves[index]!.toString('hex'), index, size, path)).toBe(root);
      if (size === 1) continue;
      const other = (index + 1) % size;
      expect(await rootOf(leaves[index]!.toString('hex'), other, size, path)).not.toBe(root);
      expect(await rootOf(leaves[index]!.toString('hex'), index, size, path.slice(1))).not.toBe(root);
    }
  }
});

it.each([
  ['a leaf that is none', 'zz', 0, 1, []],
  ['an index beyond the tree', 'ab'.repeat(32), 4, 4, []],
  ['a path too long', 'ab'.repeat(32), 0, 1, ['cd'.repeat(32)]],
  ['a path that is none', 'ab'.repeat(32), 0, 2, ['<b>']],
] as const)('refuses %s', async (_, leaf, index, size, path) => {
  expect(await rootOf(leaf, index, size, path)).toBeUndefined();
});

it('reads a checkpoint in both forms', () => {
  const root = 'ab'.repeat(32);
  const base64 = Buffer.from(root, 'hex').toString('base64');
  expect(readCheckpoint(JSON.stringify({ size: 3, root, keyId: 'k' }))).toEqual({ size: 3, root, signer: 'k' });
  expect(readCheckpoint(`ancile/x\n3\n${base64}\n\n\u2014 ancile/x AAAA\n`)).toEqual({
    size: 3,
    root,
    signer: 'ancile/x',
  });
  expect(readCheckpoint('nothing of the kind')).toBeUndefined();
});

const record: StoredRecord = {
  seq: 2,
  kind: 'session',
  state: 'begun',
  actor: 'ada',
  time: '2026-01-01T00:00:00.000Z',
  node: 'n1',
};
const lines = ['a', 'b', JSON.stringify(record), 'd', 'e'];
let proof: RecordProof;

beforeAll(() => {
  const leaves = lines.map(leafOf);
  const root = treeHash(leaves).toString('hex');
  proof = {
    seq: 2,
    line: lines[2]!,
    leafHash: leaves[2]!.toString('hex'),
    path: auditPath(2, leaves).map((hash) => hash.toString('hex')),
    treeSize: 5,
    rootHash: root,
    checkpoint: JSON.stringify({ size: 5, root }),
  };
});

const failing = async (change: Partial<RecordProof>, shown: StoredRecord = record): Promise<string | undefined> =>
  (await verifyProof(shown, { ...proof, ...change })).find((step) => !step.ok)?.text;

it('accepts a proof whose every step holds', async () => {
  expect(await failing({})).toBeUndefined();
  expect(await verifyProof(record, proof)).toHaveLength(5);
  expect(await hashLeaf(lines[2]!)).toBe(proof.leafHash);
});

it('names the step that fails', async () => {
  expect(await failing({ seq: 1 })).toContain('of record 2');
  expect(await failing({}, { ...record, actor: 'eve' } as StoredRecord)).toContain('what this page shows');
  expect(await failing({ line: JSON.stringify({ ...record, more: 1 }) })).toContain('hashes to the leaf');
  expect(await failing({ path: [...proof.path].reverse() })).toContain('lead from the leaf');
  expect(await failing({ checkpoint: JSON.stringify({ size: 4, root: proof.rootHash }) })).toContain('checkpoint');
});
