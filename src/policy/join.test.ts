// Sets that are joined: the strictest answer rules, whatever is added, and says which addition it is of.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACTIONS, FlowConcern, FlowMode } from '../contract/index.ts';
import { joinPolicies } from './join.ts';
import { loadPolicySet } from './load.ts';
import type { ToolCallQuestion } from './ruling.ts';
import { SHIPPED_POLICY_SETS, shippedPolicySet } from './shipped.ts';

const sets = SHIPPED_POLICY_SETS.map((name) => loadPolicySet(shippedPolicySet(name)));
const [standard, strict, observe] = (['default', 'strict', 'observe'] as const).map((name) =>
  loadPolicySet(shippedPolicySet(name)),
);
const principal = { id: 'key_1', kind: 'agent', name: 'a', tenant: 't' } as const;
const call = (change: Partial<ToolCallQuestion> = {}): ToolCallQuestion => ({
  ...{ mode: 'lax', effect: 'write', untrusted: true, private: false, refused: false },
  ...{ concerns: ['target_identifier'], origins: ['to:identifier'] },
  ...change,
});
const tool = { principal, server: 'mail', tool: 'send', surface: 'mcp' } as const;

it('nothing that is added makes any answer milder', () => {
  const anyCall = fc.record({
    mode: fc.constantFrom(...FlowMode.options),
    effect: fc.constantFrom('read' as const, 'write' as const),
    untrusted: fc.boolean(),
    private: fc.boolean(),
    refused: fc.boolean(),
    concerns: fc.uniqueArray(fc.constantFrom(...FlowConcern.options), { maxLength: 3 }),
    origins: fc.constant([]),
  });
  const anyAddition = fc.record({
    label: fc.constant('containment.con_1'),
    policies: fc.constantFrom(...sets),
    mode: fc.constantFrom(...FlowMode.options),
  });
  fc.assert(
    fc.property(fc.constantFrom(...sets), fc.array(anyAddition, { maxLength: 2 }), anyCall, (own, additions, asked) => {
      const before = ACTIONS.indexOf(own.ruleToolCall(tool, asked).action);
      expect(ACTIONS.indexOf(joinPolicies(own, additions).ruleToolCall(tool, asked).action)).toBeGreaterThanOrEqual(
        before,
      );
    }),
    { numRuns: 150 },
  );
});

it('a mode that is added rules besides that of the configuration', () => {
  expect(standard!.ruleToolCall(tool, call()).action).toBe('allow');
  const joined = joinPolicies(standard!, [{ label: 'containment.con_1', mode: 'strict' }]);
  const { action, policies } = joined.ruleToolCall(tool, call());
  expect(action).toBe('hold');
  expect(policies[0]!.id).toMatch(/^containment\.con_1\//);
  // A lattice lets nothing be written after untrusted content: adding the other mode does not undo that.
  const lattice = call({ mode: 'lattice', concerns: [] });
  expect(joined.ruleToolCall(tool, lattice).action).toBe(standard!.ruleToolCall(tool, lattice).action);
});

it('answers to findings name the addition that made them, and what may be enforced grows', () => {
  const subject = { principal, route: '*', surface: 'openai.chat' } as const;
  const finding = {
    direction: 'input',
    channel: 'user',
    rule: 'attack.override',
    class: 'injection',
    severity: 'critical',
    score: 0.95,
  } as const;
  const joined = joinPolicies(observe!, [{ label: 'containment.con_1', policies: strict! }]);
  expect(observe!.ruleFinding(subject, finding).action).not.toBe('block');
  const ruled = joined.ruleFinding(subject, finding);
  expect([ruled.action, ruled.policies[0]!.id]).toEqual(['block', expect.stringMatching(/^containment\.con_1\//)]);
  expect(joined.mayEnforce(subject, 'input', finding)).toBe(true);
  expect(joined.version).not.toBe(observe!.version);
});
