// An ONNX file as a model: read within bounds, since whoever wrote it may want it to be read without end.
import { AncileError } from '../base/index.ts';
import { type Bytes, type Field, ProtobufFault, readFields } from '../reader/index.ts';
import type { Attribute, Dimension, Graph, LocalFunction, Model, Node, Tensor, ValueInfo } from './model.ts';
import { type ReadExternal, decodeTensor, numbersOf, signedOf } from './decode-tensor.ts';

/** More than any model that we could compute with has. */
const MOST_NODES = 500_000;
const MOST_NAMES = 4096;
const MOST_RANK = 32;

const utf8 = new TextDecoder();

class Reader {
  readonly #bytes: Uint8Array;
  readonly #source: Bytes;
  readonly #external: ReadExternal;
  #nodes = 0;

  constructor(bytes: Uint8Array, external: ReadExternal) {
    this.#bytes = bytes;
    this.#external = external;
    this.#source = { size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) };
  }

  #fields(from: Pick<Field, 'start' | 'end'>): Iterable<Field> {
    return readFields(this.#source, from.start, from.end);
  }

  #view({ start, end }: Field): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  #text(field: Field): string {
    if (field.end - field.start > 1 << 20) throw invalid('a name longer than a megabyte', undefined);
    return utf8.decode(this.#view(field));
  }

  #int(field: Field): number {
    return signedOf(this.#bytes, field);
  }

  #tensor(field: Field): Tensor {
    return decodeTensor(this.#bytes, field, (part) => this.#fields(part), this.#external);
  }

  model(): Model {
    let irVersion = 0;
    let graph: Graph | undefined;
    const opsets = new Map<string, number>();
    const functions: LocalFunction[] = [];
    for (const field of this.#fields({ start: 0, end: this.#bytes.length })) {
      if (field.number === 1 && field.wire === 0) irVersion = field.value;
      else if (field.number === 7) graph = this.#graph(field);
      else if (field.number === 8) {
        let domain = '';
        let version = 0;
        for (const part of this.#fields(field)) {
          if (part.number === 1) domain = this.#text(part);
          else if (part.number === 2) version = this.#int(part);
        }
        opsets.set(domain === 'ai.onnx' ? '' : domain, version);
      } else if (field.number === 25) functions.push(this.#function(field));
    }
    if (graph === undefined) throw invalid('the file holds no graph', undefined);
    return { irVersion, opsets, graph, functions };
  }

  /** The graph of an attribute. */
  branch(): Graph {
    for (const field of this.#fields({ start: 0, end: this.#bytes.length })) {
      if (field.number === 6) return this.#graph(field);
    }
    throw invalid('an attribute holds no graph', undefined);
  }

  #graph(from: Field): Graph {
    let name = '';
    const nodes: Node[] = [];
    const inputs: ValueInfo[] = [];
    const outputs: ValueInfo[] = [];
    const initializers: Tensor[] = [];
    for (const field of this.#fields(from)) {
      if (field.number === 1) nodes.push(this.#node(field));
      else if (field.number === 2) name = this.#text(field);
      else if (field.number === 5) initializers.push(this.#tensor(field));
      else if (field.number === 11) inputs.push(this.#valueInfo(field));
      else if (field.number === 12) outputs.push(this.#valueInfo(field));
      else if (field.number === 15) throw invalid('sparse initializers are not read', 'graph.sparse_initializer');
    }
    return { name, nodes, inputs, outputs, initializers };
  }

  #node(from: Field): Node {
    if (++this.#nodes > MOST_NODES) throw invalid(`more than ${MOST_NODES} nodes`, 'graph.node');
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, Attribute>();
    let [name, op, domain] = ['', '', ''];
    for (const field of this.#fields(from)) {
      if (field.number === 1) inputs.push(this.#text(field));
      else if (field.number === 2) outputs.push(this.#text(field));
      else if (field.number === 3) name = this.#text(field);
      else if (field.number === 4) op = this.#text(field);
      else if (field.number === 7) domain = this.#text(field);
      else if (field.number === 5) attributes.set(...this.#attribute(field));
    }
    if (inputs.length + outputs.length > MOST_NAMES) {
      throw invalid(`node ${name || op} has more than ${MOST_NAMES} inputs and outputs`, name || op);
    }
    return { name, op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes };
  }

  #attribute(from: Field): [name: string, attribute: Attribute] {
    let name = '';
    let type = 0;
    let attribute: Attribute | undefined;
    let reference = '';
    const ints: number[] = [];
    const floats: number[] = [];
    const strings: string[] = [];
    for (const field of this.#fields(from)) {
      if (field.number === 1) name = this.#text(field);
      else if (field.number === 20) type = field.value;
      else if (field.number === 2) attribute = { kind: 'float', value: numbersOf(this.#bytes, field, 'float')[0] ?? 0 };
      else if (field.number === 3) attribute = { kind: 'int', value: this.#int(field) };
      else if (field.number === 4) attribute = { kind: 'string', value: this.#text(field) };
      else if (field.number === 5) attribute = { kind: 'tensor', value: this.#tensor(field) };
      else if (field.number === 6) attribute = { kind: 'graph', written: this.#view(from) };
      else if (field.number === 7) for (const each of numbersOf(this.#bytes, field, 'float')) floats.push(each);
      else if (field.number === 8) for (const each of numbersOf(this.#bytes, field, 'int')) ints.push(each);
      else if (field.number === 9) strings.push(this.#text(field));
      else if (field.number === 21) reference = this.#text(field);
      else if (field.number !== 13) attribute = { kind: 'other', written: this.#view(from) };
    }
    if (reference !== '') return [name, { kind: 'reference', value: reference }];
    // An empty list has nothing but its type, and zero may be left out.
    if (type === 6 || floats.length > 0) attribute = { kind: 'floats', value: floats };
    else if (type === 7 || ints.length > 0) attribute = { kind: 'ints', value: ints };
    else if (type === 8 || strings.length > 0) attribute = { kind: 'strings', value: strings };
    else if (type === 1) attribute ??= { kind: 'float', value: 0 };
    else if (type === 2) attribute ??= { kind: 'int', value: 0 };
    else if (type === 3) attribute ??= { kind: 'string', value: '' };
    return [name, attribute ?? { kind: 'other', written: this.#view(from) }];
  }

  #valueInfo(from: Field): ValueInfo {
    let name = '';
    let type: number | undefined;
    let shape: Dimension[] | undefined;
    let isTensor = false;
    for (const field of this.#fields(from)) {
      if (field.number === 1) name = this.#text(field);
      if (field.number !== 2) continue;
      for (const kind of this.#fields(field)) {
        if (kind.number !== 1) continue;
        isTensor = true;
        for (const part of this.#fields(kind)) {
          if (part.number === 1) type = part.value;
          else if (part.number === 2) shape = this.#shape(part);
        }
      }
    }
    if (!isTensor) return { name, written: this.#view(from) };
    return { name, ...(type === undefined ? {} : { type }), ...(shape === undefined ? {} : { shape }) };
  }

  #shape(from: Field): Dimension[] {
    const dims: Dimension[] = [];
    for (const field of this.#fields(from)) {
      if (field.number !== 1) continue;
      let dim: Dimension;
      for (const part of this.#fields(field)) {
        if (part.number === 1) dim = this.#int(part);
        else if (part.number === 2) dim = this.#text(part);
      }
      // Some writers say -1 or 0 where they mean nothing.
      dims.push(typeof dim === 'number' && dim <= 0 ? undefined : dim);
      if (dims.length > MOST_RANK) throw invalid(`a shape of more than ${MOST_RANK} dimensions`, undefined);
    }
    return dims;
  }

  #function(from: Field): LocalFunction {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes: string[] = [];
    const defaults = new Map<string, Attribute>();
    const nodes: Node[] = [];
    let [name, domain] = ['', ''];
    for (const field of this.#fields(from)) {
      if (field.number === 1) name = this.#text(field);
      else if (field.number === 4) inputs.push(this.#text(field));
      else if (field.number === 5) outputs.push(this.#text(field));
      else if (field.number === 6) attributes.push(this.#text(field));
      else if (field.number === 7) nodes.push(this.#node(field));
      else if (field.number === 10) domain = this.#text(field);
      else if (field.number === 11) defaults.set(...this.#attribute(field));
    }
    return { name, domain, inputs, outputs, attributes, defaults, nodes };
  }
}

function invalid(message: string, at: string | undefined): AncileError {
  return new AncileError('model_invalid', message, {
    ...(at === undefined ? {} : { at }),
    hint: 'Expected a complete ONNX model; `ancile scan` says what is in the file.',
  });
}

/**
 * @param bytes - of a whole file
 * @param external - reads tensors that lie in files of their own; without it they are refused
 * @throws AncileError `model_invalid` where it is none, or holds more than there are bounds for
 */
export function decodeModel(bytes: Uint8Array, external: ReadExternal = refuseExternal): Model {
  return reading(() => new Reader(bytes, external).model());
}

/**
 * The graph within a node.
 * @param written - the attribute as the file has it
 * @throws AncileError `model_invalid` as `decodeModel`
 */
export function decodeBranch(written: Uint8Array): Graph {
  return reading(() => new Reader(written, refuseExternal).branch());
}

const refuseExternal: ReadExternal = ({ location }) => {
  throw invalid(`a tensor lies in another file: ${JSON.stringify(location)}`, location);
};

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof ProtobufFault) throw invalid(`not an ONNX model: ${thrown.message}`, `byte ${thrown.offset}`);
    throw thrown;
  }
}
