// The judgement of an answer: when the model is asked once more, what passes once a person has said yes, how it ended.
import { describe, expect, it } from 'vitest';
import type { Segment } from '../contract/index.ts';
import { type Detector, answerShapeDetector, groundingDetector } from '../detect/index.ts';
import { createPolicies, type Policies } from '../policy/index.ts';
import { createPipeline, heldTexts, toComplaint, toDenial, type OutputJudge } from './index.ts';

const principal = { id: 'key_1', kind: 'service' as const, name: 'app', tenant: 'acme' };
const subject = { principal, route: '*', surface: 'openai.chat' as const };
const onFault = { detect: 'deny', policy: 'deny', ledger: 'deny', budget: 'deny' } as const;

const BASE =
  '@id("base") @action("flag") permit (principal, action == Action::"finding", resource);\n' +
  '@id("go") @action("allow") permit (principal, action == Action::"exchange", resource);\n';
const policies = (text: string): Policies =>
  createPolicies({
    manifest: { name: 't', version: '1', onFault, policies: ['a.cedar'] },
    sources: [{ file: 'a.cedar', text: BASE + text }],
  });
const rule = (id: string, action: string, name: string, annotations = ''): string =>
  `@id("${id}") @action("${action}") ${annotations} ${action === 'redact' || action === 'flag' ? 'permit' : 'forbid'} ` +
  `(principal, action == Action::"finding", resource) when { context.class == "${name}" };\n`;

/** Finds `pay` as harmful, `card` as personal data, and throws at `fault`. */
const wordDetector: Detector = {
  id: 'words',
  version: '1',
  classes: ['harmful', 'pii'],
  reach: 10,
  lookbehind: 1,
  usesContext: false,
  appliesTo: () => true,
  inspect({ original }) {
    if (original.includes('fault')) throw new Error('fault');
    return [...original.matchAll(/pay|card/g)].map((match) => {
      const name = match[0] === 'pay' ? ('harmful' as const) : ('pii' as const);
      const span = { start: match.index, end: match.index + match[0].length };
      return {
        rule: `${name}.word`,
        class: name,
        severity: 'high',
        score: 0.9,
        ...span,
        evidence: '*',
        techniques: [],
      };
    });
  },
};

interface Options {
  readonly stream?: boolean;
  readonly again?: boolean;
  readonly documents?: readonly string[];
}
function open(text: string, { stream = false, again = false, documents }: Options = {}): OutputJudge {
  const set = policies(text);
  const pipeline = createPipeline({
    detectors: [wordDetector, groundingDetector, answerShapeDetector],
    policies: () => set,
  });
  const context = {
    systemPrompts: [],
    canaries: [],
    knownHosts: new Set<string>(),
    ...(documents === undefined ? {} : { documents: { texts: documents, said: [] } }),
  };
  return pipeline.openOutput(subject, stream, context, !again);
}
const output = (text: string, path = '/choices/0/message/content'): Segment[] => [
  { path, channel: 'output', origin: 'untrusted', text },
];

describe('a second try', () => {
  const again = rule('x', 'block', 'harmful', '@reask("once")');
  it('is asked for of a first whole answer, and of no other', () => {
    for (const [options, expected] of [
      [{}, true],
      [{ again: true }, false],
      [{ stream: true }, false],
    ] as const) {
      const judge = open(again, options);
      expect(judge.judgeBody(output('pay now')).denied).toBe(true);
      expect(judge.reask).toBe(expected);
      expect(judge.decision().reask).toBe(expected ? true : undefined);
      expect(judge.decision().action).toBe('block');
    }
  });
  it('is not asked for without a finding, beside a denial that does not ask for it, or after a failed stage', () => {
    const clean = open(again);
    clean.judgeBody(output('hello'));
    expect(clean.reask).toBe(false);
    const firm = open(again + rule('y', 'block', 'pii'));
    firm.judgeBody(output('pay by card'));
    expect(firm.reask).toBe(false);
    const failed = open(again);
    failed.judgeBody([...output('pay now'), ...output('fault', '/b')]);
    expect(failed.reask).toBe(false);
    expect(failed.denied).toBe(true);
  });
  it('is asked for where an answer is not borne out, does not answer, or breaks off', () => {
    const flags = ['ungrounded', 'refusal', 'model_error']
      .map((name) => rule(name, 'flag', name, '@reask("once")'))
      .join('');
    const wrong = open(flags, { documents: ['The mill made 412 tons.'] });
    expect(wrong.judgeBody(output('It made 733 tons.')).denied).toBe(false);
    expect(wrong.reask).toBe(true);
    const refusal = open(flags);
    refusal.judgeBody(output('I’m sorry, but I can’t help with that.'));
    expect(refusal.reask).toBe(true);
    const cut = open(flags);
    cut.judgeBody(output('The mill'));
    expect(cut.reask).toBe(false);
    expect(cut.noteEnding({ finishReasons: ['length'] })).toBe(false);
    expect(cut.reask).toBe(true);
  });
  it('tells the model what was wrong in fixed words', () => {
    const complaint = toComplaint([
      { class: 'schema', score: 1 },
      { class: 'ungrounded', score: 0.6 },
      { class: 'schema', score: 1 },
    ]);
    expect(complaint).toContain('JSON schema');
    expect(complaint).toContain('documents');
    expect(complaint.match(/JSON schema/g)).toHaveLength(1);
    expect(toComplaint([])).toContain('Answer the same request again');
    // The name of a city is not what was wrong.
    expect(toComplaint([{ class: 'pii', score: 0.3 }])).not.toContain('personal data');
    expect(toComplaint([{ class: 'pii', score: 0.9 }])).toContain('personal data');
  });
});

describe('what is held', () => {
  const text = rule('p', 'hold', 'harmful') + rule('c', 'redact', 'pii');
  it('passes as it was shown once it is approved, with what is redacted still redacted', () => {
    const judge = open(text);
    const verdict = judge.judgeBody([...output('pay now'), ...output('by card', '/b')]);
    expect(verdict.denied).toBe(true);
    expect(judge.held).toBe(true);
    expect(verdict.ifApproved).toMatchObject([{ path: '/b', text: 'by [REDACTED:pii.word]' }]);
  });
  it('is redacted also where the exchange as a whole is held for what was found', () => {
    const whole =
      rule('c', 'redact', 'pii') +
      '@id("h") @action("hold") forbid (principal, action == Action::"exchange", resource) when { context.classes.contains("pii") };';
    const judge = open(whole);
    expect(judge.judgeBody(output('by card')).ifApproved).toMatchObject([{ text: 'by [REDACTED:pii.word]' }]);
    const set = policies(whole);
    const pipeline = createPipeline({ detectors: [wordDetector], policies: () => set });
    const input = { segments: output('by card'), uninspected: [], capabilities: [], stream: false };
    const held = pipeline.judgeInput(subject, input);
    expect(held).toMatchObject({ denied: true, rewrites: [], ifApproved: [{ text: 'by [REDACTED:pii.word]' }] });
  });
  it('is not held but blocked where anything blocks', () => {
    const judge = open(text + rule('b', 'block', 'harmful'));
    judge.judgeBody(output('pay now'));
    expect(judge).toMatchObject({ held: false, denied: true });
  });
  it('is shown to whoever decides, with the places of the findings, and never more than there is room for', () => {
    const long = 'x'.repeat(300_000);
    const segments: Segment[] = [
      ...output(`${long}\ud83d\ude00`, '/0'),
      ...output(`${'y'.repeat(60_000)} pay`, '/1'),
      ...output('short', '/2'),
      ...output('', '/3'),
      { path: '/id', channel: 'metadata', origin: 'untrusted', text: 'call_1' },
    ];
    const held = heldTexts(segments, [{ segment: '/1', end: 60_004 }]);
    expect(held.map((each) => [each.path, each.text.length, each.cut])).toEqual([
      ['/0', 20_000, true],
      ['/1', 60_004, undefined],
      ['/2', 5, undefined],
    ]);
    const many = Array.from({ length: 700 }, (_, i) => output(long, `/${i}`)[0]!);
    const kept = heldTexts(many, [{ segment: '/3', end: 7 }]);
    expect(kept.reduce((sum, each) => sum + each.text.length, 0)).toBeLessThan(401_000);
    expect(kept.at(-1)).toMatchObject({ text: '200 texts more', cut: true });
    expect(kept.find((each) => each.path === '/3')?.text.length).toBe(20_000);
  });
});

describe('a denial', () => {
  const held = (): ReturnType<OutputJudge['decision']> => {
    const judge = open(rule('p', 'hold', 'harmful'));
    judge.judgeBody(output('pay now'));
    return judge.decision();
  };
  it('names the approval and how to go on', () => {
    const approval = { id: 'ap_1', state: 'pending' as const, expires: '2025-01-01T00:00:00.000Z' };
    const error = toDenial(held(), 'input', approval);
    expect(error).toMatchObject({ code: 'held_for_approval', status: 403 });
    expect(error.message).toBe('the request was held (approval ap_1, pending): p (p)');
    expect(error.hint).toContain('Send the same request again once it is approved, before 2025-01-01');
    expect(toDenial(held(), 'input', { ...approval, state: 'denied' }).hint).toContain('said no');
    expect(toDenial(held(), 'output', approval).hint).toContain('another answer');
    expect(toDenial(held(), 'input').hint).toContain('nobody can be asked here');
  });
  it('names no approval where it is a block', () => {
    const judge = open(rule('b', 'block', 'harmful'));
    judge.judgeBody(output('pay now'));
    const error = toDenial(judge.decision(), 'input', { id: 'ap_1', state: 'pending', expires: '' });
    expect(error.code).toBe('blocked_by_policy');
    expect(error.message).not.toContain('ap_1');
  });
});

describe('an ending', () => {
  it('is judged once all has come: nothing, or cut off', () => {
    const empty = open('');
    empty.judgeBody([]);
    empty.noteEnding({ finishReasons: ['stop'] });
    expect(empty.findings.map((finding) => finding.rule)).toEqual(['model_error.empty']);
    const call = open('');
    call.judgeBody([{ path: '/t', channel: 'tool_argument', origin: 'untrusted', text: 'send' }]);
    call.noteEnding({ finishReasons: ['tool_calls'] });
    expect(call.findings).toEqual([]);
  });
  it('may deny a whole answer, and only flags a streamed one', () => {
    const text = rule('e', 'block', 'model_error');
    const whole = open(text);
    whole.judgeBody(output('The mill'));
    expect(whole.noteEnding({ finishReasons: ['length'] })).toBe(true);
    const stream = open(text, { stream: true });
    stream.judgeBody(output('The mill'));
    expect(stream.noteEnding({ finishReasons: ['length'] })).toBe(false);
    expect(stream.decision()).toMatchObject({ action: 'flag' });
  });
});
