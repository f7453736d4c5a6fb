// The story of a ruling, and a hunt for ways in which it might fail open.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OnFault } from '../contract/index.ts';
import {
  createPolicies,
  createReloadablePolicies,
  type FindingQuestion,
  type Policies,
  type Subject,
} from './index.ts';

const subject: Subject = {
  principal: { id: 'key_1', kind: 'service', name: 'app', tenant: 'acme' },
  route: 'gpt-4o',
  surface: 'openai.chat',
};
const question: FindingQuestion = {
  direction: 'input',
  channel: 'user',
  rule: 'pii.card',
  class: 'pii',
  severity: 'high',
  score: 0.9,
};
const plain = { direction: 'input', stream: false, classes: [], uninspected: [], capabilities: [] } as const;

const manifest = (policy: OnFault = 'deny') => ({
  name: 'test',
  version: '1',
  onFault: { detect: 'deny', policy, ledger: 'deny', budget: 'deny' } as const,
  policies: ['a.cedar'],
});
const source = (text: string, onFault?: OnFault) => ({
  manifest: manifest(onFault),
  sources: [{ file: 'a.cedar', text }],
});
const set = (text: string, onFault?: OnFault): Policies => createPolicies(source(text, onFault));
const policy = (id: string, action: string, condition = 'true', scope = 'action == Action::"finding"'): string =>
  `@id("${id}") @action("${action}") ${action === 'block' || action === 'hold' ? 'forbid' : 'permit'} (principal, ${scope}, resource) when { ${condition} };\n`;
const ids = (ruling: { policies: readonly { id: string }[] }): string[] => ruling.policies.map(({ id }) => id);

describe('a ruling', () => {
  it('takes the strictest of the permits and names them all', () => {
    const ruling = set(policy('a', 'allow') + policy('r', 'redact') + policy('f', 'flag')).ruleFinding(
      subject,
      question,
    );
    expect(ruling.action).toBe('redact');
    expect(ids(ruling)).toEqual(['r', 'f', 'a']);
  });
  it('lets a forbid hide the permits, and block win over hold', () => {
    const ruling = set(policy('a', 'redact') + policy('h', 'hold') + policy('b', 'block')).ruleFinding(
      subject,
      question,
    );
    expect(ruling.action).toBe('block');
    expect(ids(ruling)).toEqual(['b', 'h']);
  });
  it('gives the reason written, or the id', () => {
    const text = policy('a', 'flag').replace('@action', '@reason("because") @action') + policy('b', 'flag');
    expect(
      set(text)
        .ruleFinding(subject, question)
        .policies.map(({ reason }) => reason),
    ).toEqual(['because', 'b']);
  });
  it('blocks what no policy permits', () => {
    const policies = set(policy('a', 'allow', 'context.class == "secret"'));
    for (const ruling of [policies.ruleFinding(subject, question), policies.ruleExchange(subject, plain)]) {
      expect(ruling.action).toBe('block');
      expect(ruling.policies).toEqual([{ id: '(no permit)', action: 'block', reason: 'no policy permits' }]);
      expect(ruling.faults).toEqual([]);
    }
  });
  it('sees scores in steps of 50, rounded down, with no step lost to binary fractions', () => {
    for (let step = 0; step <= 20; step++) {
      const policies = set(policy('a', 'flag', `context.score == ${step * 50}`));
      expect(policies.ruleFinding(subject, { ...question, score: step / 20 }).action).toBe('flag');
      expect(policies.ruleFinding(subject, { ...question, score: Math.min(1, step / 20 + 0.049) }).action).toBe('flag');
    }
  });
  it('knows principal, route and surface', () => {
    const conditions = 'principal.tenant == "acme" && principal.kind == "service" && resource.name like "gpt-*"';
    const policies = set(policy('a', 'flag', `${conditions} && context.surface == "openai.chat"`));
    expect(policies.ruleFinding(subject, question).action).toBe('flag');
    expect(policies.ruleFinding({ ...subject, route: 'other' }, question).action).toBe('block');
    const stranger = { ...subject.principal, tenant: 'other' };
    expect(policies.ruleFinding({ ...subject, principal: stranger }, question).action).toBe('block');
  });
});

describe('what might fail open', () => {
  const overflow = 'context.score + 9223372036854775807 > 0';
  const erring = policy('base', 'allow') + policy('no', 'block', overflow);

  it('a forbid that errs is a fault: deny blocks, flag flags, allow lets the rest stand; always said', () => {
    for (const [onFault, action] of [
      ['deny', 'block'],
      ['flag', 'flag'],
      ['allow', 'allow'],
    ] as const) {
      const ruling = set(erring, onFault).ruleFinding(subject, question);
      expect(ruling.action).toBe(action);
      expect(ruling.faults).toHaveLength(1);
      expect(ruling.faults[0]).toContain('policy no: integer overflow');
      expect(ids(ruling)).toContain('(fault)');
    }
  });
  it('a fault never makes an answer milder', () => {
    const ruling = set(erring + policy('hard', 'block'), 'allow').ruleFinding(subject, question);
    expect(ruling.action).toBe('block');
    expect(ids(ruling)[0]).toBe('hard');
  });
  it('a question outside the contract is a fault, and nothing of it is quoted', () => {
    const policies = set(policy('a', 'allow'));
    const odd = [
      { ...question, score: Number.NaN },
      { ...question, score: 1.01 },
      { ...question, score: -0.01 },
      { ...question, class: 'SECRET-WORD' },
      { ...question, rule: 'x'.repeat(5000) },
      { ...question, rule: undefined },
      undefined,
    ] as unknown as FindingQuestion[];
    for (const each of odd) {
      const ruling = policies.ruleFinding(subject, each);
      expect(ruling.action).toBe('block');
      expect(ruling.faults).toHaveLength(1);
      expect(JSON.stringify(ruling)).not.toContain('SECRET-WORD');
    }
    expect(policies.ruleFinding(undefined as unknown as Subject, question).action).toBe('block');
  });
  it('a lone surrogate does not break the engine', () => {
    const policies = set(policy('a', 'flag', 'principal.name == "x\ufffd" && context.rule == "r\ufffd"'));
    const principal = { ...subject.principal, name: 'x\ud800' };
    expect(policies.ruleFinding({ ...subject, principal }, { ...question, rule: 'r\udfff' }).action).toBe('flag');
  });
  it('cached answers never cross: names may hold any separator', () => {
    const name = fc.string({ unit: fc.constantFrom('a', ',', ';', ':', '1', '2', '"'), maxLength: 5 });
    const policies = set(policy('base', 'allow') + policy('no', 'block', 'context.rule == resource.name'));
    fc.assert(
      fc.property(name, name, name, (rule, route, id) => {
        const ruling = policies.ruleFinding(
          { ...subject, route, principal: { ...subject.principal, id } },
          { ...question, rule },
        );
        expect(ruling.action).toBe(rule === route ? 'block' : 'allow');
      }),
      { numRuns: 300 },
    );
  });
  it('a cached answer is not given to another principal where policies tell them apart', () => {
    for (const condition of [
      'principal == Principal::"key_1"',
      'principal.name == "app"',
      'principal in Principal::"key_1"',
    ]) {
      const policies = set(policy('a', 'allow', condition));
      expect(policies.ruleFinding(subject, question).action).toBe('allow');
      const other = { ...subject.principal, id: 'key_2', name: 'other' };
      expect(policies.ruleFinding({ ...subject, principal: other }, question).action).toBe('block');
    }
    const scoped = set(policy('a', 'allow').replace('(principal,', '(principal == Principal::"key_1",'));
    expect(scoped.ruleFinding(subject, question).action).toBe('allow');
    expect(scoped.ruleFinding({ ...subject, principal: { ...subject.principal, id: 'key_2' } }, question).action).toBe(
      'block',
    );
  });
  it('sets are the same in any order and with repeats', () => {
    const text =
      policy('e', 'allow', 'true', 'action') +
      policy('no', 'block', 'context.classes.containsAll(["pii", "secret"])', 'action == Action::"exchange"');
    const policies = set(text);
    expect(policies.ruleExchange(subject, { ...plain, classes: ['secret', 'pii', 'pii'] }).action).toBe('block');
    expect(policies.ruleExchange(subject, { ...plain, classes: ['pii', 'secret'] }).action).toBe('block');
    expect(policies.ruleExchange(subject, { ...plain, classes: ['pii'] }).action).toBe('allow');
  });
  it('answers hold however many questions went by', () => {
    const policies = set(policy('base', 'allow') + policy('no', 'block', 'context.rule like "*7"'));
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 1200; i++) {
        const { action } = policies.ruleFinding(subject, { ...question, rule: `r${i}` });
        expect(action).toBe(i % 10 === 7 ? 'block' : 'allow');
      }
    }
  });
});

describe('a shadow set', () => {
  it('is in the ruling only where its action differs, and never enforced', () => {
    const shadow = source(policy('s', 'allow') + policy('s-no', 'block', 'context.class == "pii"'));
    const policies = createPolicies({ ...source(policy('a', 'allow')), shadow });
    const ruling = policies.ruleFinding(subject, question);
    expect(ruling.action).toBe('allow');
    expect(ruling.shadow).toEqual({ action: 'block', policies: [{ id: 's-no', action: 'block', reason: 's-no' }] });
    expect(policies.ruleFinding(subject, { ...question, class: 'secret' }).shadow).toBeUndefined();
    expect(policies.version).not.toBe(set(policy('a', 'allow')).version);
  });
  it('keeps its faults to itself', () => {
    const shadow = source(policy('s', 'allow') + policy('bad', 'block', 'context.score * 9223372036854775807 > 0'));
    const ruling = createPolicies({ ...source(policy('a', 'allow')), shadow }).ruleFinding(subject, question);
    expect(ruling.faults).toEqual([]);
    expect(ruling.action).toBe('allow');
    expect(ruling.shadow?.action).toBe('block');
  });
});

it('a reload swaps whole, and a bad one leaves the old set ruling', () => {
  let text = policy('a', 'allow');
  const policies = createReloadablePolicies(() => set(text));
  const before = policies.current();
  expect(policies.reload()).toMatchObject({ ok: true, changed: false });
  text = 'permit (principal';
  const refused = policies.reload();
  expect(refused.ok === false && refused.error.code).toBe('policy_invalid');
  expect(policies.ruleFinding(subject, question).action).toBe('allow');
  text = policy('b', 'block');
  expect(policies.reload()).toMatchObject({ ok: true, changed: true });
  expect(policies.ruleFinding(subject, question).action).toBe('block');
  expect(before.ruleFinding(subject, { ...question, rule: 'new' }).action).toBe('allow');
});
