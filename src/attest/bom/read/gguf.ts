// GGUF: its keys say what it is, from whom, under which licence and from what it was made; its tensors how large.
// Source: ggml, docs/gguf.md.
import { type Bytes, Malformed } from '../../../reader/index.ts';
import { Budget, boundsFor, GGUF_ARRAY, GGUF_SIZES, GGUF_STRING, GgufReader } from '../../../scan/index.ts';
import type { FactBook } from '../fact-book.ts';
import { FILE_TYPES, TENSOR_TYPES } from './gguf-types.ts';
import type { Reader } from './reader.ts';

const WANTED =
  /^general\.|\.(?:context_length|block_count|embedding_length|expert_count|vocab_size)$|^tokenizer\.ggml\.(?:model|pre)$/;
const MOST_DIMENSIONS = 8;
const MOST_ITEMS = 100;

type Keys = ReadonlyMap<string, readonly string[]>;

/** Passes over a list; of one of texts the first are returned. */
function readList(reader: GgufReader, depth: number): string[] {
  const type = reader.u32();
  const size = type === GGUF_STRING ? 8 : type === GGUF_ARRAY ? 12 : GGUF_SIZES[type];
  if (size === undefined || depth > 3) throw reader.malformed('a list has values of no known type');
  const count = reader.count('values of a list', reader.wide ? size : Math.min(size, 4));
  const items: string[] = [];
  if (type === GGUF_STRING) {
    for (let i = 0; i < count; i++) {
      reader.budget.step();
      const text = reader.text('a text');
      if (i < MOST_ITEMS) items.push(reader.read(text, 300));
    }
  } else if (type === GGUF_ARRAY) for (let i = 0; i < count; i++) readList(reader, depth + 1);
  else reader.skip(count * size);
  return items;
}

function readKeys(reader: GgufReader, count: number): Keys {
  const keys = new Map<string, readonly string[]>();
  for (let i = 0; i < count; i++) {
    reader.budget.step(4);
    const key = reader.read(reader.text('a key'), 512);
    const type = reader.u32();
    let values: readonly string[] = [];
    if (type === GGUF_ARRAY) values = readList(reader, 0);
    else if (type === GGUF_STRING) {
      const text = reader.text('a value');
      if (WANTED.test(key)) values = [reader.read(text, 8000)];
    } else if (GGUF_SIZES[type] === undefined) throw reader.malformed('a value is of no known type');
    else {
      const number = reader.number(type);
      if (number !== undefined) values = [String(number)];
    }
    if (WANTED.test(key) && !keys.has(key) && keys.size < 1000) keys.set(key, values);
  }
  return keys;
}

function readTensors(reader: GgufReader, count: number, size: number): { values: bigint; types: Map<string, number> } {
  let values = 0n;
  const types = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    reader.budget.step(4);
    reader.text('the name of a tensor');
    const dimensions = reader.u32();
    if (dimensions > MOST_DIMENSIONS) throw reader.malformed(`a tensor has ${dimensions} dimensions`);
    let product = 1n;
    for (let at = 0; at < dimensions; at++) product *= reader.wide ? reader.u64() : BigInt(reader.u32());
    const type = reader.u32();
    reader.u64();
    values += product;
    const name = TENSOR_TYPES[type] ?? `type ${type}`;
    if (types.has(name) || types.size < 100) types.set(name, (types.get(name) ?? 0) + 1);
  }
  // The smallest type has a little more than one and a half bits.
  if (values > BigInt(size) * 6n)
    throw reader.malformed(`it claims ${values} values, more than its ${size} bytes hold`);
  return { values, types };
}

function sayGeneral(keys: Keys, book: FactBook): void {
  const one = (key: string): string | undefined => keys.get(`general.${key}`)?.[0];
  book.say('name', one('name'));
  book.say('version', one('version'));
  book.say('description', one('description'));
  book.say('supplier', one('organization') ?? one('author'));
  book.say('architectureFamily', one('architecture'));
  book.say('downloadLocation', one('repo_url') ?? one('url'));
  const licence = one('license') ?? one('license.name');
  if (licence !== undefined) book.licence(licence, one('license.name'), one('license.link'));
  book.reference('vcs', one('source.repo_url'));
  book.reference('website', one('source.url'));
  book.reference('documentation', one('doi')?.replace(/^(?:doi:)?(10\.)/, 'https://doi.org/$1'));
  book.property('size-label', one('size_label'));
  book.property('finetune', one('finetune'));
  book.property('languages', (keys.get('general.languages') ?? []).join(', '));
  book.property('quantized-by', one('quantized_by'));
  const file = one('file_type');
  if (file !== undefined) book.property('quantisation', FILE_TYPES[Number(file)] ?? `file type ${file}`);
  for (const tag of keys.get('general.tags') ?? []) book.tag(tag);
  for (const name of keys.get('general.datasets') ?? []) book.dataset(name, 'training');
}

function sayLineage(keys: Keys, book: FactBook): void {
  for (let i = 0; i < MOST_ITEMS; i++) {
    const base = (key: string): string | undefined => keys.get(`general.base_model.${i}.${key}`)?.[0];
    const [name, organization, version, url] = [
      base('name'),
      base('organization'),
      base('version'),
      base('repo_url') ?? base('url'),
    ];
    if (name !== undefined) {
      book.baseModel(organization === undefined ? name : `${organization}/${name}`, false, {
        ...(version === undefined ? {} : { version }),
        ...(url === undefined ? {} : { url }),
      });
    }
    const dataset = (key: string): string | undefined => keys.get(`general.dataset.${i}.${key}`)?.[0];
    const owner = dataset('organization');
    const shown = dataset('name');
    book.dataset(
      owner === undefined || shown === undefined ? shown : `${owner}/${shown}`,
      'training',
      dataset('repo_url') ?? dataset('url'),
    );
  }
}

function open(bytes: Bytes): { reader: GgufReader; tensors: number; keys: number } {
  const reader = new GgufReader(bytes, new Budget(boundsFor(bytes.size)), 4);
  let version = reader.u32();
  if ((version & 0xffff) === 0) {
    reader.little = false;
    version = ((version >>> 24) | ((version >>> 8) & 0xff00)) >>> 0;
  }
  if (version < 1 || version > 3) throw new Malformed(`version ${version} is not known`, 4);
  reader.wide = version > 1;
  return { reader, tensors: reader.count('tensors', 16), keys: reader.count('keys', 9) };
}

export const gguf: Reader = {
  match: (path) => path.endsWith('.gguf'),
  read(bytes, book) {
    if (Buffer.from(bytes.read(0, 4)).toString('latin1') !== 'GGUF')
      throw new Malformed('it does not begin as GGUF does', 0);
    const { reader, tensors, keys: count } = open(bytes);
    const keys = readKeys(reader, count);
    sayGeneral(keys, book);
    sayLineage(keys, book);
    for (const [key, [value]] of keys) {
      if (key.endsWith('.context_length')) book.property('context-length', value);
      if (key.endsWith('.block_count')) book.property('layers', value);
      if (key.endsWith('.embedding_length')) book.property('hidden-size', value);
      if (key.endsWith('.expert_count')) book.property('experts', value);
    }
    book.property('tokenizer', keys.get('tokenizer.ggml.model')?.[0]);
    book.tensors = { format: 'gguf', ...readTensors(reader, tensors, bytes.size) };
  },
};
