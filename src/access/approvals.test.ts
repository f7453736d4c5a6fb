// The approval book: one yes, one use; bound to its digest; ending in time; carried over a restart; on record first.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type { Approval, RecordBody } from '../contract/index.ts';
import { openKeys } from '../keys/index.ts';
import { type Ledger, openLedger } from '../ledger/index.ts';
import { type Store, openStore } from '../store/index.ts';
import { type ApprovalBook, type HoldRequest, createApprovalBook } from './index.ts';

const principal = { id: 'key_1', kind: 'service' as const, name: 'app', tenant: 'acme' };
const exchange = {
  id: 'ex_1',
  surface: 'openai.chat' as const,
  principal,
  route: 'gpt-*',
  model: 'gpt-x',
  upstream: 'main',
  stream: false,
};
const TEXTS = [{ path: '/messages/0/content', channel: 'user' as const, text: 'Pay 4,000 EUR to Bob. \u{1f4b6}' }];
const EXPIRES = 60_000;

interface Desk {
  book: ApprovalBook;
  store: Store;
  ledger: Ledger;
  /** Bodies as they were appended, in order. */
  records: RecordBody[];
  told: Approval[];
  faults: unknown[];
  now: number;
  /** Makes the next appends fail. */
  broken: boolean;
  hold(content: unknown, change?: Partial<HoldRequest>): HoldRequest;
  reopen(): Promise<void>;
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function open(): Promise<Desk> {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-approvals-'));
  const keys = openKeys(dir);
  const records: RecordBody[] = [];
  const told: Approval[] = [];
  const faults: unknown[] = [];
  const desk = { records, told, faults, now: 1_700_000_000_000, broken: false } as Desk;
  const start = async (): Promise<void> => {
    desk.store = await openStore({ path: join(dir, 'store.db') });
    desk.ledger = await openLedger({ dataDir: dir, keys, node: 'node_test', checkpointInterval: 1000 });
    desk.book = await createApprovalBook({
      store: desk.store,
      append: async (body) => {
        if (desk.broken) throw new Error('the disk is full');
        await desk.ledger.append(body);
        records.push(body);
      },
      keyedDigest: keys.keyedDigest,
      seal: keys.sealFor('approvals'),
      settings: () => ({ expires: EXPIRES }),
      notify: (approval) => told.push(approval),
      onFault: (fault) => faults.push(fault),
      clock: () => desk.now,
    });
  };
  const stop = async (): Promise<void> => {
    desk.book.close();
    await desk.ledger.close();
    await desk.store.close();
  };
  desk.reopen = async () => {
    await stop();
    await start();
  };
  desk.hold = (content, change = {}) => ({
    direction: 'input',
    exchange,
    digest: desk.book.digest({ direction: 'input', exchange, content }),
    findings: [],
    policies: [{ id: 'payment.hold', action: 'hold', reason: 'payments wait for a person' }],
    texts: TEXTS,
    ...change,
  });
  await start();
  ends.push(async () => {
    await stop();
    rmSync(dir, { recursive: true });
  });
  return desk;
}

const states = (desk: Desk): string[] =>
  desk.records.map((each) => (each.kind === 'approval' ? each.state : each.kind));

it('lets what was approved pass once, with a record before each step', async () => {
  const desk = await open();
  const hold = desk.hold({ n: 1 });
  const pending = (await desk.book.request(hold))!;
  expect(pending).toMatchObject({ state: 'pending', digest: hold.digest, direction: 'input' });
  expect(desk.told).toEqual([pending]);
  expect(await desk.book.take(hold.digest)).toBeUndefined();
  const waiting = desk.book.wait(pending.id, 10_000);
  const approved = await desk.book.decide(pending.id, 'approve', 'alice', 'fine');
  expect(await waiting).toBe('approved');
  expect(approved.decided).toMatchObject({ actor: 'alice', note: 'fine' });
  expect(await desk.book.take(hold.digest)).toMatchObject({ id: pending.id, state: 'used' });
  expect(await desk.book.take(hold.digest)).toBeUndefined();
  expect(states(desk)).toEqual(['pending', 'approved', 'used']);
  expect(desk.records[1]).toMatchObject({ actor: 'alice', note: 'fine', exchange: 'ex_1', principal: 'key_1' });
  expect(desk.records[2]).not.toHaveProperty('actor');
  // What comes now is asked about anew.
  expect((await desk.book.request(hold))?.id).not.toBe(pending.id);
});

it('gives one yes to one of many, however they interleave', async () => {
  const desk = await open();
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.array(fc.nat(3), { minLength: 2, maxLength: 6 }),
      fc.scheduler(),
      async (content, takers, scheduler) => {
        const hold = desk.hold({ content });
        const { id } = (await desk.book.request(hold))!;
        // Takers before, beside and after the decision; two who decide.
        const deciding = [0, 1].map((n) =>
          scheduler.schedule(Promise.resolve(), `decide ${n}`).then(() =>
            desk.book.decide(id, 'approve', `approver ${n}`).then(
              () => 1,
              () => 0,
            ),
          ),
        );
        const taking = takers.map((turns, n) =>
          scheduler.schedule(Promise.resolve(), `take ${n}`).then(async () => {
            for (let i = 0; i < turns; i++) await Promise.resolve();
            return desk.book.take(hold.digest);
          }),
        );
        await scheduler.waitAll();
        const decided: number[] = await Promise.all(deciding);
        const taken = (await Promise.all(taking)).filter((each) => each !== undefined);
        const late = await Promise.all(takers.map(() => desk.book.take(hold.digest)));
        expect(decided.reduce((sum, each) => sum + each, 0)).toBe(1);
        expect(taken.length + late.filter((each) => each !== undefined).length).toBe(1);
      },
    ),
    { numRuns: 30 },
  );
});

it('binds a yes to principal, tenant, route, surface, model, direction and content', async () => {
  const { book } = await open();
  const base = { direction: 'input' as const, exchange, content: { a: 1, b: [2, 'x'] } };
  const others = [
    { ...base, direction: 'output' as const },
    { ...base, exchange: { ...exchange, principal: { ...principal, id: 'key_2' } } },
    { ...base, exchange: { ...exchange, principal: { ...principal, tenant: 'other' } } },
    { ...base, exchange: { ...exchange, route: '*' } },
    { ...base, exchange: { ...exchange, surface: 'anthropic.messages' as const } },
    { ...base, exchange: { ...exchange, model: 'gpt-y' } },
    { ...base, content: { a: 1, b: [2, 'y'] } },
    { ...base, content: { a: 1, b: ['x', 2] } },
    { ...base, content: { a: '1', b: [2, 'x'] } },
    { ...base, content: { a: 1, b: [2, '\ud800'] } },
    { ...base, content: { a: 1, b: [2, '\udc00'] } },
  ];
  const digests = [base, ...others].map((each) => book.digest(each));
  expect(new Set(digests).size).toBe(digests.length);
  expect(book.digest({ ...base, content: { b: [2, 'x'], a: 1 } })).toBe(digests[0]);
  expect(book.digest({ ...base, exchange: { ...exchange, id: 'ex_2', upstream: 'second' } as typeof exchange })).toBe(
    digests[0],
  );
});

it('asks once for the same, and remembers a no until its time is up', async () => {
  const desk = await open();
  const hold = desk.hold({ n: 1 });
  const [one, two] = await Promise.all([desk.book.request(hold), desk.book.request(hold)]);
  expect(two).toEqual(one);
  expect(desk.told.length).toBe(1);
  await desk.book.decide(one!.id, 'deny', 'alice');
  expect(await desk.book.request(hold)).toMatchObject({ id: one!.id, state: 'denied' });
  await desk.reopen();
  expect(await desk.book.request(hold)).toMatchObject({ id: one!.id, state: 'denied' });
  desk.now += EXPIRES;
  expect(await desk.book.request(hold)).toMatchObject({ state: 'pending' });
  expect(states(desk)).toEqual(['pending', 'denied', 'pending']);
});

it('ends in time: what nobody decided is expired, and an unused yes is void', async () => {
  const desk = await open();
  const [first, second] = [desk.hold({ n: 1 }), desk.hold({ n: 2 })];
  const undecided = (await desk.book.request(first))!;
  const unused = (await desk.book.request(second))!;
  await desk.book.decide(unused.id, 'approve', 'alice');
  const waiting = desk.book.wait(undecided.id, 3_600_000);
  desk.now += EXPIRES;
  expect(await desk.book.take(second.digest)).toBeUndefined();
  await expect(desk.book.decide(undecided.id, 'approve', 'alice')).rejects.toMatchObject({ code: 'conflict' });
  await desk.book.sweep();
  expect(await waiting).toBe('expired');
  expect(await desk.book.take(second.digest)).toBeUndefined();
  expect((await desk.book.list({ limit: 10 })).map((each) => each.state)).toEqual(['expired', 'expired']);
  expect(states(desk).slice(3)).toEqual(['expired', 'expired']);
  expect(desk.faults).toEqual([]);
});

it('survives a restart: a yes can still be taken, what expired meanwhile is ended, what waits is told again', async () => {
  const desk = await open();
  const [approved, waits] = [desk.hold({ n: 1 }), desk.hold({ n: 2 })];
  const { id } = (await desk.book.request(approved))!;
  await desk.book.decide(id, 'approve', 'alice');
  const pending = (await desk.book.request(waits))!;
  desk.told.length = 0;
  await desk.reopen();
  expect(desk.told).toEqual([pending]);
  expect(await desk.book.readTexts(pending.id)).toEqual(TEXTS);
  expect(await desk.book.take(approved.digest)).toMatchObject({ id, state: 'used' });
  await desk.reopen();
  expect(await desk.book.take(approved.digest)).toBeUndefined();
  desk.now += EXPIRES;
  await desk.reopen();
  expect(await desk.book.get(pending.id)).toMatchObject({ state: 'expired' });
  expect(states(desk).at(-1)).toBe('expired');
});

it('keeps the texts sealed, and erases them with the decision', async () => {
  const desk = await open();
  const { id } = (await desk.book.request(desk.hold({ n: 1 })))!;
  expect(await desk.book.readTexts(id)).toEqual(TEXTS);
  const row = (): Promise<{ texts: string | null; info: string }> =>
    desk.store.db.selectFrom('approvals').select(['texts', 'info']).where('id', '=', id).executeTakeFirstOrThrow();
  const before = await row();
  expect(Buffer.from(before.texts!, 'base64').toString('latin1')).not.toContain('Bob');
  expect(before.info).not.toContain('Bob');
  await desk.store.db
    .updateTable('approvals')
    .set({ texts: before.texts!.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) })
    .execute();
  await expect(desk.book.readTexts(id)).rejects.toMatchObject({ code: 'store_fault' });
  await desk.book.decide(id, 'deny', 'alice');
  expect((await row()).texts).toBeNull();
  expect(await desk.book.readTexts(id)).toEqual([]);
});

it('is decided once, and not by who asked', async () => {
  const desk = await open();
  const { id } = (await desk.book.request(desk.hold({ n: 1 })))!;
  await expect(desk.book.decide(id, 'approve', 'key_1')).rejects.toMatchObject({ code: 'forbidden' });
  const person = { ...principal, id: 'key_2', kind: 'person' as const, name: 'Alice' };
  const own = (await desk.book.request(desk.hold({ n: 2 }, { exchange: { ...exchange, principal: person } })))!;
  await expect(desk.book.decide(own.id, 'approve', 'alice')).rejects.toMatchObject({ code: 'forbidden' });
  await desk.book.decide(own.id, 'approve', 'bob');
  await desk.book.decide(id, 'deny', 'alice');
  await expect(desk.book.decide(id, 'approve', 'bob')).rejects.toMatchObject({ code: 'conflict' });
  await expect(desk.book.decide('ap_none', 'approve', 'bob')).rejects.toMatchObject({ code: 'not_found' });
  await expect(desk.book.wait('ap_none', 1)).rejects.toMatchObject({ code: 'not_found' });
});

it('holds only so much: for one caller, and for all', async () => {
  const desk = await open();
  const asked = await Promise.all(Array.from({ length: 25 }, (_, n) => desk.book.request(desk.hold({ n }))));
  expect(asked.filter((each) => each !== undefined).length).toBe(20);
  expect(desk.records.length).toBe(20);
  const other = { ...exchange, principal: { ...principal, id: 'key_2' } };
  expect(await desk.book.request(desk.hold({ n: 0 }, { exchange: other, digest: 'other' }))).toBeDefined();
  await desk.book.decide(asked[0]!.id, 'deny', 'alice');
  expect(await desk.book.request(desk.hold({ n: 24 }))).toBeDefined();
});

it('lets nothing pass that is not on record', async () => {
  const desk = await open();
  const hold = desk.hold({ n: 1 });
  desk.broken = true;
  await expect(desk.book.request(hold)).rejects.toThrow('full');
  expect(await desk.book.list({ limit: 10 })).toEqual([]);
  desk.broken = false;
  const { id } = (await desk.book.request(hold))!;
  desk.broken = true;
  await expect(desk.book.decide(id, 'approve', 'alice')).rejects.toThrow('full');
  desk.broken = false;
  expect(await desk.book.get(id)).toMatchObject({ state: 'pending' });
  expect(await desk.book.take(hold.digest)).toBeUndefined();
  await desk.book.decide(id, 'approve', 'alice');
  desk.broken = true;
  await expect(desk.book.take(hold.digest)).rejects.toThrow('full');
  desk.broken = false;
  expect(await desk.book.take(hold.digest)).toBeUndefined();
});

it('lets a client go: when it has waited enough, has left, or the server stops', async () => {
  const desk = await open();
  const { id } = (await desk.book.request(desk.hold({ n: 1 })))!;
  expect(await desk.book.wait(id, 5)).toBe('pending');
  const gone = new AbortController();
  const waiting = desk.book.wait(id, 60_000, gone.signal);
  gone.abort();
  expect(await waiting).toBe('pending');
  const last = desk.book.wait(id, 60_000);
  desk.book.close();
  expect(await last).toBe('pending');
});

it('lists the newest first, by state and by exchange', async () => {
  const desk = await open();
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) {
    desk.now += 10;
    ids.push((await desk.book.request(desk.hold({ n }, { exchange: { ...exchange, id: `ex_${n}` } })))!.id);
  }
  await desk.book.decide(ids[1]!, 'approve', 'alice');
  const list = async (query: object): Promise<string[]> =>
    (await desk.book.list({ limit: 10, ...query })).map((each) => each.id);
  expect(await list({})).toEqual([...ids].reverse());
  expect(await list({ limit: 1 })).toEqual([ids[2]]);
  expect(await list({ state: 'pending' })).toEqual([ids[2], ids[0]]);
  expect(await list({ exchange: 'ex_1' })).toEqual([ids[1]]);
});
