// @reask: when a second try of the model may stand in for what was ruled, and when the set is told that it does nothing.
import { expect, it } from 'vitest';
import { checkPolicyFiles, createPolicies, type FindingQuestion, type Policies, type Subject } from './index.ts';

const subject: Subject = {
  principal: { id: 'key_1', kind: 'service', name: 'app', tenant: 'acme' },
  route: '*',
  surface: 'openai.chat',
};
const onFault = { detect: 'deny', policy: 'flag', ledger: 'deny', budget: 'deny' } as const;
const manifest = { name: 't', version: '1', onFault, policies: ['a.cedar'] };
const set = (text: string, shadow?: string): Policies =>
  createPolicies({
    manifest,
    sources: [{ file: 'a.cedar', text }],
    ...(shadow === undefined ? {} : { shadow: { manifest, sources: [{ file: 'a.cedar', text: shadow }] } }),
  });
const policy = (id: string, action: string, reask: boolean, condition = 'true'): string =>
  `@id("${id}") @action("${action}") ${reask ? '@reask("once") ' : ''}` +
  `${action === 'block' || action === 'hold' ? 'forbid' : 'permit'} (principal, action == Action::"finding", resource) when { ${condition} };\n`;
const question: FindingQuestion = {
  direction: 'output',
  channel: 'output',
  rule: 'schema.mismatch',
  class: 'schema',
  severity: 'medium',
  score: 1,
};
const reask = (text: string): boolean => set(text).ruleFinding(subject, question).reask;

it('is asked for by a policy that decides', () => {
  expect(reask(policy('a', 'flag', false))).toBe(false);
  expect(reask(policy('a', 'flag', true))).toBe(true);
  expect(reask(policy('a', 'flag', false) + policy('b', 'allow', true))).toBe(true);
  expect(reask(policy('a', 'allow', false) + policy('b', 'block', true))).toBe(true);
  expect(reask(policy('a', 'allow', false) + policy('b', 'hold', true))).toBe(true);
});

it('is not asked for where another policy denies without it, by a policy that does not decide, or in a fault', () => {
  expect(reask(policy('a', 'block', true) + policy('b', 'block', false))).toBe(false);
  expect(reask(policy('a', 'hold', true) + policy('b', 'block', false))).toBe(false);
  // A forbid hides all permits.
  expect(reask(policy('a', 'flag', true) + policy('b', 'block', false))).toBe(false);
  expect(reask(policy('a', 'flag', false) + policy('b', 'block', true, 'context.class == "pii"'))).toBe(false);
  const overflow = 'context.score * 9223372036854775807 > 0';
  expect(reask(policy('a', 'flag', true) + policy('b', 'block', false, overflow))).toBe(false);
  expect(reask(policy('a', 'flag', true, 'context.class == "pii"'))).toBe(false);
});

it('is the same from the cache, and no affair of the shadow set', () => {
  const policies = set(policy('a', 'flag', true), policy('s', 'block', false));
  expect(policies.ruleFinding(subject, question).reask).toBe(true);
  expect(policies.ruleFinding(subject, question)).toMatchObject({ reask: true, shadow: { action: 'block' } });
  expect(set(policy('a', 'flag', false), policy('s', 'block', true)).ruleFinding(subject, question).reask).toBe(false);
});

it('changes nothing of what a stream must hold back', () => {
  for (const action of ['flag', 'block']) {
    const may = (again: boolean): boolean =>
      set(policy('base', 'flag', false) + policy('x', action, again)).mayEnforce(subject, 'output', question);
    expect(may(true)).toBe(may(false));
  }
});

const check = (text: string) =>
  checkPolicyFiles([
    { name: 'policy-set.yaml', text: JSON.stringify(manifest) },
    { name: 'a.cedar', text },
  ]);

it('is said to do nothing where its policy never rules on a whole answer', () => {
  for (const condition of ['context.direction == "input"', 'context.direction == "input" && context.class == "pii"']) {
    const { ok, problems } = check(policy('base', 'flag', false) + policy('x', 'block', true, condition));
    expect(ok).toBe(true);
    expect(problems).toMatchObject([{ file: 'a.cedar', line: 2, message: /^warning: x: @reask does nothing/ }]);
  }
  const streams = policy('x', 'block', true, 'context.stream').replace('"finding"', '"exchange"');
  expect(check(policy('base', 'flag', false) + streams).problems).toMatchObject([{ message: /does nothing/ }]);
  for (const condition of [
    'true',
    'context.direction == "output"',
    'context.direction != "input"',
    'principal.id == "a"',
  ]) {
    expect(check(policy('x', 'block', true, condition)).problems).toEqual([]);
  }
});

it('says "once" and nothing else', () => {
  expect(check(policy('x', 'flag', true).replace('"once"', '"twice"'))).toMatchObject({ ok: false });
  expect(check(policy('x', 'flag', true).replace('("once")', ''))).toMatchObject({ ok: false });
});
