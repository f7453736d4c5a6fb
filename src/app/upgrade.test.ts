// A data folder of each released version opens, is brought to the present schema, and has lost nothing.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { unpackDataDir } from '../../test/fixtures/unpack.ts';
import { createFeedbackBook } from '../access/index.ts';
import { parseConfig, type LoadedConfig } from '../config/index.ts';
import type { RecordBody } from '../contract/index.ts';
import {
  Evidence,
  getExchangeRow,
  indexRecords,
  proveRecord,
  readOverview,
  searchExchanges,
  searchRecords,
  verifyLedger,
  verifyProof,
} from '../ledger/index.ts';
import { MIGRATIONS, type Migration, openStore } from '../store/index.ts';
import { type DataDir, openDataDir } from './data-dir.ts';

const KEY = 'ancile_kend9t9z6pftz63swjyfv820m9xy3cb9k6y28v4xrnmkxh';
const KEY_ID = 'key_01m83k0yjhfjafygfaky7yjsv4';
const REVOKED = 'key_01m83k0ykwjjxrcys5fg0fns3g';

let dir: string;
let data: DataDir | undefined;
beforeEach(async () => void (dir = await unpackDataDir('data-dir-schema-1')));
afterEach(async () => {
  await data?.close();
  data = undefined;
  rmSync(dir, { recursive: true });
});

const loaded = (): LoadedConfig => ({ config: parseConfig('dataDir: data', 'ancile.yaml'), file: undefined, dir });
const open = async (): Promise<DataDir> => (data = await openDataDir(loaded(), () => undefined));

it('the first release: keys, budgets, node, ledger and evidence go on', async () => {
  const { keyRing, budgets, ledger, keys, store, node } = await open();
  expect(keyRing.authenticate(KEY)).toMatchObject({ ok: true });
  expect(keyRing.list().find(({ id }) => id === REVOKED)?.revoked).toBeDefined();
  expect(keyRing.list()).toHaveLength(3);
  expect(budgets.used(KEY_ID, 'total').charged.requests).toBe(12);
  expect(await store.db.selectFrom('migrations').select('id').orderBy('id').execute()).toEqual(
    MIGRATIONS.map(({ id }) => ({ id })),
  );
  expect((await ledger.get(0))?.node).toBe(node);
  const report = await verifyLedger(join(dir, 'data'));
  expect(report.problems).toEqual([]);
  expect(verifyProof(await proveRecord(ledger, 3), keys.publicKey)).toBe(true);

  const index = indexRecords(store, ledger);
  await index.caughtUp();
  const { exchanges } = await searchExchanges(store, { principal: KEY_ID });
  expect(exchanges).toHaveLength(12);
  const [blocked] = (await searchExchanges(store, { action: 'block' })).exchanges;
  expect(blocked).toMatchObject({ outcome: 'denied_input', status: 403, principalName: 'Billing' });
  expect((await searchExchanges(store, { text: 'billing', class: 'pii' })).exchanges).toHaveLength(1);
  expect(await getExchangeRow(store, blocked!.id)).toEqual(blocked);
  expect(await searchRecords(store, { kind: 'admin.change' })).toHaveLength(4);
  const day = blocked!.time.slice(0, 10);
  const overview = await readOverview(store, { from: `${day}T00:00:00Z`, to: `${day}T23:59:59Z` });
  expect(overview.totals).toMatchObject({ exchanges: 12, actions: { block: 1 } });
  const evidence = new Evidence({ dataDir: join(dir, 'data'), captureKey: keys.captureKey });
  expect((await evidence.get(exchanges.at(-1)!.id)).map(({ direction }) => direction)).toEqual(['input', 'output']);
  await evidence.close();
  await index.stop();
});

it('goes on from there, and opens again', async () => {
  const first = await open();
  const before = first.ledger.size;
  await first.ledger.append({ kind: 'node.state', state: 'started', version: '0' });
  await first.close();
  const second = await open();
  expect(second.ledger.size).toBe(before + 1);
  expect(second.budgets.used(KEY_ID, 'total').charged.requests).toBe(12);
});

it('feedback can be given on what the first release recorded', async () => {
  const { store, ledger, keys } = await open();
  const index = indexRecords(store, ledger);
  await index.caughtUp();
  const [blocked] = (await searchExchanges(store, { action: 'block' })).exchanges;
  const append = (body: RecordBody): Promise<unknown> => ledger.append(body);
  const book = createFeedbackBook({ store, append, seal: keys.sealFor('feedback') });
  const feedback = await book.give({
    verdict: 'right',
    actor: 'ada',
    principal: blocked!.principal,
    exchange: blocked!.id,
    direction: 'input',
    segment: '/messages/0/content',
    channel: 'user',
    rule: blocked!.rules[0]!,
    score: 0.9,
    digest: 'd',
    digestOf: 'text',
    text: 'an example',
  });
  expect((await book.texts({ limit: 10 })).items).toEqual([{ feedback, text: 'an example' }]);
  await index.caughtUp();
  expect(await searchRecords(store, { kind: 'feedback' })).toHaveLength(1);
  expect(await searchRecords(store, { exchange: blocked!.id })).toHaveLength(3);
  await index.stop();
});

it('a step that fails leaves the store as it was, row for row', async () => {
  const path = join(dir, 'data', 'store.db');
  const copy = join(dir, 'copy.db');
  cpSync(path, copy);
  const broken: Migration = {
    id: 99,
    name: 'half a step',
    async up(db) {
      await db.deleteFrom('keys').execute();
      throw new Error('in the middle');
    },
  };
  const [released] = MIGRATIONS;
  const rows = async (): Promise<unknown> => {
    const store = await openStore({ path, migrations: [released!] });
    const found = [
      await store.db.selectFrom('keys').selectAll().execute(),
      await store.db.selectFrom('counters').selectAll().execute(),
      await store.db.selectFrom('meta').selectAll().execute(),
      await store.db.selectFrom('migrations').select(['id', 'name']).execute(),
    ];
    await store.close();
    return found;
  };
  const before = await rows();
  await expect(openStore({ path, migrations: [released!, broken] })).rejects.toMatchObject({ code: 'store_fault' });
  expect(await rows()).toEqual(before);
  expect(readFileSync(path).subarray(0, 15).toString()).toBe('SQLite format 3');
  await open();
});

it('a folder of a newer version is refused, and not touched', async () => {
  const path = join(dir, 'data', 'store.db');
  const newer: Migration = { id: 1000, name: 'of tomorrow', up: async () => undefined };
  await (await openStore({ path, migrations: [...MIGRATIONS, newer] })).close();
  await expect(open()).rejects.toMatchObject({
    code: 'data_dir_unusable',
    hint: expect.stringContaining('newer ancile'),
  });
  const store = await openStore({ path, migrations: [...MIGRATIONS, newer] });
  expect(await store.db.selectFrom('migrations').select('id').where('id', '=', 1000).execute()).toHaveLength(1);
  await store.close();
});
