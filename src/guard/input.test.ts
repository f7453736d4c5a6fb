// A conversation resent each turn: what was judged is not judged again, and nothing new escapes judgement.
import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Finding, Segment } from '../contract/index.ts';
import type { Detector } from '../detect/index.ts';
import { loadPolicySet, shippedPolicySet } from '../policy/index.ts';
import { createPipeline } from './pipeline.ts';

const policies = loadPolicySet(shippedPolicySet('default'));
const subject = {
  principal: { id: 'k', kind: 'service' as const, name: 'n', tenant: 't' },
  route: '*',
  surface: 'openai.chat' as const,
};

/** Counts what it is given, and finds the word "secret". */
function countingDetector(): Detector & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    id: 'count',
    version: '1',
    classes: ['secret'],
    reach: 10,
    lookbehind: 0,
    usesContext: false,
    appliesTo: () => true,
    inspect({ original }) {
      seen.push(original);
      const start = original.indexOf('secret');
      if (start === -1) return [];
      const common = { class: 'secret' as const, severity: 'high' as const, score: 1, evidence: '', techniques: [] };
      return [{ ...common, rule: 'secret.word', start, end: start + 6 }];
    },
  };
}

function conversation(turns: number): Segment[] {
  return Array.from({ length: turns * 2 - 1 }, (_, i) => ({
    path: `/messages/${i}/content`,
    channel: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
    origin: 'user' as const,
    text: `message ${i}`,
  }));
}

function createJudge(detector: Detector) {
  const pipeline = createPipeline({
    detectors: [detector],
    policies: () => policies,
    cacheDigest: (text) => hash('sha256', text),
  });
  return (segments: readonly Segment[]) =>
    pipeline.judgeInput(subject, { segments, uninspected: [], capabilities: [], stream: false });
}

it('judges only what a turn adds', () => {
  const detector = countingDetector();
  const judge = createJudge(detector);
  judge(conversation(50));
  expect(detector.seen).toHaveLength(99);
  judge(conversation(51));
  expect(detector.seen.slice(99)).toEqual(['message 99', 'message 100']);
});

it('judges only the last turn when it is asked again in other words', () => {
  const detector = countingDetector();
  const judge = createJudge(detector);
  judge(conversation(50));
  const again = conversation(50);
  again[98] = { ...again[98]!, text: 'put otherwise' };
  judge(again);
  expect(detector.seen.slice(99)).toEqual(['put otherwise']);
});

it('judges a changed history anew, wherever it was changed', () => {
  for (const place of [0, 40, 97, 98, 99, 100]) {
    const detector = countingDetector();
    const judge = createJudge(detector);
    judge(conversation(50));
    const changed = conversation(51);
    changed[place] = { ...changed[place]!, text: 'a secret' };
    const verdict = judge(changed);
    expect(verdict.findings.map((finding) => finding.segment)).toEqual([`/messages/${place}/content`]);
    expect(verdict.rewrites.map((rewrite) => rewrite.text)).toEqual(['a [REDACTED:secret.word]']);
  }
});

it('reports what is in the history each time, and what stands beside the messages', () => {
  const judge = createJudge(countingDetector());
  const history = conversation(50);
  history[10] = { ...history[10]!, text: 'my secret' };
  for (let turn = 0; turn < 3; turn++) expect(judge(history).findings).toHaveLength(1);
  const tool: Segment = { path: '/tools/0/x', channel: 'tool_description', origin: 'untrusted', text: 'secret tool' };
  judge(conversation(50));
  expect(judge([...conversation(51), tool]).findings.map((finding) => finding.segment)).toEqual(['/tools/0/x']);
});

it('does not take a channel or a border for another', () => {
  const detector = countingDetector();
  const judge = createJudge(detector);
  judge(conversation(50));
  const moved = conversation(51);
  moved[0] = { ...moved[0]!, channel: 'tool_result' };
  judge(moved);
  expect(detector.seen.filter((text) => text === 'message 0')).toHaveLength(2);
});

it('rules on what the past adds with the rest, once, and redacts it where policy says so', () => {
  const asked: (readonly Finding[])[] = [];
  const past = (rule: 'secret.past' | 'misuse.retries', segment: string, start: number, end: number): Finding => ({
    ...{ rule, class: rule === 'secret.past' ? 'secret' : 'misuse', severity: 'high', score: 0.9, start, end },
    ...{ evidence: '', techniques: [], detector: 'misuse', segment, channel: 'user' },
  });
  const { judgeInput } = createPipeline({ detectors: [countingDetector()], policies: () => policies });
  const segments = conversation(2).map((segment, at) => ({ ...segment, text: at === 2 ? 'a secret one' : 'plain' }));
  const verdict = judgeInput(
    subject,
    { segments, uninspected: [], capabilities: [], stream: false },
    (findings): Finding[] => {
      asked.push(findings);
      return [
        past('misuse.retries', '/messages/2/content', 0, 12),
        past('secret.past', '/messages/2/content', 9, 12),
        past('secret.past', '/messages/0/content', 0, 5),
        past('secret.past', '/nowhere', 0, 5),
      ];
    },
  );
  expect(asked.map((findings) => findings.map(({ rule }) => rule))).toEqual([['secret.word']]);
  expect(verdict.findings.map(({ rule, segment }) => `${rule} ${segment}`)).toEqual([
    'secret.word /messages/2/content',
    'misuse.retries /messages/2/content',
    'secret.past /messages/2/content',
    'secret.past /messages/0/content',
  ]);
  expect(verdict.decision).toMatchObject({ action: 'redact' });
  expect(verdict.rewrites.map(({ path, text }) => [path, text])).toEqual([
    ['/messages/2/content', 'a [REDACTED:secret.word] [REDACTED:secret.past]'],
    ['/messages/0/content', '[REDACTED:secret.past]'],
  ]);
});
