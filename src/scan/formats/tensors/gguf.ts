// GGUF: counts, keys, vocabulary and tensors held against each other and the file; every chat template is followed.
import type { Format, Look } from '../../format.ts';
import { type Source, SliceSource } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { lookAtText } from '../active-text.ts';
import { jinjaFormat } from '../jinja/format.ts';
import { type Extent, type Layout, judgeHeads, judgeLayout } from './extents.ts';
import { HIGHEST_TYPE, I8, bytesOf } from './ggml-types.ts';
import { ARRAY, GgufReader, SIZES, STRING, type Text } from './gguf-reader.ts';
import { Vocabulary } from './gguf-vocabulary.ts';

const LAYOUT: Layout = {
  tensorRule: 'gguf.tensor',
  hiddenRule: 'gguf.hidden',
  payloadRule: 'gguf.payload',
  padding: 4096,
};
/** Least bytes of a key with its value, and of a tensor's entry. */
const LEAST_ENTRY = 9;
const LEAST_TENSOR = 16;
const MOST_DIMENSIONS = 4;
const MOST_ALIGNMENT = 1 << 20;
/** Lists within lists. */
const DEEPEST = 4;
const MOST_KEY = 65_535;
const MOST_LAYERS = 10_000;

interface Header {
  alignment: number;
  readonly keys: Set<string>;
  readonly vocabulary: Vocabulary;
}

/** Passes over an array; returns how many values it has. */
function array(reader: GgufReader, key: string, look: Look, header: Header, depth: number): void {
  const type = reader.u32();
  const size = type === STRING ? (reader.wide ? 8 : 4) : type === ARRAY ? 12 : SIZES[type];
  if (size === undefined)
    throw reader.malformed(`the array ${JSON.stringify(key)} has values of the type ${type}, which is none`);
  const count = reader.count(`values of the array ${JSON.stringify(key)}`, size);
  header.vocabulary.array(key, type, count, reader.offset);
  if (type === ARRAY) {
    if (depth >= DEEPEST) throw reader.malformed('arrays are nested too deep');
    look.report('gguf.structure', {
      message: `the array ${JSON.stringify(key)} holds arrays, which no loader takes`,
      offset: reader.offset,
      severity: depth > 0 ? 'medium' : 'low',
    });
    for (let i = 0; i < count; i++) array(reader, key, look, header, depth + 1);
  } else if (type === STRING) {
    const isTokens = key === 'tokenizer.ggml.tokens';
    for (let i = 0; i < count; i++) {
      reader.budget.step(2);
      const text = reader.text(`a text of the array ${JSON.stringify(key)}`);
      if (isTokens) header.vocabulary.token(reader, text, look);
      else if (/template/i.test(key)) judgeText(reader, key, text, look);
    }
  } else reader.skip(count * size);
}

/** A text of the metadata: a template by its key or its braces, or any other. */
function judgeText(reader: GgufReader, key: string, text: Text, look: Look): void {
  if (text.length < 6) return;
  const piece = reader.read(text, 1 << 20);
  if (/template/i.test(key) || /\{%[-+ ]|\{\{[-+ ]/.test(piece)) {
    look.as(jinjaFormat, new SliceSource(reader.source, text.at, text.length), text.at);
  } else lookAtText(piece, text.at, 'gguf.active', `the metadata ${JSON.stringify(key)}`, look);
}

function entry(reader: GgufReader, look: Look, header: Header): void {
  const place = reader.offset;
  const structure = (message: string): void => look.report('gguf.structure', { message, offset: place });
  const named = reader.text('a key');
  const key = reader.read(named, 512);
  if (named.length === 0 || named.length > MOST_KEY || /[\x00-\x1f]/.test(key)) {
    structure(`a key of ${named.length} bytes is no name: ${JSON.stringify(key.slice(0, 60))}`);
  }
  if (header.keys.has(key))
    structure(`the key ${JSON.stringify(key)} is there twice: readers differ in which they take`);
  header.keys.add(key);
  const type = reader.u32();
  if (type === ARRAY) return array(reader, key, look, header, 0);
  if (type === STRING) return judgeText(reader, key, reader.text(`the value of ${JSON.stringify(key)}`), look);
  if (SIZES[type] === undefined)
    throw reader.malformed(`the key ${JSON.stringify(key)} has a value of the type ${type}, which is none`);
  if (reader.left < SIZES[type]) throw reader.malformed('it ends within a value');
  const value = reader.number(type);
  if (type === 7 && value !== 0 && value !== 1)
    structure(`the key ${JSON.stringify(key)} is neither true nor false, but ${value}`);
  if (key === 'general.alignment') {
    const fits =
      type === 4 && value !== undefined && value > 0 && (value & (value - 1)) === 0 && value <= MOST_ALIGNMENT;
    if (!fits)
      structure(
        `general.alignment is ${value} of type ${type}, which is no alignment: loaders divide by it or overflow`,
      );
    else header.alignment = value;
  }
  if (value !== undefined) header.vocabulary.number(key, value);
  if (/\.(?:block_count|n_layer)$/.test(key) && value !== undefined && (value > MOST_LAYERS || value < 0)) {
    structure(`${key} is ${value}: loaders make room for that many layers`);
  }
}

/** One tensor's entry: its name, and where it lies relative to the first. */
function tensor(
  reader: GgufReader,
  look: Look,
  header: Header,
):
  | { readonly name: string; readonly offset: bigint; readonly size: bigint | undefined; readonly type: number }
  | undefined {
  const place = reader.offset;
  const wrong = (message: string): undefined => {
    look.report('gguf.tensor', { message: `the tensor ${JSON.stringify(name)} ${message}`, offset: place });
    return undefined;
  };
  const named = reader.text('the name of a tensor');
  const name = reader.read(named, 256);
  const count = reader.u32();
  if (count > MOST_DIMENSIONS) {
    throw reader.malformed(
      `the tensor ${JSON.stringify(name)} has ${count} dimensions: loaders have room for ${MOST_DIMENSIONS}`,
    );
  }
  const dimensions: bigint[] = [];
  for (let i = 0; i < count; i++) dimensions.push(reader.wide ? reader.u64() : BigInt(reader.u32()));
  const type = reader.u32();
  const offset = reader.u64();
  if (header.keys.has(`\0${name}`)) wrong('is there twice');
  header.keys.add(`\0${name}`);
  if (type > HIGHEST_TYPE) return wrong(`has the type ${type}: loaders look it up in a table that ends long before`);
  const size = bytesOf(type, dimensions);
  if (size === 'uneven') return wrong(`has rows of ${dimensions[0]} values, which its type cannot divide into blocks`);
  if (dimensions.reduce((product, each) => product * each, 1n) >= 1n << 63n || (size ?? 0n) >= 1n << 63n) {
    return wrong('has a size that overflows');
  }
  if (size === undefined) {
    look.report('gguf.unknown-type', {
      message: `the tensor ${JSON.stringify(name)} has the type ${type}`,
      offset: place,
    });
  }
  if (offset % BigInt(header.alignment) !== 0n)
    return wrong(`begins at ${offset}, which is not aligned to ${header.alignment}`);
  return { name, offset, size, type };
}

function scan(source: Source, look: Look): void {
  const reader = new GgufReader(source, look.budget, 4);
  let version = reader.u32();
  if ((version & 0xffff) === 0) {
    reader.little = false;
    version = ((version >>> 24) | ((version >>> 8) & 0xff00)) >>> 0;
  }
  if (version < 1 || version > 3) {
    look.report('gguf.structure', { message: `it is of version ${version}, and there are 1 to 3`, offset: 4 });
    look.unseen(`GGUF of version ${version} is not known`);
    return;
  }
  reader.wide = version > 1;
  const tensors = reader.count('tensors', LEAST_TENSOR);
  const entries = reader.count('keys', LEAST_ENTRY);
  const header: Header = { alignment: 32, keys: new Set(), vocabulary: new Vocabulary() };
  for (let i = 0; i < entries; i++) {
    reader.budget.step(40);
    entry(reader, look, header);
  }
  header.vocabulary.judge(look);

  const found: NonNullable<ReturnType<typeof tensor>>[] = [];
  let whole = true;
  for (let i = 0; i < tensors; i++) {
    reader.budget.step(40);
    const one = tensor(reader, look, header);
    if (one === undefined || one.size === undefined) whole = false;
    if (one !== undefined) found.push(one);
  }
  const from = Math.ceil(reader.offset / header.alignment) * header.alignment;
  const extents: Extent[] = [];
  const bytes: Extent[] = [];
  for (const { name, offset, size, type } of found) {
    const end = BigInt(from) + offset + (size ?? 0n);
    if (end > BigInt(source.size)) {
      whole = false;
      look.report('gguf.tensor', {
        message: `the tensor ${JSON.stringify(name)} ends at byte ${end}, and the file at ${source.size}`,
        capability: 'exhaust',
      });
      continue;
    }
    const extent = { name, start: from + Number(offset), end: Number(end) };
    extents.push(extent);
    if (type === I8 || isSeekable(source)) bytes.push(extent);
  }
  if (whole && (tensors > 0 || source.size > from)) {
    // Each tensor is filled up to the alignment.
    const padded = extents.map((extent) => ({
      ...extent,
      end: Math.min(source.size, from + Math.ceil((extent.end - from) / header.alignment) * header.alignment),
    }));
    judgeLayout(source, padded, Math.min(from, source.size), source.size, LAYOUT, look);
  }
  judgeHeads(source, bytes, LAYOUT, look);
}

export const ggufFormat: Format = {
  id: 'gguf',
  match: ({ text }) => (text.startsWith('GGUF') ? 'sure' : false),
  scan,
};
