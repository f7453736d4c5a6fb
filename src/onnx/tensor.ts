// Tensors from numbers and back.
import { BOOL, DOUBLE, FLOAT, FLOAT16, INT32, INT64, INT8, type Tensor, UINT8 } from './model.ts';

function rawOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

export function floatTensor(name: string, dims: readonly number[], numbers: ArrayLike<number>): Tensor {
  return { name, type: FLOAT, dims, bytes: rawOf(Float32Array.from(numbers)) };
}

export function intTensor(name: string, dims: readonly number[], numbers: readonly number[]): Tensor {
  const whole = BigInt64Array.from(numbers, (value) => (value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value)));
  return { name, type: INT64, dims, bytes: rawOf(whole) };
}

/** A number in the type of what it is joined with. */
export function scalarTensor(name: string, type: number, value: number): Tensor {
  if (type === FLOAT16) throw new Error('widened before');
  const bytes =
    type === DOUBLE
      ? rawOf(Float64Array.of(value))
      : type === INT64
        ? rawOf(BigInt64Array.of(BigInt(value)))
        : type === INT32
          ? rawOf(Int32Array.of(value))
          : type === UINT8 || type === BOOL
            ? Uint8Array.of(value)
            : type === INT8
              ? rawOf(Int8Array.of(value))
              : rawOf(Float32Array.of(value));
  return { name, type, dims: [], bytes };
}

/** The bytes in a buffer of their own, as a view of wider numbers needs them. A `Buffer`'s slice would be the whole file's. */
export function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** The numbers of a tensor of floats or whole numbers; undefined for other types. Large whole numbers are rounded. */
export function numbersOfTensor({ type, bytes }: Tensor): ArrayLike<number> | undefined {
  const buffer = ownBuffer(bytes);
  switch (type) {
    case FLOAT:
      return new Float32Array(buffer);
    case DOUBLE:
      return new Float64Array(buffer);
    case INT64:
      return Array.from(new BigInt64Array(buffer), Number);
    case INT32:
      return new Int32Array(buffer);
    case INT8:
      return new Int8Array(buffer);
    case UINT8:
    case BOOL:
      return new Uint8Array(buffer);
    case FLOAT16:
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    default:
      return undefined;
  }
}

/** A half-precision number from its bits (IEEE 754). */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
