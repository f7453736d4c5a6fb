// Two bills of materials compared: our own and other tools'.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { type Contents, loadContents, readContents } from './bom-file.ts';
import { toCyclonedx } from './cyclonedx.ts';
import { type Change, diffContents, failsGate } from './diff.ts';
import { gatherFacts } from './gather.ts';
import { CARD, classifier, type Files, repository, safetensors } from './testing/repository.ts';

const contents = (files: Files): Contents => {
  const facts = gatherFacts(repository(files));
  return readContents(toCyclonedx(facts, { toolVersion: '1', timestamp: '2026-01-31T12:00:00.000Z' }), 'x');
};
const lines = (changes: readonly Change[]): string[] =>
  changes.map(({ kind, change, name, from, to }) => `${kind} ${change} ${name}: ${from ?? ''} > ${to ?? ''}`);

it('finds nothing between the same', () => {
  const changes = diffContents(contents(classifier()), contents(classifier()));
  expect(changes).toEqual([]);
  for (const gate of ['change', 'hash', 'licence'] as const) expect(failsGate(changes, gate)).toBe(false);
});

it('names what changed: licence, base model, datasets, metrics, files, libraries', () => {
  const card = CARD.replace('license: apache-2.0', 'license: mit')
    .replace('acme/tiny-base', 'acme/small-base')
    .replace('  - acme/reviews\n', '  - acme/reviews\n  - acme/more\n')
    .replace('value: 0.91', 'value: 0.95');
  const { 'generation_config.json': _gone, ...rest } = classifier();
  const after = {
    ...rest,
    'README.md': card,
    'requirements.txt': 'transformers==4.45.0\n',
    'model-00002-of-00002.safetensors': safetensors({ b: [20], c: [2, 4] }),
  };
  const changes = diffContents(contents(classifier()), contents(after));
  const told = lines(changes);
  expect(told).toEqual(
    expect.arrayContaining([
      'licence removed Apache-2.0: declared > ',
      'licence added MIT:  > declared',
      'base-model removed acme/tiny-base: named > ',
      'base-model added acme/small-base:  > named',
      'dataset added acme/more:  > named',
      'metric changed accuracy, Held-out reviews test: 0.91 > 0.95',
      'model changed ancile:parameters: 66 > 68',
      'library changed transformers: 4.44.2 > 4.45.0',
      expect.stringMatching(/^file removed generation_config\.json/) as string,
      expect.stringMatching(/^file changed model-00002-of-00002\.safetensors: [0-9a-f]{64} > [0-9a-f]{64}$/) as string,
    ]),
  );
  for (const gate of ['change', 'hash', 'licence'] as const) expect(failsGate(changes, gate)).toBe(true);
  const words = diffContents(contents({}), contents({ 'a.txt': 'x' }));
  expect([failsGate(words, 'hash'), failsGate(words, 'licence')]).toEqual([true, false]);
});

it('reads documents of other tools, and refuses what is none', () => {
  const other = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: {
      component: { name: 'm', modelCard: { modelParameters: { datasets: [{ type: 'dataset', name: 'd' }] } } },
    },
    components: [{ type: 'library', name: 'torch', version: '2.1' }, { type: 7 }, null, { name: '\u001b[2J' }],
  };
  expect(readContents(other, 'x').get('library')).toEqual(new Map([['torch', '2.1']]));
  expect(readContents(other, 'x').get('dataset')).toEqual(new Map([['d', 'named']]));
  expect([...readContents(other, 'x').get('component')!.keys()]).toEqual(['\\x1b[2J']);
  const root = repository({});
  for (const text of ['', '{}', '[]', '{"@graph": []}', 'x'.repeat(100)]) {
    writeFileSync(join(root, 'bom.json'), text);
    expect(() => loadContents(join(root, 'bom.json')), text).toThrow(AncileError);
  }
  expect(() => loadContents(join(root, 'absent.json'))).toThrow(/cannot be read/);
});
