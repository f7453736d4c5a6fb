import { expect, it } from 'vitest';
import { systemClock } from '../../base/index.ts';
import { createRoster } from './roster.ts';
import { makeDoor } from './testing/doors.ts';

const make = () =>
  createRoster([makeDoor('a', 'http://127.0.0.1:9/v1', { concurrency: 3 }), makeDoor('b', 'http://127.0.0.1:9/v1')], {
    breaker: { failures: 1, cooldown: 60_000 },
    clock: systemClock,
  });

it('tells the health of each upstream, and whether any may be asked', () => {
  const roster = make();
  expect(roster.health()).toEqual([
    { name: 'a', kind: 'openai', state: 'ok', inflight: 0, concurrency: 3, requests: 0, failures: 0, latencyMs: null },
    expect.objectContaining({ name: 'b', concurrency: null }),
  ]);
  roster.get('a')!.circuit.enter()!.failed('upstream_reset');
  expect(roster.reachable).toBe(true);
  roster.get('b')!.circuit.enter()!.failed('upstream_reset');
  expect(roster.reachable).toBe(false);
});

it('is retired when the last exchange lets go of it', async () => {
  const roster = make();
  const [first, second] = [roster.hold(), roster.hold()];
  let retired = false;
  const retiring = roster.retire().then(() => (retired = true));
  first();
  first();
  await Promise.resolve();
  expect(retired).toBe(false);
  second();
  await retiring;
  await roster.retire();
});
