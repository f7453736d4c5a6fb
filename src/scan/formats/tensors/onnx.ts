// ONNX: external data wherever it is named, operations of other domains, shapes held against numbers, subgraphs and functions.
// Source: onnx/onnx.proto3, IR version 10.
import type { Field } from '../../../reader/index.ts';
import { Malformed } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';
import { MemorySource, SliceSource, type Source } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { leadsOut } from '../path.ts';
import { MOST_DEPTH, beginOf, fieldsOf, textOf } from './message.ts';

/** Bits of an element, by data type; strings (8) have none. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
  23: 4,
};
/** Domains that runtimes bring along. */
const DOMAINS =
  /^(|ai\.onnx|ai\.onnx\.ml|ai\.onnx\.training|ai\.onnx\.preview(\.training)?|com\.microsoft(\.\w+)*|com\.ms\.internal\.nhwc|org\.pytorch\.aten|pkg\.\S+)$/;
const RUNS_CODE =
  /^(Py(thon)?(Custom)?Op\w*|Py(thon)?Func\w*|PythonOpGrad|ATen\w*Python\w*|ExternalFunction|JavaScript\w*|Lua\w*)$/i;
const EXTERNAL = 1;
const BASE64 = /^[A-Za-z0-9+/\s]{24,}={0,2}\s*$/;

function decodeLocation(location: string): string {
  try {
    return decodeURIComponent(location);
  } catch {
    return location;
  }
}

function checkLocation(location: string, name: string, offset: number, look: Look): void {
  const decoded = decodeLocation(location);
  const scheme = /^[a-z][a-z0-9+.-]+:/i.test(decoded) ? 'an address' : undefined;
  const why = leadsOut(decoded) ?? scheme;
  if (why !== undefined) {
    look.report('onnx.external', {
      message: `the numbers of ${name || 'a tensor'} lie in ${location}: ${why}`,
      capability: 'file',
      offset,
      evidence: location,
    });
  }
}

/** TensorProto. */
function lookAtTensor(source: Source, look: Look, { start, end }: Field): void {
  let name = '';
  let type = 0;
  let isExternal = false;
  let raw: Field | undefined;
  let numbers = 1n;
  const locations: string[] = [];
  for (const field of fieldsOf(source, look, start, end)) {
    if (field.number === 1) {
      // Dimensions, one by one or packed.
      if (field.wire === 0) numbers *= BigInt(field.value);
      else if (field.wire === 2) numbers *= packedProduct(source, look, field);
    } else if (field.number === 2) type = field.value;
    else if (field.number === 8 && field.wire === 2) name = textOf(source, field, 200);
    else if (field.number === 9 && field.wire === 2) raw = field;
    else if (field.number === 14) isExternal = field.value === EXTERNAL;
    else if (field.number === 13 && field.wire === 2) {
      let key = '';
      let value = '';
      for (const entry of fieldsOf(source, look, field.start, field.end)) {
        if (entry.number === 1) key = textOf(source, entry, 100);
        else if (entry.number === 2) value = textOf(source, entry);
      }
      if (key === 'location') locations.push(value);
      else if ((key === 'offset' || key === 'length') && !/^\d{1,18}$/.test(value)) {
        throw new Malformed(`the ${key} of external data is ${value}`, field.start);
      }
    }
  }
  for (const location of locations) checkLocation(location, name, start, look);
  const bits = BITS[type];
  if (raw === undefined || isExternal || bits === undefined) return;
  const wanted = (numbers * BigInt(bits) + 7n) / 8n;
  if (wanted !== BigInt(raw.end - raw.start)) {
    throw new Malformed(
      `${name || 'a tensor'} holds ${raw.end - raw.start} bytes and its shape asks for ${wanted}`,
      start,
    );
  }
  if (bits === 8)
    look.member(name || `tensor at ${start}`, new SliceSource(source, raw.start, raw.end - raw.start), 'tensor');
}

function packedProduct(source: Source, look: Look, { start, end }: Field): bigint {
  let product = 1n;
  let value = 0n;
  let shift = 0n;
  for (const byte of source.read(start, Math.min(end - start, 1024))) {
    look.budget.step();
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    product *= value;
    value = shift = 0n;
  }
  return product;
}

class Walk {
  readonly #source: Source;
  readonly #look: Look;
  readonly #domains = new Set<string>();

  constructor(source: Source, look: Look) {
    this.#source = source;
    this.#look = look;
  }

  graph({ start, end }: Field, depth: number): void {
    if (depth > MOST_DEPTH) throw new Malformed('graphs nested too deep', start);
    for (const field of fieldsOf(this.#source, this.#look, start, end)) {
      if (field.wire !== 2) continue;
      if (field.number === 1) this.node(field, depth);
      else if (field.number === 5) lookAtTensor(this.#source, this.#look, field);
      else if (field.number === 15) this.sparse(field);
    }
  }

  node({ start, end }: Field, depth: number): void {
    let type = '';
    let domain = '';
    for (const field of fieldsOf(this.#source, this.#look, start, end)) {
      if (field.wire !== 2) continue;
      if (field.number === 4) type = textOf(this.#source, field, 200);
      else if (field.number === 7) domain = textOf(this.#source, field, 200);
      else if (field.number === 5) this.attribute(field, depth);
    }
    if (RUNS_CODE.test(type)) {
      this.#look.report('onnx.operation', {
        message: `the operation ${domain === '' ? '' : `${domain}.`}${type} runs code of another language`,
        capability: 'execute',
        offset: start,
      });
    } else if (!DOMAINS.test(domain) && !this.#domains.has(domain)) {
      this.#domains.add(domain);
      this.#look.report('onnx.custom', {
        message: `uses operations of ${domain}, such as ${type}`,
        capability: 'native',
        offset: start,
      });
    }
  }

  attribute({ start, end }: Field, depth: number): void {
    for (const field of fieldsOf(this.#source, this.#look, start, end)) {
      if (field.wire !== 2) continue;
      if (field.number === 5 || field.number === 10) lookAtTensor(this.#source, this.#look, field);
      else if (field.number === 6 || field.number === 11) this.graph(field, depth + 1);
      else if (field.number === 22 || field.number === 23) this.sparse(field);
    }
  }

  sparse({ start, end }: Field): void {
    for (const field of fieldsOf(this.#source, this.#look, start, end)) {
      if (field.wire === 2 && field.number <= 2) lookAtTensor(this.#source, this.#look, field);
    }
  }

  /** FunctionProto: nodes of the model's own. */
  function({ start, end }: Field): void {
    for (const field of fieldsOf(this.#source, this.#look, start, end)) {
      if (field.wire === 2 && field.number === 7) this.node(field, 1);
    }
  }

  metadata({ start, end }: Field): void {
    let key = '';
    for (const field of fieldsOf(this.#source, this.#look, start, end)) {
      if (field.number === 1) key = textOf(this.#source, field, 200);
      if (field.number !== 2 || field.wire !== 2) continue;
      const value = textOf(this.#source, field, 1 << 20);
      if (BASE64.test(value))
        this.#look.member(`metadata ${key}`, new MemorySource(Buffer.from(value, 'base64')), 'data');
    }
  }
}

/** Wire types of the fields of a model. */
const MODEL: Readonly<Record<number, number>> = {
  1: 0,
  2: 2,
  3: 2,
  4: 2,
  5: 0,
  6: 2,
  7: 2,
  8: 2,
  14: 2,
  20: 2,
  25: 2,
  26: 2,
};

export const ONNX: Format = {
  id: 'onnx',
  match: ({ head, extension, source }) => {
    const hinted = extension === '.onnx';
    if (head[0] !== 0x08 && !(hinted && [0x12, 0x3a, 0x42].includes(head[0] ?? 0))) return false;
    if (!isSeekable(source)) return false;
    const { fields } = beginOf(source, 64);
    const graph = fields.find(({ number }) => number === 7);
    if (graph === undefined || !fields.every(({ number, wire }) => MODEL[number] === wire)) return false;
    const inner = beginOf(source, 4, graph.start, graph.end).fields;
    return inner.length > 0 && inner.every(({ number, wire }) => wire === 2 && number <= 16) ? 'sure' : false;
  },
  scan(source, look) {
    const walk = new Walk(source, look);
    for (const field of fieldsOf(source, look)) {
      if (field.wire !== 2) continue;
      if (field.number === 7) walk.graph(field, 0);
      else if (field.number === 25) walk.function(field);
      else if (field.number === 14) walk.metadata(field);
    }
  },
};
