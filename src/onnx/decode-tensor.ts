// One tensor of an ONNX file, whichever of its fields the numbers stand in.
import { AncileError } from '../base/index.ts';
import type { Field } from '../reader/index.ts';
import { BYTES_OF, type Tensor } from './model.ts';

export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Reads the bytes of a tensor that lies elsewhere. */
export type ReadExternal = (place: ExternalPlace) => Uint8Array;

const STRING = 8;
const MOST_BYTES = 2 ** 31;

/** A varint with a sign: what protobuf's int64 and int32 are. Beyond what is exact it is rounded. */
export function signedOf(bytes: Uint8Array, { start, end, value }: Pick<Field, 'start' | 'end' | 'value'>): number {
  // Ten bytes carry the 64th bit: a negative number in two's complement.
  if (end - start < 10) return value;
  let whole = 0n;
  for (let at = end - 1; at >= start; at--) whole = (whole << 7n) | BigInt(bytes[at]! & 0x7f);
  return Number(BigInt.asIntN(64, whole));
}

function* varints(bytes: Uint8Array, start: number, end: number): Generator<number> {
  let from = start;
  let value = 0;
  let scale = 1;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    yield signedOf(bytes, { start: from, end: at + 1, value });
    [from, value, scale] = [at + 1, 0, 1];
  }
}

/** The numbers of a repeated field, packed or one by one. */
export function numbersOf(bytes: Uint8Array, field: Field, kind: 'float' | 'double' | 'int'): number[] {
  const { start, end, wire } = field;
  if (kind === 'int') return wire === 0 ? [signedOf(bytes, field)] : [...varints(bytes, start, end)];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const each = kind === 'float' ? 4 : 8;
  const count = Math.floor((end - start) / each);
  const out = new Array<number>(count);
  for (let i = 0; i < count; i++) {
    out[i] = kind === 'float' ? view.getFloat32(start + i * 4, true) : view.getFloat64(start + i * 8, true);
  }
  return out;
}

/** Numbers as bytes of their type. */
function pack(type: number, numbers: readonly number[]): Uint8Array {
  const each = BYTES_OF[type]!;
  const out = new Uint8Array(numbers.length * each);
  const view = new DataView(out.buffer);
  numbers.forEach((value, i) => {
    const at = i * each;
    if (type === 1) view.setFloat32(at, value, true);
    else if (type === 11) view.setFloat64(at, value, true);
    else if (each === 8) view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true);
    else if (each === 4) view.setInt32(at, value, true);
    else if (each === 2) view.setInt16(at, value, true);
    else view.setInt8(at, value);
  });
  return out;
}

function wrong(name: string, message: string): AncileError {
  return new AncileError('model_invalid', `tensor ${JSON.stringify(name.slice(0, 200))}: ${message}`, { at: name });
}

/**
 * @param bytes - of the whole file
 * @param from - where the tensor's message lies
 * @param read - the fields of a message
 * @throws AncileError `model_invalid` where its numbers are not as many as its shape says
 */
export function decodeTensor(
  bytes: Uint8Array,
  from: Field,
  read: (field: Field) => Iterable<Field>,
  external: ReadExternal,
): Tensor {
  let [name, type, isExternal] = ['', 0, false];
  const dims: number[] = [];
  let raw: Uint8Array | undefined;
  const numbers: number[] = [];
  const place = new Map<string, string>();
  const text = (start: number, end: number): string => new TextDecoder().decode(bytes.subarray(start, end));
  for (const field of read(from)) {
    const { number, start, end } = field;
    if (number === 1) dims.push(...numbersOf(bytes, field, 'int'));
    else if (number === 2) type = field.value;
    else if (number === 8) name = text(start, end);
    else if (number === 9) raw = bytes.subarray(start, end);
    else if (number === 4) for (const each of numbersOf(bytes, field, 'float')) numbers.push(each);
    else if (number === 10) for (const each of numbersOf(bytes, field, 'double')) numbers.push(each);
    else if (number === 5 || number === 7 || number === 11) {
      for (const each of numbersOf(bytes, field, 'int')) numbers.push(each);
    } else if (number === 13) {
      const [key, value] = [...read(field)].map((part) => text(part.start, part.end));
      if (key !== undefined && value !== undefined) place.set(key, value);
    } else if (number === 14) isExternal = field.value === 1;
  }
  if (dims.length > 32 || dims.some((dim) => dim < 0 || !Number.isSafeInteger(dim))) throw wrong(name, 'no shape');
  // Texts are nothing to compute with; a model that has them still runs.
  if (type === STRING) return { name, type, dims, bytes: new Uint8Array() };
  const each = BYTES_OF[type];
  if (each === undefined) throw wrong(name, `elements of the type ${type} are not read`);
  const length = dims.reduce((product, dim) => product * dim, 1) * each;
  if (length > MOST_BYTES) throw wrong(name, 'larger than 2 GB');
  if (each === 8 && type !== 11 && !numbers.every(Number.isInteger)) throw wrong(name, 'holds what is no whole number');
  let content = raw ?? pack(type, numbers);
  if (isExternal) {
    const offset = Number(place.get('offset') ?? 0);
    content = external({
      location: place.get('location') ?? '',
      offset,
      length: Number(place.get('length') ?? length),
    });
  }
  if (content.length !== length) throw wrong(name, `${length} bytes expected by its shape, ${content.length} found`);
  return { name, type, dims, bytes: content };
}
