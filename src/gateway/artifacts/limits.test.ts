// What a key may pull: so much within a window, and what is unusual of it is said once.
import { expect, it } from 'vitest';
import { createPullLimits } from './limits.ts';

it('sets bytes aside, gives them back, and begins anew with the next window', () => {
  let now = 0;
  const limits = createPullLimits(
    () => ({ bytes: 100, window: 1000 }),
    () => now,
  );
  expect(limits.take('a', 'm', 60)).toMatchObject({ ok: true, unusual: [{ rule: 'pull.many-bytes' }] });
  expect(limits.take('a', 'm', 60)).toMatchObject({ ok: false });
  expect(limits.take('b', 'm', 40)).toEqual({ ok: true, unusual: [] });
  limits.giveBack('a', 50);
  expect(limits.take('a', 'm', 60)).toEqual({ ok: true, unusual: [] });
  now = 1000;
  expect(limits.take('a', 'm', 40)).toEqual({ ok: true, unusual: [] });
});

it('says once that somebody takes many models', () => {
  const limits = createPullLimits(
    () => ({ bytes: 1e9, window: 1000 }),
    () => 0,
  );
  const said = Array.from({ length: 30 }, (_, i) => limits.take('a', `m${i}`, 1));
  expect(said.filter((each) => each.ok && each.unusual.length > 0)).toHaveLength(1);
  expect(said[20]).toMatchObject({ unusual: [{ rule: 'pull.many-models' }] });
});

it('begins with what was pulled before the start, as far as it is within the window', () => {
  const limits = createPullLimits(
    () => ({ bytes: 100, window: 1000 }),
    () => 1500,
  );
  limits.recall([
    { principal: 'a', model: 'm', bytes: 90, time: 100 },
    { principal: 'b', model: 'm', bytes: 30, time: 800 },
    { principal: 'b', model: 'm', bytes: 50, time: 900 },
  ]);
  expect(limits.take('a', 'm', 40)).toMatchObject({ ok: true });
  expect(limits.take('b', 'm', 40)).toMatchObject({ ok: false });
  // What was unusual before is on record already.
  expect(limits.take('b', 'm', 10)).toEqual({ ok: true, unusual: [] });
});
