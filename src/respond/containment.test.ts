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
  return { desk, restraints, rows, keyRing };
}

const freeze = { action: 'freeze', target: { tenant: 't' }, reason: 'why' } as const;
const outcomes = (): string[] => records.flatMap((each) => (each.kind === 'containment' ? [each.outcome] : []));

it('is in force, and can be lifted, although the ledger cannot be written', async () => {
  const { desk, restraints } = await open();
  ledger = 'fails';
  await expect(desk.contain(freeze, 'ada')).rejects.toMatchObject({
    code: 'ledger_fault',
    message: expect.stringMatching(/^con_\w+ is in force, and could not be written down: the disk is full$/) as string,
  });
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

it('is lifted only when that is on record, and is shown as in force until then', async () => {
  const { desk, restraints } = await open();
  const { id } = await desk.contain(freeze, 'ada');
  ledger = 'fails';
  await expect(desk.lift(id, '', 'ada')).rejects.toMatchObject({ code: 'ledger_fault' });
  expect(() => restraints.checkFrozen({ tenant: 't' })).toThrow();
  expect(await desk.list({ live: true })).toMatchObject([{ id, state: 'effective' }]);
  ledger = 'works';
  await desk.lift(id, '', 'ada');
  expect(outcomes()).toEqual(['effective', 'lifted']);
});

it('that two people answer or lift at the same time is what the first of them said', async () => {
  const { desk, restraints } = await open(['freeze']);
  const { id } = await desk.contain(freeze, 'ada');
  const answers = await Promise.allSettled([desk.confirm(id, 'approve', 'bob'), desk.confirm(id, 'deny', 'eve')]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await desk.list({ live: true })).toMatchObject([{ id, state: 'effective', second: 'bob' }]);
  expect(() => restraints.checkFrozen({ tenant: 't' })).toThrow();
  const lifts = await Promise.allSettled([desk.lift(id, '', 'ada'), desk.lift(id, '', 'bob')]);
  expect(lifts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(outcomes()).toEqual(['asked', 'effective', 'lifted']);
});

it('ends at its time although another cannot', async () => {
  const { desk, rows, keyRing } = await open();
  const { info } = await keyRing.create({ name: 'k' });
  await desk.contain({ ...freeze, expires: '2026-01-01T01:00:00Z' }, 'ada');
  now += 1;
  const gone = { action: 'revoke', target: { principal: info.id }, reason: '' } as const;
  const { id } = await desk.contain({ ...gone, expires: '2026-01-01T01:00:00Z' }, 'ada');
  // A key that is not there any more.
  await rows.put({ ...(await rows.get(id))!, target: { principal: 'key_gone' } });
  now += 3_600_000;
  await expect(desk.sweep()).rejects.toMatchObject({ code: 'not_found' });
  expect(await desk.list({ live: true })).toMatchObject([{ id }]);
  await expect(desk.sweep()).rejects.toMatchObject({ code: 'not_found' });
  expect(outcomes().filter((each) => each === 'expired').length).toBeLessThanOrEqual(2);
});

it('whose key was revoked for good meanwhile leaves it so', async () => {
  const { desk, keyRing } = await open();
  const { info } = await keyRing.create({ name: 'k' });
  const revoke = { action: 'revoke', target: { principal: info.id }, reason: '' } as const;
  await desk.contain({ ...revoke, expires: '2026-01-01T01:00:00Z' }, 'ada');
  now += 1000;
  await keyRing.revoke(info.id);
  now += 3_600_000;
  await desk.sweep();
  expect(await desk.list({ live: true })).toEqual([]);
  expect(keyRing.isActive(info.id)).toBe(false);
  const again = await createKeyRing({ store: createStoreKeyStore(store), isFrozen: () => false });
  expect(again.isActive(info.id)).toBe(false);
});
