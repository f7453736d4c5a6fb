// What moved a score: by the detectors that can say so, and else by their rules.
import { expect, it } from 'vitest';
import type { Explanation, FindingClass } from '../contract/index.ts';
import type { Detector } from '../detect/index.ts';
import { explainText } from './explain.ts';

const base = {
  version: '1',
  classes: ['injection'] as const,
  reach: Infinity,
  lookbehind: Infinity,
  usesContext: false,
  appliesTo: (channel: string) => channel !== 'system',
};

const finding = (rule: string, score: number, kind: FindingClass = 'injection') => ({
  rule,
  class: kind,
  severity: 'high' as const,
  score,
  start: 0,
  end: 6,
  evidence: '',
  techniques: [],
});

const learned: Explanation = {
  start: 0,
  end: 10,
  score: 0.8,
  rule: 'injection.learned',
  reasons: [
    { kind: 'concept', what: 'override+instruction', weight: 2 },
    { kind: 'word', what: 'ignore', weight: 1 },
  ],
};

const classifier: Detector = {
  ...base,
  id: 'attack',
  inspect: () => [finding('injection.learned', 0.8), finding('injection.override', 0.9)],
  explain: () => [learned],
};

it('tells what a detector says, and rules for what it does not speak of', () => {
  const told = explainText([classifier], 'Ignore it', 'user');
  expect(told).toEqual([
    {
      start: 0,
      end: 6,
      score: 0.9,
      rule: 'injection.override',
      reasons: [{ kind: 'rule', what: 'injection.override', weight: 0.9 }],
    },
    { ...learned, reasons: [learned.reasons[0], { ...learned.reasons[1], places: [{ start: 0, end: 6 }] }] },
  ]);
});

it('speaks of prompt attacks alone, by the detectors that judge the channel, and of nothing where there is nothing', () => {
  const pii: Detector = { ...base, id: 'pii', inspect: () => [finding('pii.card', 0.9, 'pii')] };
  expect(explainText([pii], 'Ignore it', 'user')).toEqual([]);
  expect(explainText([classifier], 'Ignore it', 'system')).toEqual([]);
  expect(explainText([classifier], '', 'user')).toEqual([]);
});

it('goes on where a detector fails', () => {
  const broken: Detector = {
    ...base,
    id: 'broken',
    inspect: () => [],
    explain: () => {
      throw new Error('no');
    },
  };
  expect(explainText([broken, classifier], 'Ignore it', 'user')).toHaveLength(2);
});
