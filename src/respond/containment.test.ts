// Containment over a real store: in force whatever fails, after a restart, until its end; and two persons where two must want it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKeyRing, createStoreKeyStore, openRestraints } from '../access/index.ts';
import { AncileError } from '../base/index.ts';
import type { ContainmentAction, RecordBody } from '../contract/index.ts';
import { createInventory } from '../inventory/index.ts';
import { type Store, openStore } from '../store/index.ts';
import { createContainmentDesk } from './containment.ts';
import { createContainmentRows } from './containment-rows.ts';

let dir: string;
let store: Store;
let now = 0;
let records: RecordBody[] = [];
let ledger: 'works' | 'fails' = 'works';

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-contain-'));
  store = await openStore({ path: join(dir, 'store.db') });
  now = Date.parse('2026-01-01T00:00:00Z');
  records = [];
  ledger = 'works';
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

async function open(twoPersons: readonly ContainmentAction[] = []) {
  const clock = () => now;
  const append = (body: RecordBody): Promise<never> => {
    if (ledger === 'fails') return Promise.reject(new AncileError('ledger_fault', 'the disk is full'));
    records.push(body);
    return Promise.resolve({} as never);
  };
  const restraints = await openRestraints(store, clock);
  const keyRing = await createKeyRing({ store: createStoreKeyStore(store), clock, isFrozen: () => false });
  const rows = createContainmentRows(store);
  const desk = createContainmentDesk({
    restraints,
    keyRing,
    inventory: createInventory({ store, append, onFault: () => undefined }),
    routes: () => ['*', 'other'],
    underWay: () => 0,
    searchExchanges: () => Promise.resolve({ exchanges: [] }),
    grantsOf: () => [],
    pulledSince: () => Promise.resolve([]),
    readPolicySet: () => undefined,
    flowMode: () => 'strict',
    people: { standingOf: () => undefined },
    proposedSince: () => Promise.resolve(new Map()),
    rows,
    append,
    twoPersons: () => twoPersons,
    clock,
  });
  return { desk, restraints, rows };
}

const freeze = { action: 'freeze', target: { tenant: 't' }, reason: 'why' } as const;
const outcomes = (): string[] => records.flatMap((each) => (each.kind === 'containment' ? [each.outcome] : []));

it('is in force, and can be lifted, although the ledger cannot be written', async () => {
  const { desk, restraints } = await open();
  ledger = 'fails';
  await expect(desk.contain(freeze, 'ada')).rejects.toMatchObject({ code: 'ledger_fault' });
  expect(() => restraints.checkFrozen({ tenant: 't' })).toThrow();
  const [live] = await desk.list({ live: true });
  expect(live).toMatchObject({ state: 'effective', actor: 'ada' });
  ledger = 'works';
  await desk.lift(live!.id, '', 'ada');
  restraints.checkFrozen({ tenant: 't' });
});

it('outlasts a restart', async () => {
  const first = await open();
  const { id } = await first.desk.contain(freeze, 'ada');
  const second = await open();
  await second.desk.recall();
  expect(() => second.restraints.checkFrozen({ tenant: 't' })).toThrow();
  expect(outcomes()).toEqual(['effective']);
  await second.desk.lift(id, 'over', 'bob');
  const third = await open();
  await third.desk.recall();
  third.restraints.checkFrozen({ tenant: 't' });
});

it('that was not written down before the process ended can be lifted after the next start', async () => {
  const first = await open();
  await first.restraints.put({ id: 'con_orphan', effect: 'freeze', target: { tenant: 't' } }).kept;
  const second = await open();
  expect(await second.desk.list({ live: true })).toEqual([]);
  await second.desk.recall();
  expect(await second.desk.list({ live: true })).toMatchObject([
    { id: 'con_orphan', state: 'effective', actor: 'program' },
  ]);
  await second.desk.lift('con_orphan', '', 'ada');
  second.restraints.checkFrozen({ tenant: 't' });
});

it('that is written down and not in force is in force after the next start', async () => {
  const first = await open();
  const { id } = await first.desk.contain(freeze, 'ada');
  await first.restraints.remove(id);
  const second = await open();
  second.restraints.checkFrozen({ tenant: 't' });
  await second.desk.recall();
  expect(() => second.restraints.checkFrozen({ tenant: 't' })).toThrow();
});

it('ends at its time, also where the process was not there, and is on record', async () => {
  const first = await open();
  await first.desk.contain({ ...freeze, expires: '2026-01-01T01:00:00Z' }, 'ada');
  now += 3_600_000;
  const second = await open();
  await second.desk.recall();
  second.restraints.checkFrozen({ tenant: 't' });
  await second.desk.sweep();
  expect(await second.desk.list({ live: true })).toEqual([]);
  expect(outcomes()).toEqual(['effective', 'expired']);
});

it('that two persons must want waits for the second, over a restart, and contains nothing until then', async () => {
  const first = await open(['freeze']);
  const { id, state } = await first.desk.contain(freeze, 'ada');
  expect(state).toBe('asked');
  const second = await open(['freeze']);
  await second.desk.recall();
  second.restraints.checkFrozen({ tenant: 't' });
  await expect(second.desk.confirm(id, 'approve', 'ada')).rejects.toMatchObject({ code: 'forbidden' });
  expect(await second.desk.confirm(id, 'approve', 'bob')).toMatchObject({
    state: 'effective',
    actor: 'ada',
    second: 'bob',
  });
  expect(() => second.restraints.checkFrozen({ tenant: 't' })).toThrow();
  await expect(second.desk.confirm(id, 'approve', 'eve')).rejects.toMatchObject({ code: 'conflict' });
  expect(outcomes()).toEqual(['asked', 'effective']);
});

it('that the second person refuses never comes into force', async () => {
  const { desk, restraints } = await open(['freeze']);
  const { id } = await desk.contain(freeze, 'ada');
  expect((await desk.confirm(id, 'deny', 'bob')).state).toBe('refused');
  restraints.checkFrozen({ tenant: 't' });
  await expect(desk.lift(id, '', 'ada')).rejects.toMatchObject({ code: 'conflict' });
  expect(outcomes()).toEqual(['asked', 'refused']);
});
