// What tests of configurations and containers of values scan, and the numbers that their writers put together.
import { inflateRawSync } from 'node:zlib';
import type { FileReport } from '../../contract/index.ts';
import { type Scanner, examine } from '../examine.ts';
import { shippedScanner } from '../shipped.ts';
import { MemorySource } from '../source.ts';

let scanner: Scanner | undefined;

/** Bytes, text, or a value that is written as JSON. */
export type Content = Uint8Array | string | object;

const toBytes = (content: Content): Uint8Array =>
  content instanceof Uint8Array
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));

/** The report of a file under a name. */
export const scanBytes = (name: string, content: Content): Omit<FileReport, 'sha256'> =>
  examine((scanner ??= shippedScanner()), name, new MemorySource(toBytes(content)));

/** Rules that found something worse than a note, each once, with their severity: `high keras.module`. */
export const alarms = (name: string, content: Content): string[] => {
  const found = scanBytes(name, content).findings.filter(({ severity }) => severity !== 'info' && severity !== 'low');
  return [...new Set(found.map(({ rule, severity }) => `${severity} ${rule}`))].sort();
};

/** Every rule that found something. */
export const rulesOf = (name: string, content: Content): string[] =>
  [...new Set(scanBytes(name, content).findings.map(({ rule }) => rule))].sort();

export const u8 = (...values: number[]): Buffer => Buffer.from(values);

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

export function i32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function u64be(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** The members of a zip, by their local headers: enough for archives that were written in one go. */
export function zipMembers(bytes: Buffer): [name: string, content: Buffer][] {
  const members: [string, Buffer][] = [];
  for (let at = 0; at + 30 < bytes.length && bytes.readUInt32LE(at) === 0x04034b50;) {
    const [size, name, extra] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)];
    const from = at + 30 + name + extra;
    const stored = bytes.subarray(from, from + size);
    const isDeflated = bytes.readUInt16LE(at + 8) === 8;
    members.push([bytes.toString('utf8', at + 30, at + 30 + name), isDeflated ? inflateRawSync(stored) : stored]);
    at = from + size;
  }
  return members;
}
