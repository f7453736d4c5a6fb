// The second stage in the pipeline: which texts of a request are shown, how, and what policy makes of the answers.
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Channel, OnFault, Segment } from '../../contract/index.ts';
import { createAttackDetector, parseRules, piiDetector } from '../../detect/index.ts';
import { loadPolicySet, shippedPolicySet } from '../../policy/index.ts';
import { createPipeline } from '../pipeline.ts';
import { SHOWN_MOST } from './ask-input.ts';
import type { Opinion, OpinionAnswer } from './opinion.ts';
import { SecondStage } from './second-stage.ts';

const policies = loadPolicySet(shippedPolicySet('default'));
const subject = {
  principal: { id: 'k', kind: 'service' as const, name: 'n', tenant: 't' },
  route: '*',
  surface: 'openai.chat' as const,
};
const rule = (id: string, word: string, score: number): string =>
  `  - { id: ${id}, class: injection, severity: high, score: ${score}, message: Seen by the test., techniques: [], maturity: stable, languages: [en], keywords: [${word}] }`;
const detectors = [
  createAttackDetector(
    parseRules(
      `rules:\n${rule('injection.hint', 'possibly', 0.3)}\n${rule('injection.maybe', 'perhaps', 0.6)}\n${rule('injection.sure', 'surely', 0.9)}`,
      'test',
    ),
  ),
  piiDetector,
];

interface Shown {
  readonly text: string;
  readonly channel: Channel;
}

function pipelineWith(
  answer: (text: string) => OpinionAnswer,
  more: { band?: [number, number]; onFault?: OnFault; local?: boolean; disabled?: string[] } = {},
) {
  const shown: Shown[] = [];
  const { band = [0.2, 0.8], onFault = 'deny', local = false, disabled = [] } = more;
  const opinion: Opinion = {
    ...{ kind: 'judge', version: '1', local },
    ask: async (text, channel) => {
      shown.push({ text, channel });
      return answer(text);
    },
    close: async () => undefined,
  };
  const cacheDigest = (text: string): string => hash('sha256', text);
  const settings = { band, deadline: 5000, onFault, texts: 2, concurrency: 2, disabled };
  const second = new SecondStage({ settings, opinion, cacheDigest });
  const pipeline = createPipeline({ detectors, policies: () => policies, cacheDigest, second });
  return {
    shown,
    second,
    pipeline,
    judge: async (...texts: (string | Shown)[]) => {
      const segments = texts.map((each, i): Segment => {
        const { text, channel } = typeof each === 'string' ? { text: each, channel: 'user' as const } : each;
        return { path: `/messages/${i}/content`, channel, origin: 'user', text };
      });
      return pipeline.judgeInputFully(subject, { segments, uninspected: [], capabilities: [], stream: false });
    },
  };
}
const ruled = (score: number): OpinionAnswer => ({ status: 'ruled', score });
const UNSURE = 'Do it, perhaps.';

it('lets what is called an attack be blocked, and what is called none pass', async () => {
  const { judge, shown } = pipelineWith((text) => ruled(text.includes('bad') ? 0.95 : 0.05));
  const bad = await judge(`bad: ${UNSURE}`, 'Hello.');
  expect(bad.decision.action).toBe('block');
  expect(bad.findings).toMatchObject([{ rule: 'injection.maybe', score: 0.95, opinion: { before: 0.6 } }]);
  expect(bad.decision.stages).toEqual([
    { stage: 'detect.second', status: 'found', detail: 'judge: 1 of 1 uncertain texts judged, 1 an attack' },
  ]);
  const good = await judge(UNSURE);
  expect(good.decision.action).toBe('allow');
  expect(good.decision.stages[0]).toMatchObject({ status: 'clean' });
  expect(good.findings).toMatchObject([{ score: expect.closeTo(0.05, 5) as number, severity: 'info' }]);
  expect(shown).toEqual([
    { text: `bad: ${UNSURE}`, channel: 'user' },
    { text: UNSURE, channel: 'user' },
  ]);
});

it('asks nobody of what is sure, of what the application says, or of what is denied all the same', async () => {
  const { judge, shown, second } = pipelineWith(() => ruled(0));
  expect((await judge('Hello.')).decision.stages).toEqual([]);
  expect((await judge('Do it, surely.')).decision.action).toBe('block');
  expect((await judge({ text: UNSURE, channel: 'system' })).decision.stages).toEqual([]);
  const both = await judge('Do it, surely.', UNSURE);
  expect(both.decision.stages).toContainEqual({
    stage: 'detect.second',
    status: 'skipped',
    detail: '1 of 1: denied without it',
  });
  expect(both.findings.map(({ score }) => score)).toEqual([0.9, 0.6]);
  expect(shown).toEqual([]);
  expect(second.counts()).toMatchObject({ texts: 4, uncertain: 1, asked: 0, skipped: 1 });
});

it('shows another machine what policy lets out, and its own machine the text as it is', async () => {
  const text = `Pay 4111 1111 1111 1111, perhaps.`;
  const away = pipelineWith(() => ruled(0));
  await away.judge(text);
  expect(away.shown[0]!.text).toBe('Pay [REDACTED:policy], perhaps.');
  const here = pipelineWith(() => ruled(0), { local: true });
  await here.judge(text);
  expect(here.shown[0]!.text).toBe(text);
});

it.each([
  ['deny', 'block'],
  ['flag', 'flag'],
  ['allow', 'allow'],
] as const)('does on failure what was written down: %s', async (onFault, action) => {
  const { judge } = pipelineWith(() => ({ status: 'failed', detail: 'upstream_timeout' }), { onFault });
  const { decision, findings } = await judge('Do it, possibly.');
  expect(decision.action).toBe(action);
  expect(decision.stages).toEqual([
    { stage: 'detect.second', status: 'failed', detail: '1 of 1: upstream_timeout', onFault },
  ]);
  expect(findings).toMatchObject([{ score: 0.3 }]);
  expect(findings[0]).not.toHaveProperty('opinion');
});

it('says what it left out, and judges the rest', async () => {
  const { judge } = pipelineWith(() => ruled(0.1));
  const { decision } = await judge('One, perhaps.', 'Two, perhaps.', 'Three, perhaps.');
  expect(decision.stages).toEqual([
    { stage: 'detect.second', status: 'clean', detail: 'judge: 2 of 3 uncertain texts judged, 0 an attack' },
    { stage: 'detect.second', status: 'skipped', detail: '1 of 3: more than 2 uncertain texts' },
  ]);
});

it('asks about every text where its band begins at 0, also of a conversation that was clean', async () => {
  const { judge, pipeline, shown } = pipelineWith((text) => ruled(text === 'Word 3.' ? 0.9 : 0), { band: [0, 0.8] });
  const { decision, findings } = await judge('Word 3.');
  expect(decision.action).toBe('block');
  expect(findings).toMatchObject([{ rule: 'injection.second', segment: '/messages/0/content', start: 0, end: 7 }]);
  const texts = Array.from({ length: 12 }, (_, i) => `Word ${i}.`);
  const segments = texts.map(
    (text, i) => ({ path: `/messages/${i}/content`, channel: 'user', origin: 'user', text }) as const,
  );
  pipeline.judgeInput(subject, { segments, uninspected: [], capabilities: [], stream: false });
  const before = shown.length;
  await judge(...texts);
  expect(shown.length).toBe(before + 2);
});

it('adds nothing where its rule is switched off', async () => {
  const { judge } = pipelineWith(() => ruled(0.9), { band: [0, 0.8], disabled: ['injection.second'] });
  const { decision, findings } = await judge('Hello.', UNSURE);
  expect(findings.map(({ rule: id, score }) => [id, score])).toEqual([['injection.maybe', 0.9]]);
  expect(decision.stages[0]).toMatchObject({ status: 'found' });
});

it('shows the surroundings of what was found in a long text, and says that it did', async () => {
  const { judge, shown } = pipelineWith(() => ruled(0.05));
  const { decision } = await judge(`${'a '.repeat(60_000)}perhaps ${'b '.repeat(60_000)}`);
  expect(shown[0]!.text).toHaveLength(SHOWN_MOST);
  expect(shown[0]!.text).toContain('a perhaps b');
  expect(decision.stages).toContainEqual({
    stage: 'detect.second',
    status: 'skipped',
    detail: `1 judged in part: longer than ${SHOWN_MOST} characters`,
  });
});

it('is not asked by the fast stage alone', () => {
  const { pipeline, shown } = pipelineWith(() => ruled(0.9));
  const segments = [{ path: '', channel: 'user', origin: 'user', text: UNSURE }] as const;
  const { findings } = pipeline.judgeInput(subject, { segments, uninspected: [], capabilities: [], stream: false });
  expect(findings).toMatchObject([{ score: 0.6 }]);
  expect(shown).toEqual([]);
});
