import { expect, it } from 'vitest';
import { type Turns, createTurns } from './turns.ts';

/** Turns by a clock that only work moves. */
function make(): { turns: Turns; work(ms: number, done?: () => void): Promise<void> } {
  let now = 0;
  const turns = createTurns(() => now);
  return {
    turns,
    async work(ms, done) {
      const turn = turns.next();
      if (turn !== undefined) await turn;
      now += ms;
      done?.();
    },
  };
}

/** Lets the loop turn until the work is over; how often it turned. */
async function countTurns(jobs: readonly Promise<void>[]): Promise<number> {
  let turns = 0;
  let over = false;
  void Promise.all(jobs).then(() => (over = true));
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  return turns;
}

it('lets light work pass at once', async () => {
  const { turns, work } = make();
  for (let i = 0; i < 10; i++) {
    expect(turns.next()).toBeUndefined();
    await work(0.1);
  }
});

it('does heavy work a slice a turn, in the order in which it came', async () => {
  const { work } = make();
  const order: number[] = [];
  const jobs = Array.from({ length: 20 }, (_, i) => work(3, () => order.push(i)));
  expect(order).toEqual([0]);
  expect(await countTurns(jobs)).toBeGreaterThanOrEqual(19);
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

it('does several light pieces a turn', async () => {
  const { work } = make();
  const turns = await countTurns(Array.from({ length: 40 }, () => work(0.5)));
  expect(turns).toBeGreaterThanOrEqual(9);
  expect(turns).toBeLessThanOrEqual(12);
});

it('puts work that comes while other work waits behind it, and begins anew when all is done', async () => {
  const { turns, work } = make();
  const order: string[] = [];
  const first = [1, 2, 3].map((i) => work(3, () => order.push(`first ${i}`)));
  const second = new Promise<void>((resolve) => setImmediate(() => resolve(work(0, () => order.push('second')))));
  await countTurns([...first, second]);
  expect(order).toEqual(['first 1', 'first 2', 'first 3', 'second']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(turns.next()).toBeUndefined();
});

it('takes in those who connect before it goes on with heavy work, and never keeps that waiting for good', async () => {
  const { turns, work } = make();
  let done = 0;
  const jobs = Array.from({ length: 3 }, () => work(20, () => done++));
  for (let turn = 0; turn < 40; turn++) {
    turns.noteConnection();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(done).toBe(1);
  for (let turn = 0; turn < 200; turn++) {
    turns.noteConnection();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(done).toBe(3);
  await Promise.all(jobs);
});
