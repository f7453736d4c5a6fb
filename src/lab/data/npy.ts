// numpy's .npy arrays as numbers: every size is held against the bytes that are there before anything of it is allocated, and
// arrays of objects (pickles) are never looked into. Source: numpy.lib.format, versions 1 to 3.
import { AncileError } from '../../base/index.ts';
import { type Bytes, Cursor, Malformed, type PythonLiteral, parsePythonLiteral } from '../../reader/index.ts';

const MAGIC = '\x93NUMPY';
const MOST_HEADER = 1 << 16;
const MOST_DIMENSIONS = 16;
/** Numbers in one array: 2 GB as float32. */
const MOST_NUMBERS = 2 ** 29;
/** Bytes converted at a time. */
const BLOCK = 1 << 20;

/** An array, row-major whatever the file's order. */
export interface NumericArray {
  /** As numpy names it, without byte order: `f4`, `i8`. */
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

interface Header {
  readonly type: string;
  readonly size: number;
  readonly little: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

type Read = (view: DataView, offset: number, little: boolean) => number;

/** Half precision, exactly (IEEE 754 binary16). */
function readHalf(view: DataView, offset: number, little: boolean): number {
  const bits = view.getUint16(offset, little);
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const READERS: Readonly<Record<string, Read>> = {
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  f2: readHalf,
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

const refuse = (name: string, message: string, hint?: string): AncileError =>
  new AncileError('request_invalid', `array ${name}: ${message}`, {
    at: name,
    ...(hint === undefined ? {} : { hint }),
  });

function toHeader(literal: PythonLiteral | undefined, name: string): Header {
  if (!(literal instanceof Map)) throw refuse(name, 'its header is no description of an array');
  const [description, shape, fortran] = [literal.get('descr'), literal.get('shape'), literal.get('fortran_order')];
  if (description === '|O' || (typeof description === 'string' && /O/.test(description))) {
    throw refuse(
      name,
      'it holds Python objects, which are never unpickled',
      'Save it as numbers: x.astype("float32").',
    );
  }
  const parts = typeof description === 'string' ? /^([<>|=])([a-z]\d+)$/.exec(description) : null;
  const type = parts?.[2];
  if (parts === null || type === undefined || !Object.hasOwn(READERS, type)) {
    const said = typeof description === 'string' ? description.slice(0, 40) : 'a structure';
    throw refuse(name, `expected numbers (float, int, uint or bool), found ${said}`);
  }
  if (
    !Array.isArray(shape) ||
    shape.length > MOST_DIMENSIONS ||
    !shape.every((extent) => typeof extent === 'number' && Number.isSafeInteger(extent) && extent >= 0)
  ) {
    throw refuse(name, 'its shape is none');
  }
  return {
    type,
    size: Number(type.slice(1)),
    little: parts[1] !== '>',
    fortran: fortran === true,
    shape: shape as number[],
  };
}

function readHeader(cursor: Cursor, name: string): Header {
  if (Buffer.from(cursor.bytes(MAGIC.length)).toString('latin1') !== MAGIC) throw refuse(name, 'it is no .npy array');
  const major = cursor.u8();
  cursor.u8();
  if (major < 1 || major > 3) throw refuse(name, `its format version ${major} is not known`);
  const length = major === 1 ? cursor.u16() : cursor.u32();
  if (length > MOST_HEADER) throw refuse(name, `its header of ${length} bytes is too long`);
  const text = Buffer.from(cursor.bytes(length)).toString(major === 3 ? 'utf8' : 'latin1');
  return toHeader(parsePythonLiteral(text), name);
}

/** Puts what came with the first index running fastest in row-major order. */
function toRowMajor<T extends Float32Array | Float64Array>(data: T, shape: readonly number[]): T {
  const turned = data.slice() as T;
  const strides = shape.map((_, i) => shape.slice(0, i).reduce((product, extent) => product * extent, 1));
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let at = 0; at < turned.length; at++) {
    turned[at] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return turned;
}

/**
 * Reads one array as numbers: as float32, or as float64 where float32 would not hold them (labels, 64-bit numbers).
 * @param name - for errors
 * @throws AncileError `request_invalid` naming the array and what was expected
 */
export function readNpy(bytes: Bytes, name: string): NumericArray {
  const cursor = new Cursor(bytes);
  let header: Header;
  try {
    header = readHeader(cursor, name);
  } catch (thrown) {
    throw thrown instanceof Malformed ? refuse(name, thrown.message) : thrown;
  }
  const { type, size, little, fortran, shape } = header;
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (count > MOST_NUMBERS) throw refuse(name, `${count} numbers are more than the ${MOST_NUMBERS} that are read`);
  const there = bytes.size - cursor.offset;
  if (count * size > there) {
    throw refuse(name, `its shape [${shape.join(', ')}] takes ${count * size} bytes, and ${there} are there`);
  }
  const wide = ['f8', 'i4', 'u4', 'i8', 'u8'].includes(type);
  const data = wide ? new Float64Array(count) : new Float32Array(count);
  const read = READERS[type]!;
  const perBlock = Math.floor(BLOCK / size);
  for (let at = 0; at < count; at += perBlock) {
    const wanted = Math.min(perBlock, count - at);
    const block = bytes.read(cursor.offset + at * size, wanted * size);
    if (block.length < wanted * size) throw refuse(name, 'it ends before its end');
    if (type === 'f4' && little) {
      // The usual case: as they lie.
      new Uint8Array(data.buffer, at * size, block.length).set(block);
      continue;
    }
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    for (let i = 0; i < wanted; i++) data[at + i] = read(view, i * size, little);
  }
  return { type, shape, data: fortran && shape.length > 1 ? toRowMajor(data, shape) : data };
}

/** An array as .npy, version 1, C order, little-endian. */
export function renderNpy(data: Float32Array | Int32Array, shape: readonly number[]): Buffer {
  const type = data instanceof Float32Array ? '<f4' : '<i4';
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${extents}), }`;
  // The numbers begin at a multiple of 64, as numpy has it.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10);
  head.write(`${MAGIC}\x01\x00`, 'latin1');
  head.writeUInt16LE(length, 8);
  const numbers = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1'), numbers]);
}
