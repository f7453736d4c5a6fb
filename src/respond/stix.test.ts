// STIX bundles: valid by the published schemas, the same for the same incident, and nobody's name unless it is asked for.
import { expect, it } from 'vitest';
import { loadSchemas, schemasAt } from '../../test/harness/json-schemas.ts';
import { requireOrSkip } from '../../test/skips.ts';
import type { Containment, Incident } from '../contract/index.ts';
import { type Tlp, toStix } from './stix.ts';

const incident: Incident = {
  id: 'inc_1',
  title: 'Injections by key_secretname',
  severity: 'high',
  state: 'contained',
  opened: '2026-02-28T09:00:00.000Z',
  changed: '2026-02-28T10:00:00.000Z',
  openedBy: 'rule:injection.burst',
  techniques: ['AML.T0051.000', 'AML.T0057', 'LLM01:2025'],
  involved: [{ principal: 'key_secretname', tenant: 'tenantname', session: 'sessionname' }],
  rules: { 'injection.burst': 2 },
  detections: 2,
  records: [],
  facts: {},
};
const containment: Containment = {
  id: 'con_1',
  action: 'freeze',
  target: { principal: 'key_secretname' },
  state: 'effective',
  reason: 'about key_secretname',
  actor: 'ada',
  asked: '2026-02-28T09:30:00.000Z',
  effective: '2026-02-28T09:30:00.100Z',
};
const bundle = (tlp: Tlp, names = false) => toStix(incident, [containment], { tlp, names, node: 'node_1' });

it.for(['white', 'green', 'amber', 'red'] as const)('TLP:%s is valid by the published schemas', (tlp, context) => {
  const at = schemasAt('stix-2.1/schemas');
  requireOrSkip(context, at !== undefined, 'the published schemas of STIX 2.1 are not at hand');
  const schema = loadSchemas(at!, '2020');
  const { objects, ...whole } = bundle(tlp);
  const check = (ending: string, value: unknown): unknown => {
    const validate = schema(ending);
    return validate(value) ? [] : validate.errors;
  };
  // The list of the published bundle schema lacks incidents, which have a schema of their own, held to below.
  const listed = objects.filter((each) => each['type'] !== 'incident');
  expect(check('common/bundle.json', { ...whole, objects: listed })).toEqual([]);
  expect(objects.length - listed.length).toBe(1);
  const folder: Record<string, string> = { relationship: 'sros', sighting: 'sros', 'marking-definition': 'common' };
  for (const object of objects) {
    const type = String(object['type']);
    expect(check(`${folder[type] ?? 'sdos'}/${type}.json`, object)).toEqual([]);
    if (type !== 'marking-definition') expect(object['object_marking_refs']).toEqual([objects[0]!['id']]);
  }
});

it('names nobody unless it is asked to', () => {
  const text = JSON.stringify(bundle('amber'));
  for (const name of ['key_secretname', 'tenantname', 'sessionname', 'ada']) expect(text).not.toContain(name);
  expect(JSON.stringify(bundle('amber', true))).toContain('key_secretname');
});

it('has ATLAS ids, refers to nothing that is not in it, and is the same each time', () => {
  const { objects } = bundle('amber');
  expect(bundle('amber')).toEqual(bundle('amber'));
  const ids = new Set(objects.map((each) => each['id']));
  expect(ids.size).toBe(objects.length);
  const refs = [...JSON.stringify(objects).matchAll(/"[a-z_]*_refs?":(\[[^\]]*\]|"[^"]*")/g)].flatMap((found) => [...found[1]!.matchAll(/"([a-z-]+--[^"]+)"/g)].map((each) => each[1])); // prettier-ignore
  expect(refs.length).toBeGreaterThan(20);
  expect(refs.filter((ref) => !ids.has(ref))).toEqual([]);
  expect(objects.filter((each) => each['type'] === 'attack-pattern').map((each) => each['name'])).toEqual(incident.techniques); // prettier-ignore
});
