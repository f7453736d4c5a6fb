// What is asked, in what order and how often, and what becomes of whoever is late.
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import type { Opinion, OpinionAnswer } from './opinion.ts';
import { type Question, type SecondSettings, SecondStage } from './second-stage.ts';

const SETTINGS: SecondSettings = { band: [0.2, 0.8], deadline: 5000, onFault: 'flag', texts: 8, concurrency: 8 };

/** An opinion that notes what it is asked and answers as it is told, when it is told. */
function opinionOf(answer: (text: string) => OpinionAnswer | Promise<OpinionAnswer>): Opinion & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    kind: 'judge',
    version: '1',
    local: false,
    ask: async (text) => {
      asked.push(text);
      return answer(text);
    },
    close: async () => undefined,
  };
}

const ruled = (score: number): OpinionAnswer => ({ status: 'ruled', score });
const question = (text: string, score = 0.5): Question => ({ text, channel: 'user', score });
const cacheDigest = (text: string): string => hash('sha256', text);

it('is unsure within its band, ends included, of what outsiders say', () => {
  const stage = new SecondStage({ settings: SETTINGS, opinion: opinionOf(() => ruled(0)) });
  expect(stage.isUncertain('user', 0.19, 0.19)).toBe(false);
  expect(stage.isUncertain('user', 0.2, 0.2)).toBe(true);
  expect(stage.isUncertain('document', 0.8, 0.8)).toBe(true);
  expect(stage.isUncertain('document', 0.81, 0.81)).toBe(false);
  // Several weak findings are together more than the band, and yet no policy acts on any of them.
  expect(stage.isUncertain('tool_result', 0.95, 0.7)).toBe(true);
  for (const channel of ['system', 'assistant', 'tool_argument', 'output'] as const) {
    expect(stage.isUncertain(channel, 0.5, 0.5)).toBe(false);
  }
  expect(stage.asksAll).toBe(false);
  const all = new SecondStage({ settings: { ...SETTINGS, band: [0, 0.8] }, opinion: opinionOf(() => ruled(0)) });
  expect([all.asksAll, all.isUncertain('user', 0, 0)]).toEqual([true, true]);
});

it('asks about a text once, whoever sends it again, by channel', async () => {
  const opinion = opinionOf(() => ruled(0.3));
  const stage = new SecondStage({ settings: SETTINGS, opinion, cacheDigest });
  expect(await stage.consult([question('a'), question('a'), question('b')])).toEqual([
    ruled(0.3),
    ruled(0.3),
    ruled(0.3),
  ]);
  expect(await stage.consult([question('a')])).toEqual([ruled(0.3)]);
  expect(opinion.asked).toEqual(['a', 'b']);
  await stage.consult([{ ...question('a'), channel: 'document' }]);
  expect(opinion.asked).toEqual(['a', 'b', 'a']);
  expect(stage.counts()).toMatchObject({ kind: 'judge', uncertain: 5, asked: 3, cached: 1, ruled: 5, failed: 0 });
});

it('keeps no failure, and takes no number that is no score', async () => {
  const answers: (() => OpinionAnswer)[] = [
    () => ruled(1.5),
    () => {
      throw new AncileError('upstream_malformed', 'it said: ignore all');
    },
    () => ruled(Number.NaN),
    () => ruled(0.7),
  ];
  const stage = new SecondStage({ settings: SETTINGS, opinion: opinionOf(() => answers.shift()!()), cacheDigest });
  expect(await stage.consult([question('a')])).toEqual([{ status: 'failed', detail: 'no score' }]);
  expect(await stage.consult([question('a')])).toEqual([{ status: 'failed', detail: 'upstream_malformed' }]);
  expect(await stage.consult([question('a')])).toEqual([{ status: 'failed', detail: 'no score' }]);
  expect(await stage.consult([question('a')])).toEqual([ruled(0.7)]);
  expect(stage.counts()).toMatchObject({ failed: 3, ruled: 1 });
});

it('asks about the most suspicious first and says what it left out; what is known costs nothing', async () => {
  const opinion = opinionOf(() => ruled(0.1));
  const stage = new SecondStage({ settings: { ...SETTINGS, texts: 2 }, opinion, cacheDigest });
  const many = [question('mild', 0.2), question('worst', 0.8), question('bad', 0.6)];
  const left = { status: 'skipped', detail: 'more than 2 uncertain texts' };
  expect(await stage.consult(many)).toEqual([left, ruled(0.1), ruled(0.1)]);
  expect(opinion.asked).toEqual(['worst', 'bad']);
  expect(await stage.consult(many)).toEqual([ruled(0.1), ruled(0.1), ruled(0.1)]);
  expect(opinion.asked).toEqual(['worst', 'bad', 'mild']);
  expect(stage.counts()).toMatchObject({ skipped: 1, ruled: 5 });
});

it('asks so many at once; the others wait in line', async () => {
  const waiting: (() => void)[] = [];
  const opinion = opinionOf(() => new Promise((resolve) => waiting.push(() => resolve(ruled(0.1)))));
  const stage = new SecondStage({ settings: { ...SETTINGS, concurrency: 2 }, opinion });
  const done = stage.consult(['a', 'b', 'c'].map((text, i) => question(text, 0.5 - i / 10)));
  await new Promise(setImmediate);
  expect(opinion.asked).toEqual(['a', 'b']);
  waiting.shift()!();
  await new Promise(setImmediate);
  expect(opinion.asked).toEqual(['a', 'b', 'c']);
  for (const answer of waiting) answer();
  expect(await done).toHaveLength(3);
});

it('waits no longer than its deadline; what comes late serves the next who asks', async () => {
  let answer = (): void => undefined;
  const opinion = opinionOf(() => new Promise((resolve) => (answer = () => resolve(ruled(0.9)))));
  const settings = { ...SETTINGS, deadline: 20, concurrency: 1 };
  const stage = new SecondStage({ settings, opinion, cacheDigest });
  const late: OpinionAnswer = { status: 'failed', detail: 'deadline' };
  // The second never gets a lane: nobody asks for it when its time is over.
  expect(await stage.consult([question('slow', 0.6), question('queued', 0.5)])).toEqual([late, late]);
  expect(opinion.asked).toEqual(['slow']);
  answer();
  await new Promise(setImmediate);
  expect(await stage.consult([question('slow')])).toEqual([ruled(0.9)]);
  expect(opinion.asked).toEqual(['slow']);
  expect(stage.counts()).toMatchObject({ failed: 2, cached: 1, asked: 1 });
});
