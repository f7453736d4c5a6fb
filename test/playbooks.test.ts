// The playbooks that are shipped: each is read, valid by the published schemas of CACAO 2.0, keeps evidence before it contains,
// and asks for nothing that not everybody may who may run it.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { API } from '../src/contract/index.ts';
import { PLAYBOOK_OPERATIONS, readPlaybook } from '../src/respond/index.ts';
import { loadSchemas, schemasAt } from './harness/json-schemas.ts';
import { requireOrSkip } from './skips.ts';

interface Members {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly allOf?: readonly { readonly properties?: Readonly<Record<string, unknown>> }[];
}

const folder = resolve(import.meta.dirname, '../content/playbooks');
const names = readdirSync(folder);
const read = (name: string) => readPlaybook({ file: name, text: readFileSync(join(folder, name)), shipped: true });

it('there are eight, each for another kind of incident', () => {
  expect(names.map((name) => name.replace('.json', ''))).toEqual([
    'abuse-of-capability',
    'agent-hijack',
    'data-leak',
    'model-theft',
    'poisoned-model',
    'prompt-injection-campaign',
    'provider-outage',
    'stolen-key',
  ]);
  expect(new Set(names.map((name) => read(name).playbook.id)).size).toBe(names.length);
});

describe.each(names)('%s', (name) => {
  it('is read, and keeps evidence before it contains', () => {
    const { summary } = read(name);
    expect(summary.notes).toEqual([]);
    expect(summary.steps).toBeGreaterThan(3);
  });

  it('is valid by the published schemas', (context) => {
    const at = schemasAt('cacao-2.0/schemas');
    requireOrSkip(context, at !== undefined, 'the published schemas of CACAO 2.0 are not at hand');
    const schema = loadSchemas(at!, '7');
    const playbook = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      workflow: Record<string, { type: string; commands?: { type: string }[] }>;
    };
    const errors = (ending: string, value: unknown): unknown => {
      const validate = schema(ending);
      return validate(value) ? [] : validate.errors;
    };
    expect(errors('schemas/playbook.json', playbook)).toEqual([]);
    for (const step of Object.values(playbook.workflow)) {
      expect(errors(`workflows/${step.type}.json`, step)).toEqual([]);
      for (const command of step.commands ?? []) expect(errors(`commands/${command.type}.json`, command)).toEqual([]);
    }
    // The schemas are of a draft that lets every further member pass: that there is none is looked at here.
    const known = (...files: string[]): string[] =>
      files.flatMap((file) => {
        const { properties = {}, allOf = [] } = JSON.parse(readFileSync(join(at!, file), 'utf8')) as Members;
        return [properties, ...allOf.map((each) => each.properties ?? {})].flatMap((each) => Object.keys(each));
      });
    expect(known('playbook.json')).toEqual(expect.arrayContaining(Object.keys(playbook)));
    for (const step of Object.values(playbook.workflow)) {
      expect(known('workflows/workflow-step.json', `workflows/${step.type}.json`)).toEqual(
        expect.arrayContaining(Object.keys(step)),
      );
      for (const command of step.commands ?? []) {
        expect(known('commands/command-data.json', `commands/${command.type}.json`)).toEqual(
          expect.arrayContaining(Object.keys(command)),
        );
      }
    }
  });
});

it('operations that playbooks may ask for need no more than running one', () => {
  for (const name of PLAYBOOK_OPERATIONS) expect(['traffic.read', 'incidents.respond']).toContain(API[name].needs);
});

it('refuses steps that double the ways through them with every level', () => {
  const id = (level: number, twin: number) =>
    `parallel--00000000-0000-4000-8000-${String(level * 2 + twin).padStart(12, '0')}`;
  const [end, other] = ['0', '1'].map((last) => `end--00000000-0000-4000-8000-00000000000${last}`) as [string, string];
  const start = 'start--00000000-0000-4000-8000-000000000000';
  const levels = 40;
  const known = JSON.parse(readFileSync(join(folder, 'stolen-key.json'), 'utf8')) as Record<string, unknown>;
  const next = (level: number) => (level === levels ? [end, other] : [id(level, 0), id(level, 1)]);
  const workflow: Record<string, unknown> = {
    [start]: { type: 'start', on_completion: id(0, 0) },
    [end]: { type: 'end' },
    [other]: { type: 'end' },
  };
  for (let level = 0; level < levels; level++) {
    for (const twin of level === 0 ? [0] : [0, 1]) {
      workflow[id(level, twin)] = { type: 'parallel', next_steps: next(level + 1) };
    }
  }
  const text = JSON.stringify({ ...known, workflow_start: start, workflow });
  expect(() => readPlaybook({ file: 'wide.json', text, shipped: false })).toThrow(/too many ways/);
});
