// A record's proof, checked as someone would who has neither the ledger nor this program; and the live view.
import { createPublicKey, verify } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { adminChange, LedgerFolder } from '../../test/ledger-fixture.ts';
import type { RecordProof } from '../contract/index.ts';
import { type Keys, openKeys } from '../keys/index.ts';
import { type Ledger, leafHash, proveRecord, type StoredRecord, verifyInclusion, verifyProof } from './index.ts';
import { openCheckpointNote } from './signed-note.ts';

let folder: LedgerFolder;
let ledger: Ledger;
let keys: Keys;
const faults: string[] = [];
beforeEach(async () => {
  folder = new LedgerFolder();
  keys = openKeys(folder.dataDir);
  ledger = await folder.open({ keys, checkpointInterval: 1_000_000, onFault: (fault) => faults.push(fault.message) });
});
afterEach(async () => {
  await ledger.close();
  folder.dispose();
  faults.length = 0;
});
const append = (count: number): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, (_, i) => ledger.append(adminChange(`t${i}`))));

it('proves every record, of sealed segments and of the open one, under one signed checkpoint', async () => {
  await append(21);
  for (let seq = 0; seq < 21; seq++) {
    const proof = await proveRecord(ledger, seq);
    // The record as the interface gives it, written as JSON, is the line that was hashed.
    expect(proof.leafHash).toBe(leafHash(JSON.stringify(await ledger.get(seq))).toString('hex'));
    const [leaf, root, ...path] = [proof.leafHash, proof.rootHash, ...proof.path].map((text) =>
      Buffer.from(text, 'hex'),
    );
    expect(verifyInclusion(leaf!, seq, proof.treeSize, path, root!)).toBe(true);
    expect(verifyProof(proof, keys.publicKey)).toBe(true);
  }
});

it('makes a checkpoint where none covers the record yet, and only there', async () => {
  await append(3);
  expect(ledger.lastCheckpoint?.size).toBe(0);
  expect((await proveRecord(ledger, 1)).treeSize).toBe(3);
  await append(2);
  expect((await proveRecord(ledger, 1)).treeSize).toBe(3);
  expect((await proveRecord(ledger, 4)).treeSize).toBe(5);
});

it('has a checkpoint that the tools of other logs verify: a C2SP signed note', async () => {
  await append(5);
  const { checkpoint, rootHash } = await proveRecord(ledger, 0);
  const [text, signatures] = checkpoint.split('\n\n');
  expect(text!.split('\n')).toEqual([ledger.origin, '5', Buffer.from(rootHash, 'hex').toString('base64')]);
  const [dash, name, encoded] = signatures!.trimEnd().split(' ');
  expect([dash, name]).toEqual(['\u2014', ledger.origin]);
  // As sumdb/note has it: four bytes that name the key, then Ed25519 over the text with its last newline.
  const key = createPublicKey(keys.publicKeyPem);
  const signature = Buffer.from(encoded!, 'base64').subarray(4);
  expect(verify(null, Buffer.from(`${text}\n`), key, signature)).toBe(true);
});

it('does not hold once anything in it is changed', async () => {
  await append(11);
  const proof = await proveRecord(ledger, 6);
  const flip = (text: string): string => (text.startsWith('0') ? '1' : '0') + text.slice(1);
  const note = proof.checkpoint;
  const changed: Partial<RecordProof>[] = [
    { seq: 5 },
    { leafHash: flip(proof.leafHash) },
    { path: proof.path.slice(1) },
    { path: [flip(proof.path[0]!), ...proof.path.slice(1)] },
    { treeSize: 12 },
    { rootHash: flip(proof.rootHash) },
    { checkpoint: note.replace(`\n${proof.treeSize}\n`, '\n12\n') },
    { checkpoint: note.replace('ancile/', 'ancilf/') },
    { checkpoint: `${note}x` },
    { checkpoint: '' },
    {
      checkpoint: note.replace(
        / ([A-Za-z0-9+/])([^ ]*)$/,
        (_, first: string, rest: string) => ` ${first === 'A' ? 'B' : 'A'}${rest}`,
      ),
    },
  ];
  for (const change of changed)
    expect(verifyProof({ ...proof, ...change }, keys.publicKey), JSON.stringify(change)).toBe(false);
  const other = new LedgerFolder();
  expect(verifyProof(proof, openKeys(other.dataDir).publicKey)).toBe(false);
  other.dispose();
  // A checkpoint in the ledger's own form is no note, and its signature is none over one.
  const own = ledger.lastCheckpoint!;
  const forged = note.replace(/[^ ]+\n$/, `${own.signature}\n`);
  expect(openCheckpointNote(forged, keys.publicKey)).toBeUndefined();
});

it('refuses to prove what is not there, was pruned, or was changed on disk', async () => {
  await append(20);
  for (const seq of [20, -1, 1.5, Number.NaN]) {
    await expect(proveRecord(ledger, seq)).rejects.toMatchObject({ code: 'not_found' });
  }
  folder.edit(folder.part(16, 'jsonl'), (lines) => lines.map((line) => line.replace('"t17"', '"t18"')));
  await expect(proveRecord(ledger, 17)).rejects.toMatchObject({ code: 'ledger_corrupt' });
  expect(verifyProof(await proveRecord(ledger, 18), keys.publicKey)).toBe(true);
  await ledger.prune(16);
  await expect(proveRecord(ledger, 3)).rejects.toMatchObject({
    code: 'not_found',
    hint: expect.stringContaining('pruned'),
  });
});

it('is heard live, record by record in order, by those who listen and while they do', async () => {
  await append(2);
  const heard: StoredRecord[] = [];
  const stop = ledger.live((record) => heard.push(record));
  const failing = ledger.live(() => {
    throw new Error('my own fault');
  });
  await append(19);
  failing();
  const written: StoredRecord[] = [];
  for await (const record of ledger.read({ from: 2 })) written.push(record);
  expect(heard).toEqual(written);
  expect(faults).toHaveLength(19);
  stop();
  await append(1);
  expect(heard).toHaveLength(19);
});

it('does not prune what a copy is being made of', async () => {
  await append(20);
  const { checkpoint, files, release } = await ledger.snapshot();
  expect(checkpoint.size).toBe(20);
  expect(files.map(({ name }) => name)).toContain('ledger/0000000000000008.jsonl');
  let pruned = false;
  const pruning = ledger.prune(16).then(() => (pruned = true));
  await append(3);
  await ledger.checkpoint();
  expect(pruned).toBe(false);
  release();
  await pruning;
  expect(ledger.firstSeq).toBe(16);
});
