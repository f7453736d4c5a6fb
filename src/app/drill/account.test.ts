// A drill that cannot show what became of a call says that it got through; one that shows nothing says that.
import { expect, it } from 'vitest';
import { type Meant, accountFor } from './account.ts';
import type { Call } from './lanes.ts';

const MARKS = { from: 100, inForce: 10, fence: 20 };
const before: Call = { began: 1, ended: 2, at: 50, passed: true, exchange: 'ex_0' };
const call = (more: Partial<Call>): Call => ({
  began: 11,
  ended: 12,
  at: 120,
  passed: true,
  exchange: 'ex_1',
  ...more,
});
const account = (meant: Meant, calls: Call[], upstreamOf: (id: string) => string | undefined = () => undefined) =>
  accountFor({ name: 'a path', whose: 'key', calls: [before, ...calls] }, meant, MARKS, upstreamOf);
const diverted: Meant = { kind: 'diverted', from: 'old' };

it('what went another way by the ledger is no leak', () => {
  expect(account(diverted, [call({})], () => 'new')).toMatchObject({ problems: [], lane: { gotThrough: 0, tried: 1 } });
});

it.each([
  ['went the old way', { exchange: 'ex_1' }, 'old'],
  ['has no exchange id', { exchange: undefined }, 'new'],
  ['is not on record', { exchange: 'ex_9' }, undefined],
  ['was under way and came late', { began: 9, ended: 21, exchange: undefined }, 'new'],
] as const)('a diverted call that %s got through', (_, more, upstream) => {
  const { lane, problems } = account(diverted, [call(more), call({ passed: true, exchange: 'ok' })], (id) =>
    id === 'ok' ? 'new' : upstream,
  );
  expect(lane.gotThrough).toBe(1);
  expect(problems).toEqual([expect.stringContaining('1 calls got through')]);
});

it('a call that is refused was not diverted', () => {
  expect(account(diverted, [call({ passed: false, reason: 'frozen' })]).problems).toEqual([
    'a path: 1 calls were refused and not diverted',
  ]);
});

it('nothing tried proves nothing', () => {
  for (const kind of ['stopped', 'spared'] as const) {
    expect(account({ kind }, []).problems).toEqual(['a path: not proven: nothing was tried after the order']);
  }
});

it('a spent budget does not prove a hold', () => {
  const spent = account({ kind: 'held' }, [call({ passed: false, reason: 'budget_exceeded' })]);
  expect(spent.problems).toEqual(['a path: not proven: no call waited for a person’s yes']);
  const held = account({ kind: 'held' }, [call({ passed: false, reason: 'held_for_approval' })]);
  expect(held).toMatchObject({ problems: [], lane: { refusedBy: { held_for_approval: 1 } } });
});

it('calls that it is not about have to pass', () => {
  expect(account({ kind: 'spared' }, [call({ passed: false })]).problems).toEqual([
    'a path: 1 calls that it is not about were refused',
  ]);
});
