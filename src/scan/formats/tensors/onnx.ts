// ONNX: external data wherever it is named, operations of other domains, shapes held against numbers, subgraphs and functions.
// Source: onnx/onnx.proto3, IR version 11.
import { z } from 'zod';
import type { Field } from '../../../reader/index.ts';
import { Malformed } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { MemorySource, type Source } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { lookAtText } from '../active-text.ts';
import { MOST_DEPTH, beginOf, fieldsOf, textOf } from './message.ts';
import { lookAtLocation, lookAtTensor } from './onnx-tensor.ts';
import { acts, operationByName, operationOf, reportOperation } from './operations.ts';

const onnxList = shippedList(
  'onnx.yaml',
  z.strictObject({ domains: z.array(z.string()).transform((names) => new Set(names)), families: z.array(z.string()) }),
);
/** Attributes that say where something lies. */
const PLACES =
  /(?:^|_)(?:path|file|filename|filepath|library|lib|location|uri|url|dir|directory|plugin|so|dll|ep_cache_context)$/i;
const BASE64 = /^[A-Za-z0-9+/\s]{24,}={0,2}\s*$/;
const MOST_TEXT = 1 << 20;

class Walk {
  readonly #source: Source;
  readonly #look: Look;
  /** Domains of nobody's runtime, with one operation of each. */
  readonly #domains = new Map<string, { readonly type: string; readonly offset: number }>();
  /** Domains of functions that the model brings along. */
  readonly #own = new Set<string>();

  constructor(source: Source, look: Look) {
    this.#source = source;
    this.#look = look;
  }

  *#messages({ start, end }: { start: number; end: number }): Generator<Field> {
    for (const field of fieldsOf(this.#source, this.#look, start, end)) if (field.wire === 2) yield field;
  }

  model(): void {
    for (const field of this.#messages({ start: 0, end: this.#source.size })) {
      if (field.number === 7) this.graph(field, 0);
      else if (field.number === 25) this.function(field);
      else if (field.number === 14) this.metadata(field);
      else if (field.number === 20) this.training(field);
      else if (field.number === 6) this.#text('the description', field);
    }
    for (const [domain, { type, offset }] of this.#domains) {
      if (this.#own.has(domain)) continue;
      this.#look.report('onnx.custom', {
        message: `uses operations of ${domain}, such as ${type}`,
        capability: 'native',
        offset,
      });
    }
  }

  graph(graph: Field, depth: number): void {
    if (depth > MOST_DEPTH) throw new Malformed('graphs nested too deep', graph.start);
    for (const field of this.#messages(graph)) {
      if (field.number === 1) this.node(field, depth);
      else if (field.number === 5) lookAtTensor(this.#source, this.#look, field);
      else if (field.number === 15) this.sparse(field);
      else if (field.number === 10) this.#text('the description', field);
    }
  }

  node(node: Field, depth: number): void {
    let type = '';
    let domain = '';
    const texts: string[] = [];
    for (const field of this.#messages(node)) {
      if (field.number === 4) type = textOf(this.#source, field, 200);
      else if (field.number === 7) domain = textOf(this.#source, field, 200);
      else if (field.number === 5) texts.push(...this.attribute(field, depth));
    }
    const { domains, families } = onnxList();
    const isKnown = domains.has(domain) || families.some((family) => domain.startsWith(family));
    // Those of TensorFlow go by their names in domains of converters.
    const operation = (isKnown ? undefined : operationOf(type)) ?? operationByName(type);
    if (operation !== undefined && acts(operation, texts)) {
      const what = `the operation ${domain === '' ? '' : `${domain}.`}${type}`;
      reportOperation('onnx.operation', what, operation, texts.slice(0, 4), node.start, this.#look);
    } else if (!isKnown && !this.#domains.has(domain) && this.#domains.size < 1000) {
      this.#domains.set(domain, { type, offset: node.start });
    }
  }

  /** @returns texts of it, short ones only */
  attribute(attribute: Field, depth: number): string[] {
    let name = '';
    const texts: string[] = [];
    for (const field of this.#messages(attribute)) {
      if (field.number === 1) name = textOf(this.#source, field, 200);
      else if (field.number === 5 || field.number === 10) lookAtTensor(this.#source, this.#look, field);
      else if (field.number === 6 || field.number === 11) this.graph(field, depth + 1);
      else if (field.number === 22 || field.number === 23) this.sparse(field);
      else if ((field.number === 4 || field.number === 9) && field.end - field.start <= 1024 && texts.length < 16)
        texts.push(textOf(this.#source, field));
    }
    if (PLACES.test(name))
      for (const text of texts) lookAtLocation(text, `the ${name} of an operation lies`, attribute.start, this.#look);
    return texts;
  }

  /** SparseTensorProto: values and indices. */
  sparse(sparse: Field): void {
    for (const field of this.#messages(sparse)) if (field.number <= 2) lookAtTensor(this.#source, this.#look, field);
  }

  /** FunctionProto: nodes of the model's own, and attributes with values. */
  function(definition: Field): void {
    for (const field of this.#messages(definition)) {
      if (field.number === 7) this.node(field, 1);
      else if (field.number === 11) this.attribute(field, 1);
      else if (field.number === 10) this.#own.add(textOf(this.#source, field, 200));
    }
  }

  /** TrainingInfoProto: two graphs. */
  training(info: Field): void {
    for (const field of this.#messages(info)) if (field.number <= 2) this.graph(field, 1);
  }

  metadata(entry: Field): void {
    let key = '';
    for (const field of this.#messages(entry)) {
      if (field.number === 1) key = textOf(this.#source, field, 200);
      if (field.number !== 2) continue;
      const value = this.#text(`the metadata ${JSON.stringify(key)}`, field);
      if (BASE64.test(value))
        this.#look.member(`metadata ${key}`, new MemorySource(Buffer.from(value, 'base64')), 'data');
    }
  }

  #text(where: string, field: Field): string {
    const text = textOf(this.#source, field, MOST_TEXT);
    lookAtText(text, field.start, 'graph.active', where, this.#look);
    return text;
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
/** Bytes that a model may begin with: the tags of these fields. */
const BEGINNINGS = new Set([0x08, 0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72, 0xa2, 0xca, 0xd2]);

export const ONNX: Format = {
  id: 'onnx',
  match: ({ head, extension, source }) => {
    const hinted = extension === '.onnx';
    if (!BEGINNINGS.has(head[0]!) || !isSeekable(source)) return false;
    const { fields } = beginOf(source, 64);
    const graph = fields.find(({ number }) => number === 7);
    // Readers pass over fields that they do not know.
    const fits = fields.every(({ number, wire }) => (MODEL[number] ?? (hinted ? wire : undefined)) === wire);
    if (graph === undefined || !fits) return false;
    const inner = beginOf(source, 4, graph.start, graph.end).fields;
    return inner.length > 0 && inner.every(({ number, wire }) => wire === 2 && number <= 16) ? 'sure' : false;
  },
  scan(source, look) {
    new Walk(source, look).model();
  },
};
