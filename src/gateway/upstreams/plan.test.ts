import { expect, it } from 'vitest';
import { systemClock } from '../../base/index.ts';
import { openaiChat } from '../../codec/index.ts';
import type { Route } from '../../contract/index.ts';
import type { UpstreamDoor } from './door.ts';
import { planTargets } from './plan.ts';
import { createRoster } from './roster.ts';
import { makeDoor } from './testing/doors.ts';

const breaker = { failures: 5, cooldown: 1000 };
const deaf: Partial<UpstreamDoor> = { refuses: () => 'it cannot chat', dialects: ['anthropic'] };
const roster = createRoster(
  [
    ...['a', 'b', 'c', 'd'].map((name) => makeDoor(name, 'http://127.0.0.1:9/v1')),
    { ...makeDoor('deaf', 'http://127.0.0.1:9/v1'), ...deaf },
  ],
  { breaker, clock: systemClock },
);
const namesOf = (route: Route, label = 'x'): string[] =>
  planTargets(route, roster, openaiChat, 'm', label).map(({ door, model }) => `${door.name}:${model}`);

it('asks fallbacks in order, after what shares the traffic, each target once', () => {
  const route: Route = {
    upstream: 'a',
    fallbacks: [{ upstream: 'b', model: 'n' }, { upstream: 'c' }, { upstream: 'a' }, { upstream: 'b' }],
  };
  expect(namesOf(route)).toEqual(['a:m', 'b:n', 'c:m', 'b:m']);
  const spread = namesOf({ upstream: 'a', spread: [{ upstream: 'b' }], fallbacks: [{ upstream: 'c' }] });
  expect(spread.slice(0, 2).sort()).toEqual(['a:m', 'b:m']);
  expect(spread[2]).toBe('c:m');
});

it('gives each target its share of the conversations, and each conversation one target', () => {
  const route: Route = { upstream: 'a', weight: 6, spread: [{ upstream: 'b', weight: 3 }, { upstream: 'c' }] };
  const counts = new Map<string, number>();
  for (let i = 0; i < 4000; i++) {
    const [first] = namesOf(route, `conversation ${i}`);
    expect(namesOf(route, `conversation ${i}`)[0]).toBe(first);
    counts.set(first!, (counts.get(first!) ?? 0) + 1);
  }
  expect(counts.get('a:m')! / 4000).toBeCloseTo(0.6, 1);
  expect(counts.get('b:m')! / 4000).toBeCloseTo(0.3, 1);
  expect(counts.get('c:m')! / 4000).toBeCloseTo(0.1, 1);
});

it('moves no conversation but those that a new target gains', () => {
  const before: Route = { upstream: 'a', spread: [{ upstream: 'b' }, { upstream: 'c' }] };
  const after: Route = { ...before, spread: [...before.spread!, { upstream: 'd' }] };
  for (let i = 0; i < 1000; i++) {
    const moved = namesOf(after, `c${i}`)[0]!;
    if (moved !== 'd:m') expect(moved).toBe(namesOf(before, `c${i}`)[0]);
  }
});

it('passes over what cannot be asked by the surface, and says so when nothing is left', () => {
  expect(namesOf({ upstream: 'deaf', fallbacks: [{ upstream: 'a' }] })).toEqual(['a:m']);
  expect(() => namesOf({ upstream: 'deaf' })).toThrow(
    expect.objectContaining({ code: 'request_invalid', message: 'it cannot chat', at: 'model' }) as Error,
  );
});
