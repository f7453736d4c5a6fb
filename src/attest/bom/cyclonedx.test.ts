// CycloneDX documents of made-up models: valid by the schema, the same for the same content, each fact in its place.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toCyclonedx } from './cyclonedx.ts';
import { gatherFacts } from './gather.ts';
import { scanToCyclonedx } from './scanned.ts';
import { classifier, type Files, gguf, keras, onnx, repository, safetensors } from './testing/repository.ts';
import { expectValid } from './testing/valid.ts';
import type { ScanReport } from '../../contract/index.ts';

const OPTIONS = { toolVersion: '1.2.3', timestamp: '2026-01-31T12:00:00.000Z' };
const make = (files: Files): object => toCyclonedx(gatherFacts(repository(files)), OPTIONS);

it('is valid for every kind of model', async () => {
  const models: Files[] = [
    {},
    classifier(),
    { 'm.gguf': gguf({ 'general.name': 'G', 'general.license': 'weird licence', 'general.tags': ['a', 'b'] }, [8]) },
    { 'm.onnx': onnx(), 'sub/m.onnx': onnx() },
    { 'm.keras': keras(), 'README.md': '---\nlicense: [mit, gpl-3.0]\ndatasets: [a, a, {name: b}]\n---\n' },
    { 'm.safetensors': safetensors({ a: [1] }, { 'modelspec.title': 'T', 'modelspec.license': 'CC-BY-4.0' }) },
    {
      'README.md': '---\nlicense: other\nlicense_name: acme-community\nlicense_link: https://acme.example/l|x y\n---\n',
    },
    { MLmodel: 'flavors: { sklearn: { sklearn_version: 1.5 } }\nrun_id: 1\n', 'data.csv': 'a,b\n' },
  ];
  for (const files of models) await expectValid(make(files));
});

it('puts facts in their places, and says where each is from', () => {
  expect(make(classifier())).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: {
      timestamp: OPTIONS.timestamp,
      component: {
        type: 'machine-learning-model',
        name: 'review-classifier',
        supplier: { name: 'Acme Research' },
        licenses: [{ license: { id: 'Apache-2.0', acknowledgement: 'declared' } }],
        pedigree: { ancestors: [{ type: 'machine-learning-model', name: 'acme/tiny-base' }] },
        modelCard: {
          modelParameters: {
            task: 'text-classification',
            architectureFamily: 'bert',
            modelArchitecture: 'BertForSequenceClassification',
            datasets: [{ ref: 'data:training:acme/reviews' }, { ref: 'data:evaluation:acme/reviews-test' }],
          },
          quantitativeAnalysis: { performanceMetrics: [{ type: 'accuracy', value: '0.91' }, { type: 'f1' }, {}] },
          considerations: { technicalLimitations: ['Irony is not understood.'] },
        },
        properties: expect.arrayContaining([
          { name: 'ancile:parameters', value: '66' },
          { name: 'ancile:source:task', value: 'README.md' },
          { name: 'ancile:source:architecture', value: 'config.json' },
          { name: 'ancile:source:metrics', value: 'README.md, trainer_state.json' },
        ]) as unknown,
      },
      properties: expect.arrayContaining([{ name: 'ancile:missing', value: 'version' }]) as unknown,
    },
  });
});

it('is the same for the same content, wherever it lies and whenever it is made, and another for another', () => {
  const [one, again] = [make(classifier()), make(classifier())];
  expect(JSON.stringify(again)).toBe(JSON.stringify(one));
  const serial = (document: object): string => (document as { serialNumber: string }).serialNumber;
  const later = toCyclonedx(gatherFacts(repository(classifier())), {
    ...OPTIONS,
    timestamp: '2027-01-01T00:00:00.000Z',
  });
  expect(serial(later)).toBe(serial(one));
  expect(serial(one)).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(serial(make({ ...classifier(), 'train.py': '' }))).not.toBe(serial(one));
});

it('writes a scan: verdicts and findings as properties, the inventory as components', async () => {
  const file = {
    path: 'a\u001b.pkl',
    format: 'pickle',
    size: 3,
    sha256: 'a'.repeat(64),
    unseen: [],
    members: [],
    assets: [],
  };
  const finding = { rule: 'pickle.call', severity: 'critical' as const, message: 'calls', techniques: [] };
  const report: ScanReport = {
    tool: { name: 'ancile', version: '1' },
    files: [
      { ...file, verdict: 'malicious', findings: [finding, finding] },
      { ...file, verdict: 'malicious', findings: [finding, finding] },
    ],
    summary: {
      files: 2,
      clean: 0,
      suspicious: 0,
      malicious: 2,
      unanalyzed: 0,
      bytes: 6,
      suppressed: 0,
      known: 0,
      ignored: 0,
    } as never,
    inventory: [
      { kind: 'sdk', name: 'openai', detail: 'client', files: 1, paths: ['app.py'] },
      { kind: 'key', name: 'OpenAI', files: 1, paths: ['app.py'] },
    ],
    complete: true,
    notes: [],
  };
  const document = scanToCyclonedx(report, OPTIONS.timestamp) as { components: object[] };
  await expectValid(document);
  expect(document.components).toMatchObject([
    { type: 'file', properties: expect.arrayContaining([{ name: 'ancile:verdict', value: 'malicious' }]) as unknown },
    { type: 'library', name: 'openai', evidence: { occurrences: [{ location: 'app.py' }] } },
  ]);
});

it('knows the licences that the schema knows', () => {
  const resolved = import.meta.resolve('@cyclonedx/cyclonedx-library');
  const schema = new URL('../res/schema/spdx.SNAPSHOT.schema.json', resolved);
  const { enum: wanted } = JSON.parse(readFileSync(schema, 'utf8')) as { enum: string[] };
  const list = readFileSync(join(import.meta.dirname, '../../../content/bom/spdx-license-ids.txt'), 'utf8');
  expect(list.trim().split('\n')).toEqual(wanted);
});
