// The index follows the ledger, and finds by each of its columns; it can be lost and rebuilt.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { adminChange, closed, LedgerFolder, opened } from '../../test/ledger-fixture.ts';
import type { ExchangeFilter, Finding, RecordBody } from '../contract/index.ts';
import { openStore, type Store } from '../store/index.ts';
import {
  indexRecords,
  type Ledger,
  type RecordFilter,
  type RecordIndex,
  searchExchanges,
  searchRecords,
} from './index.ts';

const finding = (rule: string, of: Finding['class']): Finding => ({
  rule,
  class: of,
  severity: 'high',
  score: 1,
  start: 0,
  end: 1,
  evidence: '[redacted]',
  techniques: [],
  detector: 'd',
  segment: '',
  channel: 'user',
});

let folder: LedgerFolder;
let store: Store;
let ledger: Ledger;
let index: RecordIndex;
let now = Date.parse('2026-01-01T00:00:00Z');
beforeEach(async () => {
  folder = new LedgerFolder();
  store = await openStore({ path: join(folder.dataDir, 'store.db') });
  ledger = await folder.open({ clock: () => (now += 60_000) });
  index = indexRecords(store, ledger, { interval: 5 });
});
afterEach(async () => {
  await index.stop();
  await ledger.close();
  await store.close();
  folder.dispose();
});
const seqs = async (filter: RecordFilter): Promise<number[]> =>
  (await searchRecords(store, filter)).map(({ seq }) => seq);

it('finds records by what they say, newest first', async () => {
  const pii = [finding('pii.card', 'pii'), finding('pii.iban', 'pii'), finding('secret.aws', 'secret')];
  const block = { action: 'block' as const, policies: [], stages: [], policyVersion: 'v' };
  await ledger.append(opened('ex_1', { findings: pii }));
  await ledger.append(closed('ex_1'));
  await ledger.append(opened('ex_2', { decision: block }));
  await ledger.append(
    closed('ex_2', { outcome: 'denied_input', decision: block, findings: [finding('secret.gcp', 'secret')] }),
  );
  await ledger.append(adminChange('key_9'));
  await ledger.append({ kind: 'access.refused', reason: 'unauthenticated', count: 3, since: '' });
  await ledger.append({ kind: 'node.state', state: 'started', version: '0' });
  await index.caughtUp();

  expect(await seqs({})).toEqual([6, 5, 4, 3, 2, 1, 0]);
  expect(await seqs({ exchange: 'ex_1' })).toEqual([1, 0]);
  expect(await seqs({ class: 'secret' })).toEqual([3, 0]);
  expect(await seqs({ class: 'pii', kind: 'exchange.opened' })).toEqual([0]);
  expect(await seqs({ action: 'block' })).toEqual([3, 2]);
  expect(await seqs({ principal: 'test' })).toEqual([4]);
  expect(await seqs({ principal: "' OR 1=1 --" })).toEqual([]);
  const third = (await ledger.get(2))!.time;
  expect(await seqs({ from: third })).toEqual([6, 5, 4, 3, 2]);
  expect(await seqs({ to: third })).toEqual([1, 0]);
  const page = await seqs({ limit: 3 });
  expect(await seqs({ limit: 3, before: page.at(-1)! })).toEqual([3, 2, 1]);
  expect(await searchRecords(store, { class: 'pii' })).toEqual([
    { seq: 0, time: '2026-01-01T00:02:00.000Z', kind: 'exchange.opened', exchange: 'ex_1' },
  ]);
  expect((await searchRecords(store, { kind: 'access.refused' }))[0]).toMatchObject({ seq: 5, exchange: null });
});

it('finds approvals and sign-ins by whom and what they are about', async () => {
  await ledger.append(opened('ex_1'));
  const about = { approval: 'ap_1', exchange: 'ex_1', principal: 'key_1', digest: 'd', direction: 'input' as const };
  await ledger.append({ kind: 'approval', state: 'pending', ...about });
  await ledger.append({ kind: 'session', state: 'begun', actor: 'ann' });
  await ledger.append({ kind: 'approval', state: 'approved', actor: 'ann', ...about });
  await index.caughtUp();
  expect(await seqs({ kind: 'approval' })).toEqual([3, 1]);
  expect(await seqs({ exchange: 'ex_1' })).toEqual([3, 1, 0]);
  expect(await seqs({ principal: 'key_1', kind: 'approval' })).toEqual([3, 1]);
  expect(await seqs({ principal: 'ann' })).toEqual([2]);
  expect(await seqs({ exchange: 'ex_2' })).toEqual([]);
});

it('follows by itself, more than a batch at a time', async () => {
  await index.stop();
  const other = new LedgerFolder();
  const long = await other.open({ segmentSize: 4096 });
  await Promise.all(Array.from({ length: 2600 }, (_, i) => long.append(adminChange(`t${i}`))));
  const following = indexRecords(store, long, { interval: 5 });
  await expect.poll(() => seqs({ limit: 1 }), { timeout: 15_000 }).toEqual([2599]);
  const { count } = await store.db
    .selectFrom('records')
    .select((db) => db.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(count).toBe(2600);
  await following.stop();
  await long.close();
  other.dispose();
});

it('does again what a crash left half recorded, and nothing twice', async () => {
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => ledger.append(opened(`ex_${i}`, { findings: [finding('a.b', 'pii')] }))),
  );
  await index.caughtUp();
  await index.stop();
  await store.db
    .updateTable('meta')
    .set({ value: `4 ${ledger.origin}` })
    .execute();
  index = indexRecords(store, ledger);
  await index.caughtUp();
  expect(await seqs({ class: 'pii' })).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

it('begins anew for another ledger, and forgets what was pruned', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => ledger.append(adminChange(`t${i}`))));
  await index.caughtUp();
  await ledger.prune(10);
  await index.caughtUp();
  expect(Math.min(...(await seqs({})))).toBe(8);
  await index.stop();
  const other = new LedgerFolder();
  const otherLedger = await other.open();
  await otherLedger.append(adminChange('only'));
  const otherIndex = indexRecords(store, otherLedger);
  await otherIndex.caughtUp();
  expect(await seqs({})).toEqual([0]);
  await otherIndex.stop();
  await otherLedger.close();
  other.dispose();
});

it('finds by the beginning of a word that more names have than are listed', async () => {
  const exchange = (i: number, action: 'allow' | 'block' = 'allow') => {
    const body = opened(`ex_${i}`) as Extract<RecordBody, { kind: 'exchange.opened' }>;
    const principal = { ...body.exchange.principal, id: `key_${i}`, name: `Customer ${i}` };
    const decision = { action, policies: [], stages: [], policyVersion: 'v' };
    return ledger.append({ ...body, exchange: { ...body.exchange, principal }, decision });
  };
  for (let i = 0; i < 300; i++) await exchange(i, i % 100 === 0 ? 'block' : 'allow');
  await ledger.append(opened('ex_other'));
  await index.caughtUp();
  const ids = async (filter: ExchangeFilter): Promise<string[]> =>
    (await searchExchanges(store, filter)).exchanges.map(({ id }) => id);
  expect(await ids({ text: 'customer', limit: 3 })).toEqual(['ex_299', 'ex_298', 'ex_297']);
  expect(await ids({ text: 'customer', limit: 1000 })).toHaveLength(300);
  expect(await ids({ text: 'CUSTOMER', action: 'block' })).toEqual(['ex_200', 'ex_100', 'ex_0']);
  expect(await ids({ text: 'customer one' })).toEqual([]);
});
