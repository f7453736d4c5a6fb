// What belongs together: the same one, or the same thing done to the same thing; and nothing by chance.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Incident, Involved } from '../contract/index.ts';
import { belongsTo } from './grouping.ts';

const incidentOf = (more: Partial<Incident>): Incident => ({
  id: 'inc_1',
  title: '',
  severity: 'high',
  state: 'open',
  opened: '',
  changed: '',
  openedBy: 'rule:a',
  techniques: ['AML.T0051.000'],
  involved: [],
  rules: { 'injection.burst': 1 },
  detections: 1,
  records: [],
  facts: {},
  ...more,
});
const seen = (involved: Involved, rule = 'other.rule', techniques: string[] = []) => ({ rule, techniques, involved });

describe('belongs to an incident', () => {
  const incident = incidentOf({
    involved: [{ principal: 'k1', session: 's1', tool: 'mail', tenant: 't', route: '*' }],
  });

  it.each([
    ['the same key does something else', seen({ principal: 'k1', session: 's9' }), true],
    ['the same conversation', seen({ session: 's1' }), true],
    [
      'another key, the same tool, the same technique',
      seen({ principal: 'k2', tool: 'mail' }, 'x', ['AML.T0051.000']),
      true,
    ],
    ['another key, the same tool, the same rule', seen({ principal: 'k2', tool: 'mail' }, 'injection.burst'), true],
    [
      'another key, the same tool, another technique',
      seen({ principal: 'k2', tool: 'mail' }, 'x', ['AML.T0057']),
      false,
    ],
    [
      'another key, another tool, the same technique',
      seen({ principal: 'k2', tool: 'pay' }, 'x', ['AML.T0051.000']),
      false,
    ],
    [
      'only the tenant and route in common',
      seen({ principal: 'k2', tenant: 't', route: '*' }, 'injection.burst'),
      false,
    ],
    ['nobody in particular', seen({}, 'injection.burst'), false],
  ] as const)('%s: %j', (_, detection, belongs) => {
    expect(belongsTo(detection, incident)).toBe(belongs);
  });

  it('of nobody in particular, to one of nobody in particular where they are alike', () => {
    const all = incidentOf({ involved: [{}] });
    expect(belongsTo(seen({}, 'injection.burst'), all)).toBe(true);
    expect(belongsTo(seen({}, 'x'), all)).toBe(false);
    expect(belongsTo(seen({ principal: 'k1' }, 'injection.burst'), all)).toBe(false);
  });

  it('a name of a rule that objects have by themselves is no rule that was met', () => {
    expect(belongsTo(seen({ tool: 'mail' }, 'toString'), incident)).toBe(false);
  });
});

it('never groups those who have no member in common', () => {
  const name = fc.constantFrom('principal', 'session', 'tool', 'server', 'model', 'tenant', 'route');
  const one = fc.dictionary(name, fc.constantFrom('a', 'b'), { minKeys: 1 });
  const other = fc.dictionary(name, fc.constantFrom('c', 'd'), { minKeys: 1 });
  fc.assert(
    fc.property(one, other, (a, b) => {
      expect(belongsTo(seen(a, 'injection.burst', ['AML.T0051.000']), incidentOf({ involved: [b] }))).toBe(false);
    }),
  );
});
