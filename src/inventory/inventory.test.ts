// The inventory: a state is on record before it holds, listeners hear of it, and nothing unrecorded happens.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ModelAsset, RecordBody } from '../contract/index.ts';
import { type Store, openStore } from '../store/index.ts';
import { type Inventory, createInventory, digestOfListing, scanSummary } from './index.ts';

let dir: string;
let store: Store;
let inventory: Inventory;
let records: RecordBody[];
let broken: boolean;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-inventory-'));
  [records, broken] = [[], false];
  store = await openStore({ path: join(dir, 'store.db') });
  inventory = createInventory({
    store,
    append: async (body) => {
      if (broken) throw new Error('the disk is full');
      records.push(body);
    },
  });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const SHA = 'a'.repeat(64);
const asset = (repo = 'org/model'): ModelAsset => ({
  id: `hub:${repo}@c1`,
  source: 'hub',
  repo,
  revision: 'c1',
  digest: 'd',
  state: 'admitted',
  files: [{ path: 'model.safetensors', size: 5, etag: SHA }],
  bytes: 5,
  signature: { state: 'none' },
  firstSeen: '2026-01-01T00:00:00.000Z',
  changed: '2026-01-01T00:00:00.000Z',
  pulls: 0,
  pulledBy: [],
});
const ID = 'hub:org/model@c1';

it('takes in what it sees as quarantined, once', async () => {
  expect((await inventory.see(asset())).state).toBe('quarantined');
  await inventory.setState(ID, () => ({ to: 'admitted', actor: 'policy', reason: 'clean' }));
  expect((await inventory.see(asset())).state).toBe('admitted');
  expect(records.map((each) => each.kind === 'model.state' && [each.from, each.to])).toEqual([
    [undefined, 'quarantined'],
    ['quarantined', 'admitted'],
  ]);
});

it('changes no state that is not on record, and tells of those that are', async () => {
  await inventory.see(asset());
  const told: string[] = [];
  const stop = inventory.onState(({ state }) => told.push(state));
  broken = true;
  await expect(inventory.setState(ID, () => ({ to: 'admitted', actor: 'olga', reason: 'x' }))).rejects.toThrow('full');
  expect((await inventory.get(ID))?.state).toBe('quarantined');
  broken = false;
  await inventory.setState(ID, () => ({ to: 'retired', actor: 'olga', reason: 'old' }));
  expect(told).toEqual(['retired']);
  stop();
  await inventory.setState(ID, () => undefined);
  await inventory.setState(ID, () => ({ to: 'admitted', actor: 'olga', reason: 'needed' }));
  expect(told).toEqual(['retired']);
  await expect(inventory.setState('hub:x@y', () => undefined)).rejects.toThrow('no such model');
});

it('a person who admits a version accepts the files that were scanned, and no others', async () => {
  await inventory.see({ ...asset(), files: [...asset().files, { path: 'b', size: 1, etag: 'e' }] });
  await inventory.learn(ID, (known) => ({
    ...known,
    state: 'admitted',
    files: known.files.map((file) => (file.path === 'b' ? file : { ...file, sha256: SHA, verdict: 'suspicious' })),
  }));
  expect((await inventory.get(ID))?.state).toBe('quarantined');
  const { files, actor } = await inventory.setState(ID, () => ({ to: 'admitted', actor: 'olga', reason: 'seen' }));
  expect(files.map(({ accepted }) => accepted)).toEqual([true, undefined]);
  expect(actor).toBe('olga');
});

it('finds versions by content and by what they are, and counts pulls', async () => {
  await inventory.see(asset());
  await inventory.see({ ...asset('org/other'), files: [{ path: 'x', size: 5, etag: SHA, sha256: SHA }] });
  await inventory.learn(ID, (known) => ({ ...known, files: [{ ...known.files[0]!, sha256: SHA }] }));
  expect((await inventory.findByContent(SHA)).map(({ repo }) => repo).sort()).toEqual(['org/model', 'org/other']);
  expect(await inventory.findByContent('b'.repeat(64))).toEqual([]);
  for (let i = 0; i < 3; i++) inventory.notePull(ID, `key_${i % 2}`);
  await inventory.flush();
  expect(await inventory.get(ID)).toMatchObject({ pulls: 3, pulledBy: ['key_0', 'key_1'] });
  expect(await inventory.list({ repo: 'org/other', limit: 10 })).toHaveLength(1);
  expect(await inventory.list({ state: 'admitted', limit: 10 })).toEqual([]);
});

it('sums up: the worst verdict counts, and what is bad weighs more than what is unknown', () => {
  const file = { path: 'a', size: 1, etag: 'e' };
  const finding = { rule: 'pickle.call', severity: 'critical', message: 'm' } as const;
  const summary = scanSummary([
    file,
    { ...file, verdict: 'unanalyzed', format: 'unknown' },
    { ...file, verdict: 'malicious', format: 'pickle', findings: [finding, finding] },
  ]);
  expect(summary).toMatchObject({ files: 2, verdict: 'malicious', rules: ['pickle.call'] });
  expect(scanSummary([file]).verdict).toBe('clean');
  const one = { path: 'a', size: 1, etag: 'e' };
  const two = { path: 'b', size: 2, etag: 'f' };
  expect(digestOfListing([one, two])).toBe(digestOfListing([two, one]));
});
