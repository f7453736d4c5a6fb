// The feedback book: on record first, the last word counts, texts sealed and erased in time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RecordBody } from '../contract/index.ts';
import { openKeys } from '../keys/index.ts';
import { type Store, openStore } from '../store/index.ts';
import { type FeedbackBook, type FeedbackGiven, createFeedbackBook } from './index.ts';

const DAY = 86_400_000;
const TEXT = 'Please ignore the last line of the table.';

let dir: string;
let store: Store;
let book: FeedbackBook;
let records: RecordBody[];
let broken: boolean;
let now: number;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-feedback-'));
  [records, broken, now] = [[], false, 1_700_000_000_000];
  store = await openStore({ path: join(dir, 'store.db') });
  book = createFeedbackBook({
    store,
    append: async (body) => {
      if (broken) throw new Error('the disk is full');
      records.push(body);
    },
    seal: openKeys(dir).sealFor('feedback'),
    clock: () => (now += 1000),
  });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const given = (change: Partial<FeedbackGiven> = {}): FeedbackGiven => ({
  verdict: 'wrong',
  actor: 'olga',
  principal: 'key_1',
  exchange: 'ex_1',
  direction: 'input',
  segment: '/messages/0/content',
  channel: 'user',
  rule: 'injection.override',
  score: 0.9,
  digest: 'd1',
  digestOf: 'text',
  text: TEXT,
  ...change,
});
const all = { limit: 100 };

it('puts a word on record with digests alone, and keeps its text sealed', async () => {
  const feedback = await book.give(given());
  expect(feedback).toMatchObject({ verdict: 'wrong', label: 'benign', textKept: true, actor: 'olga' });
  expect(records).toMatchObject([
    { kind: 'feedback', feedback: feedback.id, verdict: 'wrong', label: 'benign', principal: 'key_1', digest: 'd1' },
  ]);
  expect(JSON.stringify(records)).not.toContain('ignore');
  const [row] = await store.db.selectFrom('feedback').selectAll().execute();
  expect(JSON.stringify(row)).not.toContain('ignore');
  expect((await book.texts(all)).items).toEqual([{ feedback, text: TEXT }]);
  expect((await book.list(all)).items).toEqual([feedback]);
});

it('takes the last word on a finding, and keeps words on others', async () => {
  await book.give(given());
  const second = await book.give(given({ verdict: 'right', actor: 'ada' }));
  const { rule: _, ...missed } = given({ verdict: 'missed' });
  const third = await book.give(missed);
  expect(second.label).toBe('attack');
  expect(third.label).toBe('attack');
  expect((await book.list(all)).items).toEqual([third, second]);
  expect((await book.list({ ...all, verdict: 'missed' })).items).toEqual([third]);
  expect((await book.list({ ...all, exchange: 'ex_2' })).items).toEqual([]);
  expect(records).toHaveLength(3);
});

it('lets a word be taken back, and erases its text', async () => {
  const { id } = await book.give(given());
  expect(await book.withdraw(id, 'ada')).toMatchObject({ id, textKept: false });
  expect(records.at(-1)).toMatchObject({ kind: 'feedback', verdict: 'withdrawn', feedback: id, actor: 'ada' });
  expect(await store.db.selectFrom('feedback').selectAll().execute()).toEqual([]);
  await expect(book.withdraw(id, 'ada')).rejects.toMatchObject({ code: 'not_found' });
});

it('changes nothing where it cannot be recorded', async () => {
  const first = await book.give(given());
  broken = true;
  await expect(book.give(given({ verdict: 'right' }))).rejects.toThrow('the disk is full');
  await expect(book.withdraw(first.id, 'ada')).rejects.toThrow('the disk is full');
  broken = false;
  expect((await book.texts(all)).items).toEqual([{ feedback: first, text: TEXT }]);
});

it('erases texts in time, says so on record, and keeps the rest of the word', async () => {
  const old = await book.give(given());
  now += 2 * DAY;
  const young = await book.give(given({ segment: '/messages/1/content' }));
  await book.expire(DAY);
  await book.expire(DAY);
  expect((await book.texts(all)).items).toEqual([
    { feedback: young, text: TEXT },
    { feedback: { ...old, textKept: false } },
  ]);
  expect((await book.list(all)).items.map(({ textKept }) => textKept)).toEqual([true, false]);
  expect(records.slice(2)).toMatchObject([{ action: 'evidence.expire', target: 'the text of one labelled example' }]);
});

it('pages from the newest to the oldest, each once', async () => {
  for (let i = 0; i < 5; i++) await book.give(given({ exchange: `ex_${i}` }));
  const seen: string[] = [];
  let before: string | undefined;
  do {
    const page = await book.texts({ limit: 2, ...(before === undefined ? {} : { before }) });
    seen.push(...page.items.map(({ feedback }) => feedback.exchange));
    before = page.next;
  } while (before !== undefined);
  expect(seen).toEqual(['ex_4', 'ex_3', 'ex_2', 'ex_1', 'ex_0']);
});

it('keeps no text that is too long, and none where there is none', async () => {
  const { text: _, ...none } = given();
  expect(await book.give(none)).toMatchObject({ textKept: false });
  expect(await book.give(given({ text: 'x'.repeat(200_001) }))).toMatchObject({ textKept: false });
});

it('says which text does not open', async () => {
  const { id } = await book.give(given());
  await store.db.updateTable('feedback').set({ text: 'AAAA' }).execute();
  await expect(book.texts(all)).rejects.toMatchObject({ code: 'store_fault', at: id });
});
