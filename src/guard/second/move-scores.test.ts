// What a second opinion does to findings.
import { expect, it } from 'vitest';
import type { Finding, Segment } from '../../contract/index.ts';
import { injectionScore } from '../../detect/index.ts';
import { moveScores } from './move-scores.ts';

const segment: Segment = { path: '/messages/0/content', channel: 'user', origin: 'user', text: 'x'.repeat(100) };
const finding = (rule: string, score: number, more: Partial<Finding> = {}): Finding => ({
  ...{ rule, score, detector: 'attack', severity: 'medium', start: 0, end: 50, evidence: 'Seen.', techniques: [] },
  ...{ class: rule.split('.')[0] as Finding['class'], segment: segment.path, channel: segment.channel, ...more },
});
const said = (score: number) => ({ by: 'judge' as const, score, start: 0, end: 100 });

it('gives the surest finding the score of an attack, and says what both said', () => {
  const findings = [finding('jailbreak.comply', 0.45), finding('injection.learned', 0.35), finding('pii.email', 0.9)];
  const moved = moveScores(segment, findings, said(0.9));
  expect(moved.map(({ score }) => score)).toEqual([0.9, 0.35, 0.9]);
  expect(moved[0]).toMatchObject({
    severity: 'high',
    evidence: 'Seen. Second opinion: judge says 0.90, before 0.45.',
    opinion: { by: 'judge', score: 0.9, before: 0.45 },
  });
  expect(moved[1]).toBe(findings[1]);
});

it('never lowers the severity of what it calls an attack, nor is ever certain', () => {
  const [moved] = moveScores(segment, [finding('injection.rule', 0.7, { severity: 'critical' })], said(1));
  expect(moved).toMatchObject({ score: 0.99, severity: 'critical' });
});

it('moves all of them down so that joined they say what it says', () => {
  const findings = [
    finding('injection.override', 0.7),
    finding('jailbreak.comply', 0.45),
    finding('harmful.learned', 0.6),
  ];
  const moved = moveScores(segment, findings, said(0.1));
  expect(injectionScore(moved)).toBeCloseTo(0.1, 10);
  expect(moved[0]!.score).toBeGreaterThan(moved[1]!.score);
  expect(moved.slice(0, 2).every(({ severity }) => severity === 'info')).toBe(true);
  expect(moved[2]).toBe(findings[2]);
  const [none] = moveScores(segment, [finding('injection.override', 0.7)], said(0));
  expect(none!.score).toBe(0);
});

it('adds a finding where it alone sees an attack, and none where nobody does', () => {
  expect(moveScores(segment, [], said(0.49))).toEqual([]);
  expect(moveScores(segment, [finding('obfuscation.hidden_text', 0.6)], said(0.5)).at(-1)).toMatchObject({
    rule: 'injection.second',
    detector: 'second',
    start: 0,
    end: 100,
    techniques: ['AML.T0051.000', 'LLM01:2025'],
    opinion: { before: 0 },
  });
});

it('does not wipe out what stands in disguise or was not shown', () => {
  // What was shown is not what the words come to once they are decoded.
  const encoded = [finding('injection.override', 0.7), finding('obfuscation.encoded_attack', 0.6)];
  expect(moveScores(segment, encoded, said(0.01))).toEqual(encoded);
  const elsewhere = [finding('injection.override', 0.7, { start: 60, end: 90 })];
  expect(moveScores(segment, elsewhere, { ...said(0.01), end: 60 })).toEqual(elsewhere);
});
