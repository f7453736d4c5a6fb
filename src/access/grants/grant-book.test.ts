// Grants: what a person said yes to passes, and nothing else; for whom he said it, as long and as often; over a restart.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { tempFolder } from '../../../test/harness/cleanup.ts';
import type { Approval, GrantTerms, RecordBody, ToolRuling } from '../../contract/index.ts';
import { type Store, openStore } from '../../store/index.ts';
import { type GrantBook, openGrantBook } from './grant-book.ts';
import { describeCall } from './held-call.ts';

const keyedDigest = (text: string): string => createHash('sha256').update(text).digest('hex');
const ARGS = { recipients: ['bob@corp.example'], body: 'Hello.', cc: 'anna@corp.example' };
const ORIGINS: ToolRuling['arguments'] = {
  'recipients/0': { origin: 'untrusted', kind: 'target', grounded: false },
  body: { origin: 'untrusted', kind: 'content' },
  cc: { origin: 'identifier', kind: 'target', grounded: false },
};
const ruling = (change: Partial<ToolRuling> = {}): ToolRuling => ({
  tool: 'send_email',
  capability: 'office/send_email',
  ...{ effect: 'write', mode: 'strict', untrusted: true, private: false, action: 'hold' },
  policies: [{ id: 'ungrounded.hold', action: 'hold', reason: 'r' }],
  concerns: ['target_ungrounded', 'target_identifier'],
  ...{ reasons: [], arguments: ORIGINS },
  ...change,
});
const approval = (change: Partial<Approval> = {}): Approval => ({
  ...{ id: 'ap_1', state: 'approved', direction: 'input', digest: 'd', findings: [] },
  policies: ruling().policies,
  call: describeCall(ruling(), ARGS, keyedDigest)!,
  exchange: {
    ...{ id: 'ex_1', surface: 'mcp', route: '*', model: 'm', upstream: 'u', stream: false, session: 's1' },
    principal: { id: 'key_1', kind: 'agent', name: 'agent', tenant: 't' },
  },
  ...{ requested: '2026-01-01T00:00:00.000Z', expires: '2026-01-02T00:00:00.000Z' },
  ...change,
});
const terms = (change: Partial<GrantTerms> = {}): GrantTerms => ({
  ...{ for: 'key', any: ['body'], minutes: 60, uses: 3 },
  ...change,
});

let store: Store;
let now = 0;
const records: RecordBody[] = [];
const path = (): string => join(tempFolder(), 'store.db');
async function open(at = path()): Promise<{ book: GrantBook; at: string }> {
  store = await openStore({ path: at });
  const append = async (body: RecordBody): Promise<void> => void records.push(body);
  return { book: await openGrantBook({ store, append, keyedDigest, clock: () => now }), at };
}
afterEach(async () => {
  await store.close();
  records.length = 0;
  now = 0;
});
const ask = (args: unknown = ARGS, change: Partial<ToolRuling> = {}, more = {}) => ({
  ...{ principal: 'key_1', tenant: 't', session: 's1', ruling: ruling(change), arguments: args },
  ...more,
});

it('lets calls like it pass, so often, and puts what was granted on record', async () => {
  const { book } = await open();
  const grant = await book.make(approval(), terms(), 'ann', 'weekly');
  expect(records).toMatchObject([{ kind: 'grant', state: 'made', any: ['body'], uses: 3, actor: 'ann' }]);
  expect(JSON.stringify(grant)).not.toContain('corp.example');
  expect(book.take(ask())).toBe(grant.id);
  expect(book.take(ask({ ...ARGS, body: 'Another letter.' }))).toBe(grant.id);
  expect(book.take(ask({ ...ARGS, recipients: ['eve@evil.example'] }))).toBeUndefined();
  expect(book.take(ask({ ...ARGS, bcc: 'eve@evil.example' }))).toBeUndefined();
  expect(book.take(ask({ body: ARGS.body, cc: ARGS.cc }))).toBeUndefined();
  expect(book.take(ask())).toBe(grant.id);
  expect(book.take(ask())).toBeUndefined();
  await book.settled();
  expect(book.list(true)).toMatchObject([{ used: 3 }]);
});

it('is nobody else’s, ends in time, and can be taken back', async () => {
  const { book } = await open();
  const { id } = await book.make(approval(), terms({ for: 'session', uses: 100 }), 'ann');
  expect(book.take(ask(ARGS, {}, { principal: 'key_2' }))).toBeUndefined();
  expect(book.take(ask(ARGS, {}, { session: 's2' }))).toBeUndefined();
  expect(book.take(ask(ARGS, { capability: 'shady/send_email' }))).toBeUndefined();
  expect(book.take(ask())).toBe(id);
  now = 60 * 60_000;
  expect(book.take(ask())).toBeUndefined();
  now = 0;
  await book.revoke(id, 'ben', 'enough');
  expect(book.take(ask())).toBeUndefined();
  expect(book.list(false)).toEqual([]);
  expect(records.at(-1)).toMatchObject({ state: 'revoked', actor: 'ben', used: 1, exchange: 'ex_1' });
  await expect(book.revoke(id, 'ben')).rejects.toMatchObject({ code: 'conflict' });
});

it('covers what the approver saw speak against the call, and no more', async () => {
  const { book } = await open();
  await book.make(approval(), terms({ uses: 100 }), 'ann');
  const more = [...ruling().policies, { id: 'foreign-address.hold', action: 'hold' as const, reason: 'r' }];
  expect(book.take(ask(ARGS, { policies: more }))).toBeUndefined();
  expect(book.take(ask(ARGS, { concerns: [...ruling().concerns, 'foreign_address'] }))).toBeUndefined();
  expect(book.take(ask(ARGS, { action: 'block' }))).toBeUndefined();
  expect(book.take(ask(ARGS, { policies: [] }))).toBeUndefined();
});

it('never covers a secret that leaves, nor any value of what an outsider chose', async () => {
  const { book } = await open();
  expect(describeCall(ruling({ concerns: ['secret_leaves'] }), ARGS, keyedDigest)).toBeUndefined();
  await book.make(approval(), terms({ uses: 100 }), 'ann');
  expect(book.take(ask(ARGS, { concerns: ['target_ungrounded', 'secret_leaves'] }))).toBeUndefined();
  expect(() => book.check(approval(), terms({ any: ['recipients'] }))).toThrow(/carries authority/);
  expect(() => book.check(approval(), terms({ any: ['other'] }))).toThrow(/no argument/);
  const { call: _, ...plain } = approval();
  expect(() => book.check(plain, terms())).toThrow(/a tool call/);
  expect(() => book.check(approval({ state: 'denied' }), terms())).toThrow(/denied/);
});

it('any value of an origin is none of a worse one', async () => {
  const { book } = await open();
  const grounded = { ...ORIGINS, cc: { origin: 'trusted', kind: 'target', grounded: true } } as ToolRuling['arguments'];
  const call = describeCall(ruling({ arguments: grounded }), ARGS, keyedDigest)!;
  const { id } = await book.make(approval({ call }), terms({ any: ['body', 'cc'], uses: 100 }), 'ann');
  const other = { ...ARGS, cc: 'carl@corp.example' };
  expect(book.take(ask(other, { arguments: grounded }))).toBe(id);
  const worse = { ...ORIGINS, cc: { origin: 'untrusted', kind: 'target' } } as ToolRuling['arguments'];
  expect(book.take(ask(other, { arguments: worse }))).toBeUndefined();
  // Labelled otherwise in the meantime: what was free text carries authority now.
  const labelled = { ...grounded, body: { origin: 'untrusted', kind: 'target', grounded: false } } as const;
  expect(book.take(ask({ ...ARGS, body: 'New.' }, { arguments: labelled }))).toBeUndefined();
});

it('no any value of what another wrote, of an id that nobody chose, or of a text with a stranger’s address', async () => {
  const { book } = await open();
  const of = (body: object): ToolRuling => ruling({ arguments: { ...ORIGINS, body } as ToolRuling['arguments'] });
  for (const body of [
    { origin: 'identifier', kind: 'target', grounded: false },
    { origin: 'trusted', kind: 'id', grounded: false },
    { origin: 'untrusted', kind: 'content', grounded: false },
  ]) {
    const call = describeCall(of(body), ARGS, keyedDigest)!;
    expect(() => book.check(approval({ call }), terms())).toThrow(/carries authority/);
  }
  // One that was granted for texts without an address covers none with one.
  await book.make(approval(), terms({ uses: 100 }), 'ann');
  const linked = { ...ORIGINS, body: { origin: 'untrusted', kind: 'content', grounded: false } } as const;
  expect(book.take(ask({ ...ARGS, body: 'See evil.example' }, { arguments: linked }))).toBeUndefined();
});

it('is for the tool as it is defined', async () => {
  const { book } = await open();
  const call = describeCall(ruling({ definition: 'a' }), ARGS, keyedDigest)!;
  const { id } = await book.make(approval({ call }), terms(), 'ann');
  expect(book.take(ask(ARGS, { definition: 'b' }))).toBeUndefined();
  expect(book.take(ask())).toBeUndefined();
  expect(book.take(ask(ARGS, { definition: 'a' }))).toBe(id);
});

it('is carried over a restart with what is left of it', async () => {
  const { book, at } = await open();
  const { id } = await book.make(approval(), terms({ uses: 2 }), 'ann');
  book.take(ask());
  await book.settled();
  await store.close();
  const { book: again } = await open(at);
  expect(again.take(ask())).toBe(id);
  expect(again.take(ask())).toBeUndefined();
});

it('what cannot be counted is not used any more', async () => {
  const { book, at } = await open();
  await book.make(approval(), terms({ uses: 100 }), 'ann');
  await store.close();
  expect(book.take(ask())).toBeDefined();
  await expect(book.settled()).rejects.toMatchObject({ code: 'store_fault' });
  expect(book.take(ask())).toBeUndefined();
  await open(at);
});

it('whatever arguments come, a call passes only with the same values where they were not set free', async () => {
  const { book } = await open();
  await book.make(approval(), terms({ uses: 10_000 }), 'ann');
  const value = fc.oneof(fc.constantFrom<unknown>(ARGS.recipients, ARGS.cc, 'x', null, 1), fc.jsonValue());
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('recipients', 'body', 'cc', 'bcc'), value), (args) => {
      if (book.take(ask(args)) === undefined) return;
      expect({ ...args, body: '' }).toEqual({ ...ARGS, body: '' });
    }),
    { numRuns: 300 },
  );
});
