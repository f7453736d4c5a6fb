// SPDX 3.0.1 as JSON-LD: the model as an AIPackage, its datasets as DatasetPackages, its files with digests, and how they relate.
// Conformance to the AI and dataset profiles is not claimed: both ask for a release time, which no file of a model states.
// Source: spdx.github.io/spdx-spec/v3.0.1, schemas/spdx-schema-3-0-1.json.
import { toCompleteness } from './completeness.ts';
import { contentUuid, type DocumentOptions, type Draft, prune } from './document.ts';
import type { ConsiderationKind, LicenceFact, ModelFacts } from './facts.ts';

type Members = { readonly [name: string]: Draft };
const CREATION = '_:creation';
const NO_LICENCE = 'expandedlicensing_NoAssertionLicense';
const REFERENCES = {
  vcs: 'vcs',
  website: 'altWebPage',
  documentation: 'documentation',
  distribution: 'binaryArtifact',
  license: 'license',
  other: 'other',
};

/** What one document has: elements by number, so that their identifiers follow from their order. */
class Graph {
  readonly elements: Members[] = [];
  readonly #counts = new Map<string, number>();

  /** Adds an element. @returns its identifier, relative to the document's */
  add(type: string, members: Members): string {
    const short = type.slice(type.indexOf('_') + 1);
    const count = (this.#counts.get(short) ?? 0) + 1;
    this.#counts.set(short, count);
    const spdxId = `#${short}${count}`;
    this.elements.push({ type, spdxId, creationInfo: CREATION, ...members });
    return spdxId;
  }

  relate(from: string, relationshipType: string, to: readonly string[]): void {
    if (to.length > 0) this.add('Relationship', { from, relationshipType, to });
  }
}

/** `LicenseRef-` takes letters, digits, dots and strokes only. */
const expression = (licences: readonly LicenceFact[]): string =>
  licences.map(({ id, name }) => id ?? `LicenseRef-${name.replace(/[^A-Za-z0-9.]+/g, '-')}`).join(' AND ');

/** Declared as the files state it; concluded is what a person would have to. */
function license(graph: Graph, element: string, licences: readonly LicenceFact[]): void {
  const declared =
    licences.length === 0
      ? NO_LICENCE
      : graph.add('simplelicensing_LicenseExpression', { simplelicensing_licenseExpression: expression(licences) });
  graph.relate(element, 'hasDeclaredLicense', [declared]);
  graph.relate(element, 'hasConcludedLicense', [NO_LICENCE]);
}

const entry = (key: string, value: string): Draft => ({ type: 'DictionaryEntry', key, value });

function model(facts: ModelFacts, graph: Graph): string {
  const { single, metrics, considerations, properties, references, tags } = facts;
  const texts = (...kinds: ConsiderationKind[]): string | undefined =>
    considerations
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ text }) => text)
      .join(' ') || undefined;
  const isParameter = (name: string): boolean =>
    /^ancile:(?:training:|generation:|adapter:|layers$|hidden-size$|attention-heads$)/.test(name);
  const { score, missing } = toCompleteness(facts);
  const rest = [
    ...properties
      .filter(({ name }) => !isParameter(name))
      .map(({ name, value, source }) => [name, `${value} (${source})`] as const),
    ...Object.entries(single).map(([field, { source }]) => [`ancile:source:${field}`, source] as const),
    ['ancile:completeness', String(score)] as const,
    ...missing.map((name) => ['ancile:missing', name] as const),
    ...facts.unread.map(({ path, reason }) => ['ancile:unread', `${path}: ${reason}`] as const),
  ];
  return graph.add('ai_AIPackage', {
    name: single.name?.value,
    summary: single.task?.value,
    description: single.description?.value,
    software_packageVersion: single.version?.value,
    software_primaryPurpose: 'model',
    verifiedUsing:
      facts.digest === undefined
        ? undefined
        : [
            {
              type: 'Hash',
              algorithm: 'sha256',
              hashValue: facts.digest,
              comment: 'over the digests of the files in the order of their names, as OpenSSF Model Signing has it',
            },
          ],
    software_packageUrl: single.purl?.value,
    software_downloadLocation: single.downloadLocation?.value,
    suppliedBy: single.supplier === undefined ? undefined : graph.add('Organization', { name: single.supplier.value }),
    externalRef: references.map(({ type, url }) => ({
      type: 'ExternalRef',
      externalRefType: REFERENCES[type],
      locator: [url],
    })),
    ai_domain: tags.map(({ value }) => value),
    ai_typeOfModel: [single.architectureFamily?.value, single.architecture?.value],
    ai_informationAboutApplication: texts('useCases', 'users'),
    ai_informationAboutTraining: texts('training'),
    ai_limitation: texts('technicalLimitations', 'ethicalConsiderations'),
    ai_metric: metrics.map(({ type, value, slice }) => entry(slice === undefined ? type : `${type} (${slice})`, value)),
    ai_hyperparameter: properties
      .filter(({ name }) => isParameter(name))
      .map(({ name, value }) => entry(name.slice('ancile:'.length), value)),
    extension: [
      {
        type: 'extension_CdxPropertiesExtension',
        extension_cdxProperty: rest.map(([name, value]) => ({
          type: 'extension_CdxPropertyEntry',
          extension_cdxPropName: name,
          extension_cdxPropValue: value,
        })),
      },
    ],
  });
}

function relatives(facts: ModelFacts, graph: Graph, root: string): void {
  for (const use of ['training', 'evaluation'] as const) {
    const ids = facts.datasets
      .filter((each) => each.use === use)
      .map(({ name, url, source }) => {
        const members = {
          name,
          software_primaryPurpose: 'data',
          software_downloadLocation: url,
          comment: `named in ${source}`,
        };
        const id = graph.add('dataset_DatasetPackage', { ...members, dataset_datasetType: ['noAssertion'] });
        license(graph, id, []);
        return id;
      });
    graph.relate(root, use === 'training' ? 'trainedOn' : 'testedOn', ids);
  }
  for (const { name, version, purl, url, source } of facts.baseModels) {
    const members = {
      name,
      software_packageVersion: version,
      software_packageUrl: purl,
      software_downloadLocation: url,
    };
    const id = graph.add('ai_AIPackage', {
      ...members,
      software_primaryPurpose: 'model',
      comment: `named in ${source}`,
    });
    license(graph, id, []);
    graph.relate(id, 'ancestorOf', [root]);
  }
  const libraries = facts.libraries.map(({ name, version, purl, source }) =>
    graph.add('software_Package', {
      name,
      software_packageVersion: version,
      software_packageUrl: purl,
      software_primaryPurpose: 'library',
      comment: `named in ${source}`,
    }),
  );
  graph.relate(root, 'dependsOn', libraries);
  const files = facts.files.map(({ path, sha256 }) =>
    graph.add('software_File', {
      name: path,
      software_fileKind: 'file',
      verifiedUsing: [{ type: 'Hash', algorithm: 'sha256', hashValue: sha256 }],
    }),
  );
  graph.relate(root, 'contains', files);
}

/** Relative identifiers made those of one document. */
function withBase(value: Draft, base: string): Draft {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return (value as readonly Draft[]).map((each) => withBase(each, base));
  if (typeof value !== 'object') return value;
  const names = new Set(['spdxId', 'from', 'to', 'suppliedBy', 'rootElement', 'element', 'createdBy', 'createdUsing']);
  const rebase = (id: Draft): Draft => (typeof id === 'string' && id.startsWith('#') ? `${base}${id}` : id);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      !names.has(name)
        ? withBase(each, base)
        : Array.isArray(each)
          ? (each as readonly Draft[]).map(rebase)
          : rebase(each),
    ]),
  );
}

/** The facts as an SPDX document. */
export function toSpdx(facts: ModelFacts, { toolVersion, timestamp }: DocumentOptions): object {
  const graph = new Graph();
  const agent = graph.add('SoftwareAgent', { name: 'ancile' });
  const tool = graph.add('Tool', { name: `ancile ${toolVersion}` });
  const root = model(facts, graph);
  license(graph, root, facts.licences);
  relatives(facts, graph, root);
  const profileConformance = ['core', 'software', 'simpleLicensing', 'extension'];
  const element = graph.elements.map(({ spdxId }) => spdxId);
  const sbom = graph.add('software_Sbom', {
    profileConformance,
    software_sbomType: ['analyzed'],
    rootElement: [root],
    element,
  });
  graph.add('SpdxDocument', { profileConformance, name: facts.single.name?.value, rootElement: [sbom] });
  const body = prune(graph.elements);
  const base = `urn:uuid:${contentUuid(body)}`;
  const creation = {
    type: 'CreationInfo',
    '@id': CREATION,
    specVersion: '3.0.1',
    // Without fractions, which SPDX does not take.
    created: timestamp.replace(/\.\d+Z$/, 'Z'),
    createdBy: [agent],
    createdUsing: [tool],
  };
  return {
    '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
    '@graph': withBase([creation, ...(body as readonly Draft[])], base),
  };
}
