// UBJSON as a tree, in the dialect of XGBoost: big-endian, with counted and typed lists. Long rows of numbers are stepped over.
import { Cursor } from './cursor.ts';
import type { Bytes } from './bytes.ts';
import type { JsonList, JsonObject, JsonTree } from './json-tree.ts';

const MOST_STRING = 8 << 20;
/** Plain values of one list that are kept. */
const MOST_PLAIN = 10_000;
const DEEPEST = 200;
const MOST_NODES = 300_000;

const SIZES: Readonly<Record<string, number>> = {
  i: 1,
  U: 1,
  C: 1,
  I: 2,
  l: 4,
  L: 8,
  d: 4,
  D: 8,
  T: 0,
  F: 0,
  Z: 0,
  N: 0,
};

interface Open {
  readonly in: JsonObject | JsonList;
  /** Values that are still to come, where they were counted. */
  left: number | undefined;
  readonly type: string | undefined;
  name: string;
  plain: number;
}

/** A length: any integer, never negative. */
function length(cursor: Cursor, type = String.fromCharCode(cursor.u8())): number {
  const value = number(cursor, type);
  if (typeof value !== 'number' || value < 0 || !Number.isSafeInteger(value))
    throw cursor.malformed('a length is none');
  return value;
}

function number(cursor: Cursor, type: string): JsonTree {
  if (type === 'U' || type === 'C') return cursor.u8();
  if (type === 'i') return (cursor.u8() << 24) >> 24;
  if (type === 'I') return (cursor.u16(false) << 16) >> 16;
  if (type === 'l') return cursor.i32(false);
  if (type === 'L') return Number(BigInt.asIntN(64, cursor.u64(false)));
  if (type === 'd') {
    const { buffer, byteOffset } = cursor.bytes(4);
    return new DataView(buffer, byteOffset).getFloat32(0);
  }
  if (type === 'D') return cursor.f64(false);
  if (type === 'T') return true;
  if (type === 'F') return false;
  if (type === 'Z' || type === 'N') return null;
  throw cursor.malformed(`a value has the type ${JSON.stringify(type)}, which there is not`);
}

function string(cursor: Cursor, bytes: Bytes): string {
  const size = length(cursor);
  if (size > bytes.size - cursor.offset) throw cursor.malformed('a string is longer than the file');
  const at = cursor.offset;
  cursor.skip(size);
  return Buffer.from(bytes.read(at, Math.min(size, MOST_STRING))).toString('utf8');
}

/** The type and the count that an opening bracket may be followed by. */
function header(cursor: Cursor): { type: string | undefined; left: number | undefined } {
  let type: string | undefined;
  let next = cursor.u8();
  if (next === 36) {
    type = String.fromCharCode(cursor.u8());
    next = cursor.u8();
    if (next !== 35) throw cursor.malformed('a typed list has no count');
  }
  if (next === 35) return { type, left: length(cursor) };
  cursor.offset--;
  return { type, left: undefined };
}

/**
 * Reads one value of UBJSON.
 * @param step - called with the work that a value was
 * @throws Malformed where the bytes are none, or count more than there is
 */
export function readUbjson(bytes: Bytes, step: (work: number) => void): JsonTree {
  const cursor = new Cursor(bytes);
  const stack: Open[] = [];
  let root: JsonTree = null;
  let nodes = 0;

  const put = (value: JsonTree): void => {
    const top = stack.at(-1);
    if (top === undefined) {
      root = value;
      return;
    }
    const isPlain = typeof value !== 'object' || value === null;
    if (isPlain && (top.in.kind === 'list' || typeof value !== 'string') && ++top.plain > MOST_PLAIN) return;
    if (++nodes > MOST_NODES) throw cursor.malformed('it holds more values than are kept');
    if (top.in.kind === 'list') top.in.items.push(value);
    else top.in.entries.push([top.name, value]);
  };

  /** A value of a type; whether it was opened rather than read. */
  const value = (type: string): boolean => {
    step(1);
    if (type !== '{' && type !== '[') {
      put(type === 'S' || type === 'H' ? string(cursor, bytes) : number(cursor, type));
      return false;
    }
    if (stack.length >= DEEPEST) throw cursor.malformed(`it is nested more than ${DEEPEST} deep`);
    const at = cursor.offset - 1;
    const opened: JsonObject | JsonList =
      type === '{' ? { kind: 'object', at, entries: [] } : { kind: 'list', at, items: [] };
    put(opened);
    const { type: inner, left } = header(cursor);
    const size = inner === undefined ? undefined : SIZES[inner];
    if (left !== undefined && type === '[' && size !== undefined && opened.kind === 'list') {
      if (left * size > bytes.size - cursor.offset) throw cursor.malformed('a list counts more than there is');
      const kept = Math.min(left, MOST_PLAIN);
      step(kept >> 3);
      for (let count = 0; count < kept; count++) opened.items.push(number(cursor, inner!));
      cursor.skip((left - kept) * size);
      return false;
    }
    if (left !== undefined && left > bytes.size - cursor.offset)
      throw cursor.malformed('it counts more values than there are bytes');
    stack.push({ in: opened, left, type: inner, name: '', plain: 0 });
    return true;
  };

  value(String.fromCharCode(cursor.u8()));
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.left === 0) {
      stack.pop();
      continue;
    }
    if (top.left === undefined) {
      const mark = cursor.u8();
      if (mark === 78) continue;
      if (mark === (top.in.kind === 'list' ? 93 : 125)) {
        stack.pop();
        continue;
      }
      cursor.offset--;
    } else top.left--;
    if (top.in.kind === 'object') top.name = string(cursor, bytes);
    value(top.type ?? String.fromCharCode(cursor.u8()));
  }
  return root;
}
