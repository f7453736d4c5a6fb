// SPDX documents of made-up models: elements that hold together, and what they say.
import { expect, it } from 'vitest';
import { gatherFacts } from './gather.ts';
import { toSpdx } from './spdx.ts';
import { classifier, type Files, gguf, repository } from './testing/repository.ts';

const OPTIONS = { toolVersion: '1.2.3', timestamp: '2026-01-31T12:00:00.123Z' };

interface Element {
  readonly type: string;
  readonly spdxId: string;
  readonly [member: string]: unknown;
}

const graphOf = (files: Files): Element[] =>
  (toSpdx(gatherFacts(repository(files)), OPTIONS) as { '@graph': Element[] })['@graph'];

/** Types of the vocabulary that are used, and the members that each may have (schemas/spdx-schema-3-0-1.json). */
const ELEMENT = 'comment description extension externalRef name summary verifiedUsing'.split(' ');
const ARTIFACT = [...ELEMENT, 'suppliedBy', 'software_primaryPurpose'];
const PACKAGE = [...ARTIFACT, 'software_downloadLocation', 'software_packageUrl', 'software_packageVersion'];
const COLLECTION = [...ELEMENT, 'element', 'profileConformance', 'rootElement'];
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  SoftwareAgent: ELEMENT,
  Organization: ELEMENT,
  Tool: ELEMENT,
  Relationship: [...ELEMENT, 'from', 'relationshipType', 'to'],
  SpdxDocument: COLLECTION,
  software_Sbom: [...COLLECTION, 'software_sbomType'],
  software_File: [...ARTIFACT, 'software_fileKind'],
  software_Package: PACKAGE,
  dataset_DatasetPackage: [...PACKAGE, 'dataset_datasetType'],
  simplelicensing_LicenseExpression: [...ELEMENT, 'simplelicensing_licenseExpression'],
  ai_AIPackage: [
    ...PACKAGE,
    ...'ai_domain ai_typeOfModel ai_informationAboutApplication ai_informationAboutTraining ai_limitation ai_metric ai_hyperparameter'.split(
      ' ',
    ),
  ],
};
const RELATIONS = 'ancestorOf contains dependsOn hasConcludedLicense hasDeclaredLicense testedOn trainedOn'.split(' ');

it('holds together: known types and members, every reference to something that is there', () => {
  for (const files of [{}, classifier(), { 'm.gguf': gguf({ 'general.license': 'my own licence' }, [2]) }]) {
    const [creation, ...elements] = graphOf(files);
    expect(creation).toMatchObject({ type: 'CreationInfo', specVersion: '3.0.1', created: '2026-01-31T12:00:00Z' });
    const ids = new Set(elements.map(({ spdxId }) => spdxId));
    expect(ids.size).toBe(elements.length);
    for (const { type, spdxId, creationInfo, ...members } of elements) {
      expect(spdxId).toMatch(/^urn:uuid:[0-9a-f-]{36}#\w+$/);
      expect(creationInfo).toBe('_:creation');
      for (const member of Object.keys(members)) expect(MEMBERS[type], `${type}.${member}`).toContain(member);
      const { from, to, suppliedBy, rootElement, element, relationshipType } = members;
      for (const id of [from, to, suppliedBy, rootElement, element].flat()) {
        if (id !== undefined && id !== 'expandedlicensing_NoAssertionLicense') expect(ids).toContain(id);
      }
      if (type === 'Relationship') expect(RELATIONS).toContain(relationshipType);
    }
    // Exactly one of each for every package of models and data.
    for (const { spdxId, type } of elements) {
      if (type !== 'ai_AIPackage' && type !== 'dataset_DatasetPackage') continue;
      const kinds = elements.filter(({ from }) => from === spdxId).map(({ relationshipType }) => relationshipType);
      for (const kind of ['hasDeclaredLicense', 'hasConcludedLicense']) {
        expect(kinds.filter((each) => each === kind)).toHaveLength(1);
      }
    }
  }
});

it('says what the model was trained on, is made of, comes from and may be used under', () => {
  const graph = graphOf(classifier());
  const nameOf = (id: unknown): unknown => graph.find(({ spdxId }) => spdxId === id)?.['name'];
  const related = (kind: string): unknown[] =>
    graph
      .filter(({ relationshipType }) => relationshipType === kind)
      .flatMap(({ from, to }) => (to as string[]).map((each) => [nameOf(from), nameOf(each)]));
  expect(related('trainedOn')).toEqual([['review-classifier', 'acme/reviews']]);
  expect(related('testedOn')).toEqual([['review-classifier', 'acme/reviews-test']]);
  expect(related('ancestorOf')).toEqual([['acme/tiny-base', 'review-classifier']]);
  expect(related('contains')).toHaveLength(Object.keys(classifier()).length);
  expect(graph.find(({ name }) => name === 'review-classifier')).toMatchObject({
    type: 'ai_AIPackage',
    software_primaryPurpose: 'model',
    ai_typeOfModel: ['bert', 'BertForSequenceClassification'],
    ai_metric: expect.arrayContaining([
      { type: 'DictionaryEntry', key: 'accuracy (Held-out reviews test)', value: '0.91' },
    ]) as unknown,
    ai_hyperparameter: expect.arrayContaining([{ type: 'DictionaryEntry', key: 'layers', value: '2' }]) as unknown,
    ai_informationAboutTraining: 'Three epochs on one card.',
  });
  const expressions = graph.map((each) => each['simplelicensing_licenseExpression']).filter(Boolean);
  expect(expressions).toEqual(['Apache-2.0']);
  const own = graphOf({ 'm.gguf': gguf({ 'general.license': 'my own licence' }, [2]) });
  expect(own.map((each) => each['simplelicensing_licenseExpression']).filter(Boolean)).toEqual([
    'LicenseRef-my-own-licence',
  ]);
  expect(JSON.stringify(graphOf(classifier()))).toBe(JSON.stringify(graph));
});
