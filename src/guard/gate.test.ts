// Streaming equals whole: the property on which enforced streaming rests, with detectors small enough to reason about.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Action, TextFinding } from '../contract/index.ts';
import type { DetectContext, Detector, TextView } from '../detect/index.ts';
import { TextGate } from './gate.ts';
import { judgeText } from './judge.ts';
import { clusterSpans, redactText } from './redact.ts';

const context: DetectContext = {
  direction: 'output',
  channel: 'output',
  systemPrompts: [],
  canaries: [],
  knownHosts: new Set(),
};

/** Finds a pattern at every start position; what is found depends on nothing beyond `reach` and `lookbehind`. */
function patternDetector(id: string, pattern: RegExp, reach: number, open?: RegExp): Detector {
  const sticky = new RegExp(pattern.source, 'y');
  return {
    id,
    version: '1',
    classes: ['pii'],
    reach,
    lookbehind: 1,
    usesContext: false,
    appliesTo: () => true,
    ...(open === undefined
      ? {}
      : {
          openFrom: (view: TextView) =>
            new RegExp(`(?:${open.source})$`).exec(view.folded)?.index ?? view.folded.length,
        }),
    inspect(view) {
      const findings: TextFinding[] = [];
      for (let at = 0; at < view.folded.length; at++) {
        sticky.lastIndex = at;
        const match = sticky.exec(view.folded);
        if (match === null || match[0].length === 0) continue;
        const [start, end] = view.toOriginal(at, at + match[0].length);
        findings.push({ rule: id, class: 'pii', severity: 'high', score: 1, start, end, evidence: '', techniques: [] });
      }
      return findings;
    },
  };
}

const ACTIONS: Record<string, Action> = { chain: 'redact', card: 'redact', stop: 'block', note: 'flag', late: 'block' };
const actionOf = (rule: string, capped: boolean): Action => (capped ? 'flag' : ACTIONS[rule]!);

const card = patternDetector('card', /(?<!\d)\d{4,6}(?!\d)/, 8, /\d{1,6}/);
const stop = patternDetector('stop', /STOP\d?/, 6);
const note = patternDetector('note', /[aeiou]{2}/, 3);
/** Its matches overlap each other, so that clusters grow while text comes. */
const chain = patternDetector('chain', /ab[^]{4}/, 6);
const detectors = [card, stop, note, chain];

function stream(parts: readonly string[], among: readonly Detector[], whole = false, stride = 1) {
  const found: string[] = [];
  const gate = new TextGate({
    detectors: among,
    context,
    whole,
    stride,
    ruler: {
      rule(finding, capped) {
        found.push(`${finding.rule} ${finding.start}-${finding.end}`);
        return { ...finding, action: actionOf(finding.rule, capped) };
      },
      fail: () => true,
    },
  });
  let released = '';
  for (const part of parts) released += gate.push(part).text;
  released += gate.end().text;
  return { released, denied: gate.denied, found };
}

function whole(text: string, among: readonly Detector[]) {
  const { findings } = judgeText(among, text, context);
  const clusters = clusterSpans(findings.map((each) => ({ ...each, action: actionOf(each.rule, false) })));
  const cut = clusters.find((cluster) => cluster.denied);
  const end = cut?.start ?? text.length;
  const released = redactText(
    text.slice(0, end),
    clusters.filter((cluster) => cluster.end <= end),
  );
  return { released, denied: cut !== undefined };
}

const fragment = fc.oneof(
  fc.constantFrom(
    'STOP',
    'ST',
    'OP',
    '1234',
    '56',
    '7',
    '123456789012',
    'ab',
    'abab',
    'abxxab',
    ' ',
    'ae',
    'x',
    '\u200b',
    '\u0661\u0662',
    'é',
    '😀',
    '\ud83d',
    'ﬃ',
    '-',
  ),
  fc.string({ maxLength: 5 }),
  fc.constant('plain words that go on for a while without anything to see, '),
);
const text = fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join(''));

/** Any text with any way of cutting it up. */
const pieces = text.chain((joined) =>
  fc
    .array(fc.nat({ max: joined.length }), { maxLength: 30 })
    .map((cuts) => [0, ...cuts.sort((a, b) => a - b), joined.length])
    .map((cuts) => cuts.slice(1).map((to, index) => joined.slice(cuts[index], to))),
);

it('releases what the whole judgement would, however the text is split', () => {
  fc.assert(
    fc.property(pieces, fc.constantFrom(1, 20, 64), (parts, stride) => {
      const expected = whole(parts.join(''), detectors);
      const { released, denied } = stream(parts, detectors, false, stride);
      expect({ released, denied }).toEqual(expected);
    }),
    { numRuns: 3000 },
  );
});

it('finds each finding once, in order of place, up to the cut', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      const joined = parts.join('');
      const { found, denied } = stream(parts, detectors);
      const all = judgeText(detectors, joined, context).findings;
      expect(new Set(found).size).toBe(found.length);
      if (!denied) expect([...found].sort()).toEqual(all.map((f) => `${f.rule} ${f.start}-${f.end}`).sort());
    }),
    { numRuns: 1000 },
  );
});

it('never releases a digit of a card split one character at a time', () => {
  const { released } = stream([...'pay 12345 now, and no more'], detectors);
  expect(released).toBe('pay [REDACTED:card] now, and no more');
});

it('lets prose flow when no match is open, long before the reach of the detector', () => {
  const slow = patternDetector('card', /(?<!\d)\d{4,6}(?!\d)/, 5000, /\d{1,6}/);
  const gate = new TextGate({
    detectors: [slow],
    context,
    whole: false,
    ruler: { rule: (finding) => ({ ...finding, action: 'redact' }), fail: () => true },
  });
  const prose = 'Nothing here is open, so there is nothing to wait for. '.repeat(3);
  expect(gate.push(prose).text).toBe(prose);
  expect(gate.push(`${prose}12`).text).toBe(prose);
  expect(gate.pending).toBe(true);
});

it('only flags what a detector of unbounded reach finds, unless the text is held whole', () => {
  const late = patternDetector('late', /end of it/, Infinity);
  const parts = ['so this is the ', 'end of', ' it all'];
  expect(stream(parts, [late])).toEqual({ released: parts.join(''), denied: false, found: ['late 15-24'] });
  expect(stream(parts, [late], true)).toEqual({ released: 'so this is the ', denied: true, found: ['late 15-24'] });
});

it('stops releasing when a detector fails and the policy set denies', () => {
  const broken: Detector = {
    ...card,
    id: 'broken',
    inspect: () => {
      throw new Error('no');
    },
  };
  expect(stream(['some text'], [broken])).toEqual({ released: '', denied: true, found: [] });
});

it('does work in proportion to a text that it must hold for long', () => {
  let judged = 0;
  const holding: Detector = {
    ...card,
    reach: Number.MAX_SAFE_INTEGER,
    openFrom: () => 0,
    inspect(view) {
      judged += view.original.length;
      return [];
    },
  };
  const gate = new TextGate({
    detectors: [holding],
    context,
    whole: false,
    ruler: { rule: (finding) => ({ ...finding, action: 'redact' }), fail: () => true },
  });
  const size = 400_000;
  for (let sent = 0; sent < size; sent += 64) gate.push('4 '.repeat(32));
  expect(gate.end().text).toHaveLength(size);
  expect(judged).toBeLessThan(size * 15);
});
