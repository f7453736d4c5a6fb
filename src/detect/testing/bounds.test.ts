// The bounds property itself must be able to fail: three detectors that break it, each in its own way.
import { expect, it } from 'vitest';
import type { Detector } from '../detector.ts';
import { checkBounds } from './bounds.ts';

const broken = (pattern: RegExp, reach: number, lookbehind: number): Detector => ({
  id: 'broken',
  version: '1',
  classes: ['pii'],
  reach,
  lookbehind,
  usesContext: false,
  appliesTo: () => true,
  inspect: (view) =>
    [...view.folded.matchAll(pattern)].map((match) => ({
      rule: 'pii.broken',
      class: 'pii' as const,
      severity: 'low' as const,
      score: 1,
      start: match.index,
      end: match.index + match[0].length,
      evidence: '',
      techniques: [],
    })),
});
const trial = { fragments: ['ab', 'abab', 'b', '!', 'q'] };

it('passes a detector that keeps its bounds', () => {
  expect(checkBounds(broken(/(?<!a)ab(?!!)/g, 4, 2), trial)).toBeGreaterThan(50);
});

it('catches a match that looks further ahead than it says', () => {
  expect(() => checkBounds(broken(/ab(?=.{0,20}!)/g, 3, 0), trial)).toThrow(/reach broken/);
});

it('catches a match that looks further back than it says', () => {
  expect(() => checkBounds(broken(/(?<=q.{0,20})ab/g, 3, 1), trial)).toThrow(/lookbehind broken/);
});

it('catches a match that depends on where an earlier one ended', () => {
  expect(() => checkBounds(broken(/abab|ab/g, 5, 0), trial)).toThrow(/lookbehind broken/);
});

it('catches a detector that says too early that nothing is open', () => {
  const ab = broken(/(?<!a)ab(?!!)/g, 4, 2);
  const trusting: Detector = { ...ab, openFrom: (view) => view.folded.length };
  expect(() => checkBounds(trusting, trial)).toThrow(/open from/);
  const careful: Detector = { ...ab, openFrom: (view) => /(?:a?b?)$/.exec(view.folded)!.index };
  expect(checkBounds(careful, trial)).toBeGreaterThan(50);
});
