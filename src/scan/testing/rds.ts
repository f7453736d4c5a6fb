// A small writer of R's serialisation, big-endian: the items that R writes, one by one.
import { i32be } from './configs.ts';

const TYPES = { symbol: 1, list: 2, closure: 3, environment: 4, promise: 5, call: 6, string: 16, vector: 19, real: 14 };
const TAG = 1 << 10;

export const NIL = i32be(254);
export const UNBOUND = i32be(252);
export const GLOBAL = i32be(253);

const char = (value: string): Buffer =>
  Buffer.concat([i32be(0x00040009), i32be(Buffer.byteLength(value)), Buffer.from(value)]);
export const symbol = (name: string): Buffer => Buffer.concat([i32be(TYPES.symbol), char(name)]);
export const string = (...values: string[]): Buffer =>
  Buffer.concat([i32be(TYPES.string), i32be(values.length), ...values.map(char)]);
export const reals = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, at) => bytes.writeDoubleBE(value, 8 * at));
  return Buffer.concat([i32be(TYPES.real), i32be(values.length), bytes]);
};
export const vector = (...items: Buffer[]): Buffer =>
  Buffer.concat([i32be(TYPES.vector), i32be(items.length), ...items]);
/** A call: its function and its arguments. */
export const call = (head: Buffer, ...rest: Buffer[]): Buffer =>
  Buffer.concat([i32be(TYPES.call), head, ...rest.flatMap((item) => [i32be(TYPES.list), item]), NIL]);
/** A pairlist of named values. @param levels - of its cells, as active bindings have them */
export const pairlist = (entries: Readonly<Record<string, Buffer>>, levels = 0): Buffer =>
  Buffer.concat([
    ...Object.entries(entries).flatMap(([name, value]) => [
      i32be(TYPES.list | TAG | (levels << 12)),
      symbol(name),
      value,
    ]),
    NIL,
  ]);
export const promise = (code: Buffer, value = UNBOUND): Buffer => Buffer.concat([i32be(TYPES.promise), value, code]);
export const closure = (body: Buffer): Buffer => Buffer.concat([i32be(TYPES.closure | TAG), GLOBAL, NIL, body]);
export const environment = (frame: Buffer): Buffer =>
  Buffer.concat([i32be(TYPES.environment), i32be(0), GLOBAL, frame, NIL, NIL]);
/** A value in a compact form: its class, the package that has it, what it is restored from. */
export const altrep = (name: string, from: string, state: Buffer): Buffer => {
  const cell = i32be(TYPES.list);
  return Buffer.concat([i32be(238), cell, symbol(name), cell, symbol(from), cell, reals(13), NIL, state, NIL]);
};
export const persistent = (name: string): Buffer => Buffer.concat([i32be(247), i32be(0), i32be(1), char(name)]);

const VERSION_2 = Buffer.concat([i32be(2), i32be(0x00040200), i32be(0x00020300)]);

/** A file of one object. */
export const rdsFile = (object: Buffer): Buffer => Buffer.concat([Buffer.from('X\n'), VERSION_2, object]);
/** A workspace. */
export const rdaFile = (variables: Buffer): Buffer => Buffer.concat([Buffer.from('RDX2\nX\n'), VERSION_2, variables]);
