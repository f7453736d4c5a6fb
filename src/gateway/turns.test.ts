import { expect, it } from 'vitest';
import { nextTurn } from './turns.ts';

function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function work(ms: number, done: () => void): Promise<void> {
  const turn = nextTurn();
  if (turn !== undefined) await turn;
  burn(ms);
  done();
}

/** Lets the loop turn until the work is over; how often it turned. */
async function countTurns(jobs: readonly Promise<void>[]): Promise<number> {
  let turns = 0;
  let over = false;
  const all = Promise.all(jobs).then(() => (over = true));
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await all;
  return turns;
}

it('lets light work pass at once', async () => {
  expect(nextTurn()).toBeUndefined();
  expect(nextTurn()).toBeUndefined();
  await new Promise((resolve) => setImmediate(resolve));
});

it('does heavy work a slice a turn, in the order in which it came', async () => {
  const order: number[] = [];
  const jobs = Array.from({ length: 20 }, (_, i) => work(3, () => order.push(i)));
  expect(order).toEqual([0]);
  expect(await countTurns(jobs)).toBeGreaterThanOrEqual(19);
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

it('puts work that comes while other work waits behind it, and begins anew when all is done', async () => {
  const order: string[] = [];
  const first = [1, 2, 3].map((i) => work(3, () => order.push(`first ${i}`)));
  const second = new Promise<void>((resolve) => setImmediate(() => resolve(work(0, () => order.push('second')))));
  await countTurns([...first, second]);
  expect(order).toEqual(['first 1', 'first 2', 'first 3', 'second']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(nextTurn()).toBeUndefined();
});
