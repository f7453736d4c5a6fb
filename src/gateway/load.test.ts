import { expect, it } from 'vitest';
import { createLoad, memoryBound } from './load.ts';

const limits = { concurrency: 2, bodyBytes: 100 * 1024 * 1024, answerBytes: 1 };

/** Long after the last calm: what counts under lasting load. */
const busy = (): ReturnType<typeof createLoad> => {
  let now = 0;
  return createLoad(() => (now += 10_000));
};

it('takes so many at once, and counts whom it turns away', () => {
  const load = busy();
  const first = load.enter(limits)!;
  load.enter(limits);
  expect(load.enter(limits)).toBeUndefined();
  expect(load).toMatchObject({ count: 2, shed: 1 });
  first.leave();
  first.leave();
  expect(load.count).toBe(1);
  expect(load.enter(limits)).toBeDefined();
});

it('takes a burst out of calm, for a moment, and not under lasting load', () => {
  let now = 0;
  const load = createLoad(() => now);
  const slots = Array.from({ length: 4 }, () => load.enter(limits));
  expect(slots.every((slot) => slot !== undefined)).toBe(true);
  expect(load.enter(limits)).toBeUndefined();
  slots[0]!.leave();
  now = 501;
  expect(load.enter(limits)).toBeUndefined();
  // One of four is left: half of the two places is free, and so it is calm again.
  slots[1]!.leave();
  slots[2]!.leave();
  for (let i = 0; i < 3; i++) expect(load.enter(limits)).toBeDefined();
  expect(load.enter(limits)).toBeUndefined();
});

it('bounds what all of them keep in memory, and takes it back from whoever leaves', () => {
  const load = createLoad();
  const [first, second] = [load.enter(limits)!, load.enter(limits)!];
  const bound = memoryBound(limits);
  expect(bound).toBe(400 * 1024 * 1024);
  expect(memoryBound({ bodyBytes: 1, answerBytes: 1 })).toBe(256 * 1024 * 1024);
  expect(first.take(bound - 10)).toBe(true);
  expect(second.take(11)).toBe(false);
  expect(second.take(10)).toBe(true);
  first.leave();
  expect(load.bytes).toBe(10);
  expect(first.take(1)).toBe(false);
  second.leave();
  expect(load.bytes).toBe(0);
});
