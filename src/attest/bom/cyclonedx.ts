// CycloneDX 1.6: a machine-learning model with its card, and its files, datasets and libraries as components. Not 1.7: every
// reader of that takes 1.6, and nothing of it is needed here.
// Source: ECMA-424, cyclonedx.org/docs/1.6/json.
import { toCompleteness } from './completeness.ts';
import { contentUuid, type DocumentOptions, type Draft, prune } from './document.ts';
import type {
  BaseModelFact,
  ConsiderationKind,
  DatasetFact,
  FileFact,
  LibraryFact,
  LicenceFact,
  ModelFacts,
} from './facts.ts';

const MODEL = 'model';

/** A type and no interface: those have no index signature. */
type Property = { readonly name: string; readonly value: string };

/** A component of the document; it has a reference always. */
export type Component = { readonly 'bom-ref': string; readonly [name: string]: Draft };

const property = (name: string, value: string): Property => ({ name: `ancile:${name}`, value });
const fromSource = (source: string): Property => property('source', source);

const licence = ({ id, name, url }: LicenceFact): Draft => ({
  license: { ...(id === undefined ? { name } : { id }), acknowledgement: 'declared', url },
});

const file = ({ path, size, sha256, tensors }: FileFact): Component => ({
  type: 'file',
  'bom-ref': `file:${path}`,
  name: path,
  hashes: [{ alg: 'SHA-256', content: sha256 }],
  properties: [
    property('size', String(size)),
    ...(tensors === undefined
      ? []
      : [property('format', tensors.format), property('tensor-values', String(tensors.values))]),
  ],
});

const datasetRef = ({ name, use }: DatasetFact): string => `data:${use}:${name}`;

const dataset = (fact: DatasetFact): Component => ({
  type: 'data',
  'bom-ref': datasetRef(fact),
  name: fact.name,
  data: [{ type: 'dataset', name: fact.name, contents: { url: fact.url } }],
  properties: [property('use', fact.use), fromSource(fact.source)],
});

const libraryRef = ({ name, version }: LibraryFact): string =>
  `library:${name}${version === undefined ? '' : ` ${version}`}`;

const library = (fact: LibraryFact): Component => ({
  type: 'library',
  'bom-ref': libraryRef(fact),
  name: fact.name,
  // A range is what was asked for, not what is there.
  version: fact.version !== undefined && /^\d/.test(fact.version) ? fact.version : undefined,
  purl: fact.purl,
  properties: [
    ...(fact.version !== undefined && !/^\d/.test(fact.version) ? [property('version-range', fact.version)] : []),
    fromSource(fact.source),
  ],
});

const baseModel = (fact: BaseModelFact): Draft => ({
  type: 'machine-learning-model',
  name: fact.name,
  version: fact.version,
  purl: fact.purl,
  externalReferences: fact.url === undefined ? [] : [{ type: 'distribution', url: fact.url }],
  properties: [...(fact.relation === undefined ? [] : [property('relation', fact.relation)]), fromSource(fact.source)],
});

function modelCard(facts: ModelFacts): Draft {
  const { single, datasets, metrics, considerations, ports } = facts;
  const texts = (kind: ConsiderationKind): string[] =>
    considerations.filter((each) => each.kind === kind).map(({ text }) => text);
  const formats = (direction: 'input' | 'output'): Draft[] =>
    ports.filter((port) => port.direction === direction).map(({ format }) => ({ format }));
  return {
    modelParameters: {
      task: single.task?.value,
      architectureFamily: single.architectureFamily?.value,
      modelArchitecture: single.architecture?.value,
      datasets: datasets.filter(({ use }) => use !== 'named').map((each) => ({ ref: datasetRef(each) })),
      inputs: formats('input'),
      outputs: formats('output'),
    },
    quantitativeAnalysis: { performanceMetrics: metrics.map(({ type, value, slice }) => ({ type, value, slice })) },
    considerations: {
      users: texts('users'),
      useCases: texts('useCases'),
      technicalLimitations: texts('technicalLimitations'),
      performanceTradeoffs: texts('performanceTradeoffs'),
      ethicalConsiderations: texts('ethicalConsiderations').map((name) => ({ name })),
      environmentalConsiderations: { properties: texts('environment').map((text) => property('statement', text)) },
    },
    properties: texts('training').map((text) => property('training', text)),
  };
}

/** Where facts are from that have no component of their own: `ancile:source:task` is `README.md`. */
function sources(facts: ModelFacts): Property[] {
  const { single, licences, metrics, considerations, ports, references, tags, properties } = facts;
  const places = new Map<string, Set<string>>();
  const note = (what: string, source: string): void => {
    let known = places.get(what);
    if (known === undefined) places.set(what, (known = new Set()));
    known.add(source);
  };
  for (const [field, { source }] of Object.entries(single)) note(field, source);
  for (const { source } of licences) note('licence', source);
  for (const { source } of metrics) note('metrics', source);
  for (const { kind, source } of considerations) note(kind, source);
  for (const { direction, source } of ports) note(`${direction}s`, source);
  for (const { type, source } of references) note(`reference:${type}`, source);
  for (const { source } of tags) note('tags', source);
  for (const { name, source } of properties) note(name.slice('ancile:'.length), source);
  return [...places].map(([what, from]) => property(`source:${what}`, [...from].join(', ')));
}

function modelComponent(facts: ModelFacts): Draft {
  const { single, differing, licences, baseModels, references, properties, tags, digest } = facts;
  const download = single.downloadLocation?.value;
  return {
    type: 'machine-learning-model',
    'bom-ref': MODEL,
    supplier: { name: single.supplier?.value },
    name: single.name?.value,
    version: single.version?.value,
    description: single.description?.value,
    purl: single.purl?.value,
    licenses: licences.map(licence),
    pedigree: { ancestors: baseModels.map(baseModel) },
    externalReferences: [
      ...(download === undefined ? [] : [{ type: 'distribution', url: download }]),
      ...references.map(({ type, url }) => ({ type, url })),
    ],
    modelCard: modelCard(facts),
    tags: tags.map(({ value }) => value),
    properties: [
      ...(digest === undefined ? [] : [property('modelDigest', `sha256:${digest}`)]),
      ...properties.map(({ name, value }) => ({ name, value })),
      ...differing.map(({ field, value, source }) => property(`differs:${field}`, `${value} (${source})`)),
      ...sources(facts),
    ],
  };
}

/** Components, each once and under a reference of its own: two names may look alike once they are fit to be shown. */
function distinct(components: readonly Component[]): Component[] {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const kept: Component[] = [];
  for (const each of components) {
    const form = JSON.stringify(each);
    if (seen.has(form)) continue;
    seen.add(form);
    const ref = each['bom-ref'];
    const count = (counts.get(ref) ?? 0) + 1;
    counts.set(ref, count);
    kept.push(count === 1 ? each : { ...each, 'bom-ref': `${ref} (${count})` });
  }
  return kept;
}

/**
 * Components as a document, with an identifier that their content decides.
 * @param of - what depends on all of them, where something does
 */
export function toDocument(
  components: readonly Component[],
  metadata: { readonly [name: string]: Draft },
  { toolVersion, timestamp }: DocumentOptions,
  of?: string,
): object {
  const own = distinct(components);
  const tools = { components: [{ type: 'application', name: 'ancile', version: toolVersion }] };
  const dependencies = of === undefined ? [] : [{ ref: of, dependsOn: own.map((each) => each['bom-ref']) }];
  const body = prune({ metadata: { tools, ...metadata }, components: own, dependencies }) as { metadata: object };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${contentUuid(body)}`,
    version: 1,
    ...body,
    metadata: { timestamp, ...body.metadata },
  };
}

/** The facts as a CycloneDX document, valid by the schema of version 1.6. */
export function toCyclonedx(facts: ModelFacts, options: DocumentOptions): object {
  const { files, datasets, libraries, unread } = facts;
  const { score, missing } = toCompleteness(facts);
  const properties = [
    property('completeness', String(score)),
    ...missing.map((name) => property('missing', name)),
    ...unread.map(({ path, reason }) => property('unread', `${path}: ${reason}`)),
  ];
  return toDocument(
    [...files.map(file), ...datasets.map(dataset), ...libraries.map(library)],
    { component: modelComponent(facts), properties },
    options,
    MODEL,
  );
}
