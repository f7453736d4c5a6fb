// What a set may do to findings not yet seen: never wrongly "nothing", and "nothing" where it matters.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FindingClass, Severity } from '../contract/index.ts';
import { canEnforce, createPolicies, loadPolicySet, shippedPolicySet, type Policies, type Subject } from './index.ts';

const subject: Subject = {
  principal: { id: 'key_1', kind: 'service', name: 'app', tenant: 'acme' },
  route: 'gpt-4o',
  surface: 'openai.chat',
};
const onFault = { detect: 'deny', policy: 'deny', ledger: 'deny', budget: 'deny' } as const;
const set = (text: string): Policies =>
  createPolicies({
    manifest: { name: 't', version: '1', onFault, policies: ['a.cedar'] },
    sources: [{ file: 'a.cedar', text }],
  });

it('the shipped sets hold back what they enforce, and nothing else', () => {
  const enforced = (name: 'default' | 'observe' | 'strict'): string[] => {
    const policies = loadPolicySet(shippedPolicySet(name));
    return FindingClass.options.filter((each) => canEnforce(policies, subject, 'output', [each]));
  };
  expect(enforced('observe')).toEqual([]);
  expect(enforced('default')).toEqual(['prompt_leak', 'pii', 'secret', 'exfiltration']);
  // Every class but these has a policy that stops or changes an answer.
  const flagged = ['obfuscation', 'ungrounded', 'refusal', 'model_error'];
  expect(enforced('strict')).toEqual(FindingClass.options.filter((each) => !flagged.includes(each)));
});

it('finds a rule that lies between any sample points, or names a rule or a principal', () => {
  const base = '@id("base") @action("flag") permit (principal, action, resource);';
  const redact = (condition: string): Policies =>
    set(
      `${base} @id("r") @action("redact") permit (principal, action == Action::"finding", resource) when { ${condition} };`,
    );
  const may = (policies: Policies): boolean => canEnforce(policies, subject, 'output', ['pii']);
  expect(may(set(base))).toBe(false);
  expect(may(redact('context.score == 650 && context.severityName == "low"'))).toBe(true);
  expect(may(redact('context.rule like "pii.card*"'))).toBe(true);
  expect(may(redact('principal.tenant == "acme"'))).toBe(true);
  expect(may(redact('principal.tenant == "other"'))).toBe(false);
  expect(may(redact('context.class == "secret"'))).toBe(false);
  expect(may(redact('context.channel == "user"'))).toBe(false);
});

it('counts an exchange that turns on its findings, a finding without permit, and an error that blocks', () => {
  const base = '@id("base") @action("flag") permit (principal, action, resource);';
  const exchange = `${base} @id("x") @action("block") forbid (principal, action == Action::"exchange", resource)`;
  expect(canEnforce(set(`${exchange} when { context.classes.contains("pii") };`), subject, 'output', ['pii'])).toBe(
    true,
  );
  expect(canEnforce(set(`${exchange} when { context.stream };`), subject, 'output', ['pii'])).toBe(false);
  const narrow = set(
    '@id("a") @action("flag") permit (principal, action, resource) when { context.surface == "library" };',
  );
  expect(canEnforce(narrow, subject, 'output', ['pii'])).toBe(true);
  const erring = set(
    `${base} @id("e") @action("flag") permit (principal, action == Action::"finding", resource) when { context.score * 9223372036854775807 > 0 && context.class == "secret" };`,
  );
  expect(canEnforce(erring, subject, 'output', ['pii'])).toBe(true);
  expect(
    erring.ruleFinding(subject, {
      direction: 'output',
      channel: 'output',
      rule: 'r',
      class: 'pii',
      severity: 'low',
      score: 1,
    }).action,
  ).toBe('block');
});

it('where it says "nothing", the engine never enforces', () => {
  const atom = fc.constantFrom(
    'context.class == "pii"',
    '["pii", "secret"].contains(context.class)',
    'context.direction != "input"',
    'context.score >= 500',
    'context.score < 850',
    'context.severity > 2',
    'context.severityName == "critical"',
    'context.rule == "pii.card"',
    'context.rule like "sec*"',
    'principal.kind == "service"',
    'resource.name == "other"',
    'context.channel == "output"',
  );
  const condition = fc.letrec<{ any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      atom,
      atom.map((each) => `!(${each})`),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} && ${b})`),
      fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a} || ${b})`),
      fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `(if ${a} then ${b} else ${c})`),
    ),
  })).any;
  const definition = fc.tuple(
    fc.constantFrom('flag', 'flag', 'redact', 'block'),
    fc.constantFrom('when', 'unless'),
    condition,
  );
  let quiet = 0;
  fc.assert(
    fc.property(fc.array(definition, { minLength: 1, maxLength: 3 }), (definitions) => {
      const text = definitions.map(([action, kind, body], index) => {
        const effect = action === 'block' ? 'forbid' : 'permit';
        return `@id("p${index}") @action("${action}") ${effect} (principal, action == Action::"finding", resource) ${kind} { ${body} };`;
      });
      let policies: Policies;
      try {
        policies = set(
          ['@id("base") @action("allow") permit (principal, action == Action::"exchange", resource);', ...text].join(
            '\n',
          ),
        );
      } catch {
        return; // The validator saw that a policy can never apply.
      }
      for (const name of ['pii', 'secret', 'schema'] as const) {
        if (canEnforce(policies, subject, 'output', [name], ['output'])) continue;
        quiet++;
        for (const severity of Severity.options) {
          for (const [score, rule] of [
            [0, 'pii.card'],
            [0.55, 'secret.x'],
            [1, 'pii.card'],
            [0.85, 'other'],
          ] as const) {
            const { action } = policies.ruleFinding(subject, {
              direction: 'output',
              channel: 'output',
              class: name,
              severity,
              score,
              rule,
            });
            expect(['allow', 'flag']).toContain(action);
          }
        }
      }
    }),
    { numRuns: 60, seed: 7 },
  );
  expect(quiet).toBeGreaterThan(5);
});
