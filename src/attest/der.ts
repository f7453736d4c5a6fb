// The few pieces of DER that certificates are checked by and Node does not show. Definite lengths, bounds checked.
import { malformed } from './refused.ts';

export interface DerValue {
  readonly tag: number;
  readonly bytes: Buffer;
}

export const SEQUENCE = 0x30;
export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_ID = 0x06;

/** The values that stand one after another in `bytes`. */
export function readDer(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!;
    let length = bytes[at + 1] ?? malformed('a certificate ends within a value');
    at += 2;
    if ((tag & 0x1f) === 0x1f || length > 0x84 || length === 0x80) malformed('a certificate has an unusual encoding');
    if (length > 0x80) {
      const size = length & 0x7f;
      if (at + size > bytes.length) malformed('a certificate ends within a length');
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    if (at + length > bytes.length) malformed('a certificate ends within a value');
    values.push({ tag, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}

/** The value at a place, which must have that tag. */
export function expectDer(value: DerValue | undefined, tag: number): Buffer {
  return value?.tag === tag ? value.bytes : malformed('a certificate is not of its form');
}

/** An object identifier in dotted form. */
export function toOid(bytes: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of bytes) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const first = arcs.shift() ?? 0;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...arcs].join('.');
}
