// MessagePack, as Flax writes its parameters: walked value by value, counts held against what is there, arrays against their shape.
import { Cursor } from '../../cursor.ts';
import type { Format, Look, Probe } from '../../format.ts';
import { MemorySource, SliceSource, type Source } from '../../source.ts';
import { couldBePickle } from '../hdf5/pickled.ts';

const NAMES = new Set(['.msgpack', '.mpk', '.msgpk', '.flax']);
/** Readers of MessagePack in Python go no deeper than 512 to 1024. */
const DEEPEST = 500;
const MOST_TEXT = 1 << 16;
const MOST_PICKLE = 16 << 20;

/** Extension types of Flax: an array, a complex number, a scalar of numpy. */
const ARRAY = 1;
const SCALAR = 3;

type Item =
  | { readonly kind: 'map'; readonly count: number }
  | { readonly kind: 'list'; readonly count: number }
  | { readonly kind: 'text'; readonly size: number }
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'extension'; readonly size: number; readonly type: number }
  | { readonly kind: 'plain'; readonly value: number | boolean | null };

/** Reads what stands in front of a value's content, and plain values whole. */
function next(cursor: Cursor): Item {
  const byte = cursor.u8();
  if (byte < 0x80) return { kind: 'plain', value: byte };
  if (byte < 0x90) return { kind: 'map', count: byte & 15 };
  if (byte < 0xa0) return { kind: 'list', count: byte & 15 };
  if (byte < 0xc0) return { kind: 'text', size: byte & 31 };
  if (byte >= 0xe0) return { kind: 'plain', value: byte - 256 };
  const size = (bytes: number): number =>
    bytes === 1 ? cursor.u8() : bytes === 2 ? cursor.u16(false) : cursor.u32(false);
  const extension = (length: number): Item => ({ kind: 'extension', size: length, type: (cursor.u8() << 24) >> 24 });
  switch (byte) {
    case 0xc0:
      return { kind: 'plain', value: null };
    case 0xc2:
    case 0xc3:
      return { kind: 'plain', value: byte === 0xc3 };
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return { kind: 'bytes', size: size(1 << (byte - 0xc4)) };
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return extension(size(1 << (byte - 0xc7)));
    case 0xca:
      cursor.u32();
      return { kind: 'plain', value: null };
    case 0xcb:
      cursor.u64();
      return { kind: 'plain', value: null };
    case 0xcc:
    case 0xcd:
    case 0xce:
      return { kind: 'plain', value: size(1 << (byte - 0xcc)) };
    case 0xcf:
      return { kind: 'plain', value: Number(cursor.u64(false)) };
    case 0xd0:
      return { kind: 'plain', value: (cursor.u8() << 24) >> 24 };
    case 0xd1:
      return { kind: 'plain', value: (cursor.u16(false) << 16) >> 16 };
    case 0xd2:
      return { kind: 'plain', value: cursor.i32(false) };
    case 0xd3:
      return { kind: 'plain', value: Number(BigInt.asIntN(64, cursor.u64(false))) };
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return extension(1 << (byte - 0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return { kind: 'text', size: size(1 << (byte - 0xd9)) };
    case 0xdc:
    case 0xdd:
      return { kind: 'list', count: size(byte === 0xdc ? 2 : 4) };
    case 0xde:
    case 0xdf:
      return { kind: 'map', count: size(byte === 0xde ? 2 : 4) };
    default:
      throw cursor.malformed(`the byte ${byte} begins no value`);
  }
}

const WIDTHS: Readonly<Record<string, number>> = {
  float16: 2,
  bfloat16: 2,
  V2: 2,
  float32: 4,
  float64: 8,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
  complex64: 8,
  complex128: 16,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  int4: 1,
  uint4: 1,
};

/** An array of Flax: its shape, the name of its type, its bytes. */
function lookAtArray(bytes: Source, offset: number, look: Look): void {
  look.budget.step(32);
  const cursor = new Cursor(bytes);
  const outer = next(cursor);
  if (outer.kind !== 'list' || outer.count !== 3) throw cursor.malformed('an array of Flax has three parts');
  const shape = next(cursor);
  if (shape.kind !== 'list') throw cursor.malformed('an array of Flax begins with its shape');
  let values = 1;
  for (let at = 0; at < shape.count; at++) {
    look.budget.step();
    const part = next(cursor);
    if (part.kind !== 'plain' || typeof part.value !== 'number') throw cursor.malformed('a shape is made of numbers');
    values *= part.value;
  }
  const named = next(cursor);
  if (named.kind !== 'text' && named.kind !== 'bytes') throw cursor.malformed('an array of Flax names its type');
  const type = Buffer.from(cursor.bytes(Math.min(named.size, 64))).toString('latin1');
  cursor.skip(named.size - Math.min(named.size, 64));
  const data = next(cursor);
  if (data.kind !== 'bytes' && data.kind !== 'text') throw cursor.malformed('an array of Flax ends with its bytes');
  const width = Object.hasOwn(WIDTHS, type) ? WIDTHS[type] : undefined;
  if (width !== undefined && values * width !== data.size) {
    look.report('flax.array', {
      message: `an array of ${values} values of ${type} has ${data.size} bytes`,
      capability: 'exhaust',
      offset,
    });
  } else if (width === undefined && !/^[<>=|]?[a-zA-Z]+\d*(?:_\w+)?$/.test(type)) {
    look.report('flax.array', {
      message: `an array is of the type ${JSON.stringify(type)}, which numpy takes apart`,
      offset,
    });
  } else if (/^[|<>=]?O\d?$|^object/.test(type)) {
    look.report('flax.array', {
      message: 'an array is of Python objects',
      severity: 'high',
      capability: 'deserialize',
      offset,
    });
  }
}

function lookAtBytes(source: Source, at: number, size: number, look: Look): void {
  const head = source.read(at, 2);
  if (head[0] !== 0x80 && head[0] !== 0x28 && head[0] !== 0x63 && head[0] !== 0x5d && head[0] !== 0x7d) return;
  if (size > MOST_PICKLE) return;
  const bytes = source.read(at, size);
  if (couldBePickle(bytes)) look.member(`bytes-at-${at}.pkl`, new MemorySource(bytes));
}

/** The first key of a map, in the head: a short printable text. */
function beginsAsMap(head: Uint8Array): boolean {
  const first = head[0] ?? 0;
  let at: number;
  if (first > 0x80 && first < 0x90) at = 1;
  else if (first === 0xde) at = 3;
  else if (first === 0xdf) at = 5;
  else return false;
  const key = head[at] ?? 0;
  const [from, length] =
    key >= 0xa1 && key < 0xc0 ? [at + 1, key & 31] : key === 0xd9 ? [at + 2, head[at + 1] ?? 0] : [0, 0];
  if (length === 0 || from + length > head.length) return false;
  return head.subarray(from, from + length).every((byte) => byte >= 0x20 && byte < 0x7f);
}

export const msgpack: Format = {
  id: 'flax',
  match({ head, extension }: Probe) {
    if (beginsAsMap(head)) return 'likely';
    const first = head[0] ?? 0;
    return NAMES.has(extension) && first >= 0x80 && first < 0xe0 ? 'likely' : false;
  },
  scan(source, look) {
    const cursor = new Cursor(source);
    /** Values that are still to come, of each open map and list. */
    const open: number[] = [1];
    while (open.length > 0) {
      const left = open.at(-1)!;
      if (left === 0) {
        open.pop();
        continue;
      }
      open[open.length - 1] = left - 1;
      look.budget.step();
      const at = cursor.offset;
      const item = next(cursor);
      if (item.kind === 'map' || item.kind === 'list') {
        const values = item.kind === 'map' ? 2 * item.count : item.count;
        if (values > 16 && source.read(cursor.offset + values - 1, 1).length === 0) {
          throw cursor.malformed(`a ${item.kind} counts ${item.count} values, and the file ends before`);
        }
        if (open.length >= DEEPEST) throw cursor.malformed(`it is nested more than ${DEEPEST} deep`);
        open.push(values);
      } else if (item.kind !== 'plain') {
        const start = cursor.offset;
        if (item.kind === 'bytes' || (item.kind === 'text' && item.size > 2))
          lookAtBytes(source, start, item.size, look);
        if (item.kind === 'extension' && (item.type === ARRAY || item.type === SCALAR)) {
          lookAtArray(new SliceSource(source, start, item.size), at, look);
        } else if (item.kind === 'extension' && item.size <= MOST_TEXT) lookAtBytes(source, start, item.size, look);
        // Last: of a long stream what lies in front of it is gone then.
        if (item.size > 0 && source.read(start + item.size - 1, 1).length === 0) {
          throw cursor.malformed(`a value of ${item.size} bytes goes beyond the file's end`);
        }
        cursor.offset = start + item.size;
      }
    }
    if (source.read(cursor.offset, 1).length > 0) {
      look.report('flax.trailing', { message: 'other bytes follow its end', offset: cursor.offset });
    }
  },
};
