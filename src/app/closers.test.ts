// Stopping in order, whatever fails; and recurring work that is never cut in the middle.
import { expect, it } from 'vitest';
import { Closers, every } from './closers.ts';
import { createLog } from './log.ts';

const log = createLog('silent');

it('takes every step, newest first, and tells the first fault where there is no log', async () => {
  const closers = new Closers();
  const taken: number[] = [];
  closers.add(async () => taken.push(1));
  closers.add(async () => {
    taken.push(2);
    throw new Error('two');
  });
  closers.add(() => {
    taken.push(3);
    throw new Error('three');
  });
  await expect(closers.close()).rejects.toThrow('three');
  expect(taken).toEqual([3, 2, 1]);
  await closers.close();
  expect(taken).toEqual([3, 2, 1]);
});

it('goes on where a step fails, with a log', async () => {
  const closers = new Closers();
  closers.add(() => Promise.reject(new Error('no')));
  await closers.close(log);
});

it('waits for work that runs, begins none beside it, and none after', async () => {
  let begun = 0;
  let ended = 0;
  let finish: (() => void) | undefined;
  const end = every(
    1,
    async () => {
      begun++;
      await new Promise<void>((resolve) => (finish = resolve));
      ended++;
    },
    log,
  );
  while (finish === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(begun).toBe(1);
  const stopped = end();
  finish();
  await stopped;
  expect([begun, ended]).toEqual([1, 1]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(begun).toBe(1);
});
