// A CycloneDX document of anybody's, taken apart for comparing: what it says of the model, and its components by what they are.
import { readFileSync, statSync } from 'node:fs';
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { show } from '../../scan/index.ts';
import { list, record, scalar, text, type Values } from './values.ts';

const MOST_BYTES = 64 << 20;
const MOST_COMPONENTS = 100_000;

/** What one document says: each thing under its name with its value, by kind. */
export type Contents = ReadonlyMap<ContentKind, ReadonlyMap<string, string>>;

/** Kinds of what is compared, in the order in which it is told. */
export const KINDS = ['model', 'licence', 'base-model', 'dataset', 'metric', 'file', 'library', 'component'] as const;
export type ContentKind = (typeof KINDS)[number];

const shown = (value: unknown, most = 300): string => show(scalar(value) ?? '', most);

function licences(component: Values): string[] {
  return list(component['licenses']).map((each) => {
    const { license, expression } = record(each);
    return shown(record(license)['id'] ?? record(license)['name'] ?? expression);
  });
}

/** SHA-256, and where there is none the first digest. */
function digest(component: Values): string {
  const hashes = list(component['hashes']).map(record);
  const hash = hashes.find(({ alg }) => alg === 'SHA-256') ?? hashes[0];
  return hash === undefined ? '' : shown(hash['content'], 200);
}

const nameOf = (component: Values): string =>
  [text(component['group']), text(component['name'])]
    .filter((part) => part !== undefined)
    .map((part) => show(part, 300))
    .join('/');

/** `file` for files and for data that comes with a digest, `dataset` for data that is only named. */
function kindOf(component: Values): ContentKind {
  switch (component['type']) {
    case 'file':
      return 'file';
    case 'data':
      return digest(component) === '' ? 'dataset' : 'file';
    case 'library':
    case 'framework':
      return 'library';
    default:
      return 'component';
  }
}

/** What a component is at: its digest, or its version. */
const stateOf = (component: Values): string => digest(component) || shown(component['version']) || '';

function readModel(model: Values, put: (kind: ContentKind, name: string, value: string) => void): void {
  for (const field of ['name', 'version', 'description', 'purl'] as const)
    put('model', field, shown(model[field], 500));
  put('model', 'supplier', shown(record(model['supplier'])['name']));
  const card = record(model['modelCard']);
  const parameters = record(card['modelParameters']);
  for (const field of ['task', 'architectureFamily', 'modelArchitecture'] as const)
    put('model', field, shown(parameters[field]));
  for (const dataset of list(parameters['datasets'])) {
    // Where it is a reference, the component itself is compared.
    const name = text(record(dataset)['name']);
    if (name !== undefined) put('dataset', show(name, 300), 'named');
  }
  for (const each of licences(model)) put('licence', each, 'declared');
  for (const each of list(record(model['pedigree'])['ancestors']).map(record)) {
    put('base-model', nameOf(each), stateOf(each) || 'named');
  }
  for (const each of list(record(card['quantitativeAnalysis'])['performanceMetrics']).map(record)) {
    put('metric', [shown(each['type']), shown(each['slice'])].filter(Boolean).join(', '), shown(each['value']));
  }
  for (const each of list(model['properties']).map(record)) {
    const name = text(each['name']) ?? '';
    // Where a fact stands is no fact of the model's.
    if (!/^ancile:(?:source|differs)/.test(name)) put('model', show(name, 200), shown(each['value'], 500));
  }
}

/**
 * What a CycloneDX document says.
 * @param document - parsed JSON
 * @throws AncileError `request_invalid` for one that is none
 */
export function readContents(document: unknown, place: string): Contents {
  const bom = record(document);
  if (bom['bomFormat'] !== 'CycloneDX') {
    throw new AncileError('request_invalid', `${place} is no CycloneDX document in JSON`, {
      at: place,
      hint: 'Make one with: ancile bom FOLDER -o bom.cdx.json',
    });
  }
  const contents = new Map<ContentKind, Map<string, string>>(KINDS.map((kind) => [kind, new Map()]));
  const put = (kind: ContentKind, name: string, value: string): void => {
    if (name === '' || value === '') return;
    const known = contents.get(kind)!;
    // Several values of one name are one value: properties may be given more than once.
    const before = known.get(name);
    known.set(name, before === undefined || before === value ? value : `${before}; ${value}`.slice(0, 4000));
  };
  readModel(record(record(bom['metadata'])['component']), put);
  for (const component of list(bom['components']).slice(0, MOST_COMPONENTS).map(record)) {
    put(kindOf(component), nameOf(component), stateOf(component) || 'named');
    for (const each of licences(component)) put('licence', `${each} of ${nameOf(component)}`, 'declared');
  }
  return contents;
}

/** @throws AncileError for a file that cannot be read, is too long, or is no CycloneDX document */
export function loadContents(path: string): Contents {
  let bytes: Buffer;
  try {
    if (statSync(path).size > MOST_BYTES) {
      throw new AncileError('request_invalid', `${path} is longer than ${MOST_BYTES >> 20} MB`, { at: path });
    }
    bytes = readFileSync(path);
  } catch (thrown) {
    if (thrown instanceof AncileError) throw thrown;
    throw new AncileError('not_found', `${path} cannot be read`, { at: path, cause: thrown });
  }
  return readContents(parseJson(bytes, { what: path, maxBytes: MOST_BYTES, maxDepth: 200 }), path);
}
