// ONNX: who produced the graph, its operator sets, its inputs and outputs, and how many values it holds.
// Source: onnx/onnx.proto3, IR version 10.
import { type Bytes, type Field, Malformed, ProtobufFault, readFields } from '../../../reader/index.ts';
import { Budget, boundsFor } from '../../../scan/index.ts';
import type { FactBook } from '../fact-book.ts';
import type { Reader } from './reader.ts';

/** Element types by number. */
const TYPES =
  '? float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64 complex64 complex128 bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1'.split(
    ' ',
  );
const MOST_PORTS = 200;
const MOST_DIMENSIONS = 64;
const MOST_PROPERTIES = 50;
const typeName = (number: number): string => TYPES[number] ?? `type ${number}`;

/** A file of messages, read within bounds. */
class Messages {
  readonly #bytes: Bytes;
  readonly #budget: Budget;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#budget = new Budget(boundsFor(bytes.size));
  }

  *of(field: Pick<Field, 'start' | 'end'>): Generator<Field> {
    for (const each of readFields(this.#bytes, field.start, field.end)) {
      this.#budget.step(2);
      yield each;
    }
  }

  /** The message within, by its number; an empty one where it is not there. */
  inner(outer: Pick<Field, 'start' | 'end'>, number: number): Pick<Field, 'start' | 'end'> {
    for (const each of this.of(outer)) if (each.number === number && each.wire === 2) return each;
    return { start: 0, end: 0 };
  }

  bytes({ start, end }: Pick<Field, 'start' | 'end'>, most: number): Uint8Array {
    return this.#bytes.read(start, Math.min(end - start, most));
  }

  text(field: Pick<Field, 'start' | 'end'>, most = 500): string {
    return Buffer.from(this.bytes(field, most)).toString('utf8');
  }
}

/** ValueInfoProto: `input_ids: int64[batch,128]`. */
function portOf(messages: Messages, port: Field): string {
  const name = messages.text(messages.inner(port, 1), 100);
  const tensor = messages.inner(messages.inner(port, 2), 1);
  let type = 0;
  const shape: string[] = [];
  for (const field of messages.of(tensor)) {
    if (field.number === 1) type = field.value;
    if (field.number !== 2 || field.wire !== 2) continue;
    for (const dimension of messages.of(field)) {
      let size = '?';
      for (const each of messages.of(dimension)) size = each.wire === 0 ? String(each.value) : messages.text(each, 40);
      if (shape.length < 32) shape.push(size);
    }
  }
  return `${name}: ${typeName(type)}${shape.length === 0 ? '' : `[${shape.join(',')}]`}`;
}

/** TensorProto: its type, and how many values. */
function tensorOf(messages: Messages, tensor: Field): { type: string; values: bigint } {
  let type = 0;
  const sizes: bigint[] = [];
  for (const field of messages.of(tensor)) {
    if (field.number === 1 && field.wire === 0) sizes.push(BigInt(field.value));
    else if (field.number === 1 && field.wire === 2) sizes.push(...packed(messages.bytes(field, 200)));
    else if (field.number === 2) type = field.value;
    if (sizes.length > MOST_DIMENSIONS) throw new Malformed('a tensor has too many dimensions', tensor.start);
  }
  return { type: typeName(type), values: sizes.reduce((product, size) => product * size, 1n) };
}

/** Numbers one after the other, seven bits a byte. */
function packed(bytes: Uint8Array): bigint[] {
  const sizes: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    sizes.push(value);
    value = shift = 0n;
  }
  return sizes;
}

function readGraph(messages: Messages, graph: Field, book: FactBook): void {
  let values = 0n;
  const types = new Map<string, number>();
  const inputs: Field[] = [];
  const weights = new Set<string>();
  for (const field of messages.of(graph)) {
    if (field.number === 2 && field.wire === 2) book.property('onnx:graph', messages.text(field));
    else if (field.number === 5) {
      const tensor = tensorOf(messages, field);
      values += tensor.values;
      types.set(tensor.type, (types.get(tensor.type) ?? 0) + 1);
      if (weights.size < 10_000) weights.add(messages.text(messages.inner(field, 8), 100));
    } else if (field.number === 11 && inputs.length < 10_000) inputs.push(field);
    else if (field.number === 12) book.port('output', portOf(messages, field));
  }
  // Old files list their weights among the inputs.
  const real = inputs.filter((each) => !weights.has(messages.text(messages.inner(each, 1), 100)));
  for (const each of real.slice(0, MOST_PORTS)) book.port('input', portOf(messages, each));
  if (types.size > 0 && values < 1n << 53n) book.tensors = { format: 'onnx', values, types };
}

function readModel(messages: Messages, size: number, book: FactBook): void {
  let producer = '';
  let properties = 0;
  for (const field of messages.of({ start: 0, end: size })) {
    if (field.number === 2) producer = messages.text(field);
    else if (field.number === 3) producer += ` ${messages.text(field)}`;
    else if (field.number === 4) book.property('onnx:domain', messages.text(field));
    else if (field.number === 5 && field.value > 0) book.property('onnx:model-version', field.value);
    else if (field.number === 6) book.say('description', messages.text(field, 4000));
    else if (field.number === 7) readGraph(messages, field, book);
    else if (field.number === 8) {
      const domain = messages.text(messages.inner(field, 1)) || 'ai.onnx';
      for (const each of messages.of(field))
        if (each.number === 2) book.property('onnx:operators', `${domain} ${each.value}`);
    } else if (field.number === 14 && properties++ < MOST_PROPERTIES) {
      const [key, value] = [messages.text(messages.inner(field, 1), 100), messages.text(messages.inner(field, 2))];
      book.property(`onnx:${key.replace(/[^\w.-]/g, '_')}`, value);
    }
  }
  book.property('onnx:producer', producer);
}

export const onnx: Reader = {
  match: (path) => path.endsWith('.onnx'),
  read(bytes, book) {
    try {
      readModel(new Messages(bytes), bytes.size, book);
    } catch (thrown) {
      if (thrown instanceof ProtobufFault) throw new Malformed(thrown.message, thrown.offset);
      throw thrown;
    }
  },
};
