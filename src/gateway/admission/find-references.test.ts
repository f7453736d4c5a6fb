// The data of places against its fixtures: every object's models are found, and every entry is needed by some object.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import fc from 'fast-check';
import { findReferences } from './find-references.ts';
import { type Places, readPlaces } from './places.ts';

const content = (name: string): string =>
  readFileSync(new URL(`../../../content/admission/${name}.yaml`, import.meta.url), 'utf8');
const places = readPlaces(content('kubernetes'), 'kubernetes.yaml');
const fixtures = parse(content('kubernetes.fixtures')) as {
  name: string;
  object: unknown;
  finds: Record<string, string>[];
}[];

const find = (object: unknown, by = places): Record<string, string | undefined>[] =>
  findReferences(object, by).references.map(({ text, target }) => ({ text, ...target }));

it.each(fixtures)('$name', ({ object, finds }) => {
  const found = find(object);
  expect(found.map(({ text }) => text).sort()).toEqual(finds.map(({ text }) => text).sort());
  for (const each of finds) expect(found).toContainEqual(expect.objectContaining(each));
});

it('needs every entry', () => {
  const before = JSON.stringify(fixtures.map(({ object }) => find(object)));
  const needed = (less: Partial<Places>): boolean =>
    JSON.stringify(fixtures.map(({ object }) => find(object, { ...places, ...less }))) !== before;
  const without = <T>(list: readonly T[], at: number): T[] => list.filter((_, i) => i !== at);
  const idle: unknown[] = [];
  for (const name of ['passedOver', 'fields', 'documents', 'maps', 'clients', 'brought'] as const) {
    (places[name] as unknown[]).forEach((entry, i) => {
      if (!needed({ [name]: without(places[name] as unknown[], i) })) idle.push(entry);
    });
  }
  // A command that is found by another entry's option as well is told apart below.
  expect(idle).toEqual([]);
});

it.each(places.commands.map(({ words }) => ({ words })))('reads the command $words', ({ words }) => {
  expect(find({ spec: { containers: [{ command: [...words, 'org/model'] }] } })).toContainEqual(
    expect.objectContaining({ text: 'org/model' }),
  );
});

it.each(places.environment.flatMap(({ names, revision }) => names.map((name) => ({ name, revision }))))(
  'reads the variable $name',
  ({ name, revision }) => {
    const env = [{ name, value: 'org/model' }, ...revision.slice(0, 1).map((each) => ({ name: each, value: 'v1' }))];
    const [found] = find({ spec: { containers: [{ env }] } });
    expect(found).toMatchObject({ kind: 'hub', repo: 'org/model', ...(revision.length > 0 ? { revision: 'v1' } : {}) });
  },
);

it.each(places.options.flatMap(({ names, revision, only }) => names.map((name) => ({ name, revision, only }))))(
  'reads the option $name, also with = and underscores',
  ({ name, revision, only = ['x'] }) => {
    const end = revision.slice(0, 1).flatMap((each) => [each, 'v1']);
    const spelled = name.replace(/(?<=\w)-/g, '_');
    for (const args of [
      [name, 'org/model', ...end],
      [`${spelled}=org/model`, ...end],
    ]) {
      const [found] = find({ spec: { containers: [{ image: only[0], args }] } });
      expect(found).toMatchObject({
        kind: 'hub',
        repo: 'org/model',
        ...(revision.length > 0 ? { revision: 'v1' } : {}),
      });
    }
  },
);

it.each(places.servers)('takes a single word of %s for a model', (server) => {
  expect(find({ spec: { containers: [{ image: server, args: ['--model', 'gpt2'] }] } })).toHaveLength(1);
});

it('reads annotations of the object and of its template', () => {
  const annotations = { 'ancile.dev/model': 'hub:org/a@1, sha256:22' };
  const { claims } = findReferences(
    { metadata: { annotations }, spec: { template: { metadata: { annotations } } } },
    places,
  );
  expect(claims.map(({ text }) => text)).toEqual(['hub:org/a@1', 'sha256:22', 'hub:org/a@1', 'sha256:22']);
  expect(claims[0]!.at).toBe('metadata.annotations["ancile.dev/model"]');
});

it('says where it could not read all of it', () => {
  let deep: unknown = 'x';
  for (let i = 0; i < 200; i++) deep = { a: deep };
  for (const object of [
    deep,
    { list: Array.from({ length: 150_000 }, () => 1) },
    { list: Array.from({ length: 500 }, () => ({ storageUri: 'hf://a/b' })) },
  ]) {
    expect(findReferences(object, places).unread).toBeDefined();
  }
});

it.each([
  ['is none', 'applications: ['],
  ['is larger than is looked at', `a: ${'x'.repeat(300_000)}`],
  [
    'fills itself',
    'a: &a [x,x,x,x,x,x,x,x,x]\n' +
      [...'bcdefg'].map((at, i) => `${at}: &${at} [${`*${'abcdefg'[i]},`.repeat(9)}]`).join('\n'),
  ],
])('says so where a document within %s', (_, serveConfigV2) => {
  expect(findReferences({ kind: 'RayService', spec: { serveConfigV2 } }, places).unread).toContain('serveConfigV2');
});

it('ends with an answer for whatever it is given, and in no long time', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('--model', 'vllm', 'serve', 'sh', '-c', '$X', '"', "'", '`', 'org/model'),
  );
  const container = fc.record({
    image: word,
    name: fc.oneof(word, fc.constantFrom(...places.carriers.arguments, ...places.carriers.images)),
    command: fc.array(word),
    args: fc.array(
      fc.oneof(
        word,
        fc.array(word).map((words) => words.join(' ')),
      ),
    ),
    env: fc.array(fc.oneof(fc.jsonValue(), fc.record({ name: word, value: word }))),
    volumeMounts: fc.jsonValue(),
  });
  const object = fc.record({
    kind: word,
    spec: fc.record({ containers: fc.array(container), volumes: fc.jsonValue() }),
  });
  fc.assert(
    fc.property(fc.oneof(object, fc.jsonValue()), (value) => {
      const { references } = findReferences(value, places);
      for (const { text } of references) expect(text).not.toMatch(/[\u0000-\u001f]/);
    }),
  );
});

const laughs = Array.from({ length: 40 }, (_, i) => ({ name: `A${i + 1}`, value: `$(A${i})$(A${i})` }));

it.each([
  ['a script without end', { command: ['sh', '-c', '${'.repeat(3_000_000)] }],
  ['words without end', { command: ['sh', '-c', 'x '.repeat(200_000), '--model', 'org/model'] }],
  ['arguments without end', { args: [...Array<string>(200_000).fill('--lora-modules'), '--model', 'org/model'] }],
  ['variables within variables', { env: [{ name: 'A0', value: 'x' }, ...laughs] }],
  [
    'variables in a script',
    { env: [{ name: 'A', value: 'x'.repeat(10_000) }], command: ['sh', '-c', '$A'.repeat(10_000)] },
  ],
])('does not look at all of %s, and says so', (_, container) => {
  expect(findReferences({ spec: { containers: [container] } }, places).unread).toMatch(/longer than is looked at/);
});
