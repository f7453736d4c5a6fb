// What a pickle's stack holds while it is followed without being run: constants as they are, everything else by where it came from.
import type { Global } from './global.ts';

/** Items of a container that are kept, of a dict pairs: enough to show, and to judge by. */
const KEPT = 16;
/** Attributes that the unpickler, or whoever uses the object, calls or goes by. */
export const CALLED: ReadonlySet<string> = new Set(
  (
    '__setstate__ __reduce__ __reduce_ex__ __class__ __call__ __getattr__ __getattribute__ __init__ __new__ __del__ __get__ __code__ ' +
    '__globals__ __builtins__ __subclasshook__ __init_subclass__ __bases__ __mro__ __import__ __copy__ __deepcopy__ __array__ ' +
    '__torch_function__ append extend add'
  ).split(' '),
);
/** Keys of state that are judged wherever they stand: see state.ts and arrays.ts. */
const WATCHED: ReadonlySet<string> = new Set([
  ...CALLED,
  '_parse_arg_template',
  'formula',
  'dtype',
  'shape',
  'default_factory',
  'filename',
  '__cuda_dependent_attributes__',
  'numpy_array_alignment_bytes',
]);

export type Value = null | boolean | number | bigint | string | Bytes | Box | Global | Made | Unknown;

/** A byte string, or a text too long to keep. Its content stays in the source until someone asks. */
export class Bytes {
  readonly offset: number;
  readonly length: number;
  readonly kind: 'bytes' | 'text';
  /** Content that does not stand in the source as it is: a text encoded by the pickle. */
  readonly data: Uint8Array | undefined;

  constructor(offset: number, length: number, kind: 'bytes' | 'text' = 'bytes', data?: Uint8Array) {
    this.offset = offset;
    this.length = length;
    this.kind = kind;
    this.data = data;
  }
}

export type BoxKind = 'tuple' | 'list' | 'dict' | 'set';

const NO_ITEMS: Value[] = [];

/** A container. Of a dict, keys and values lie alternately in `items`. */
export class Box {
  readonly kind: BoxKind;
  /** The first of its items. */
  items: Value[] = NO_ITEMS;
  /** Of all items. */
  count = 0;
  /** Values that a walk visits which follows every reference anew. */
  size = 1;
  depth = 1;

  constructor(kind: BoxKind) {
    this.kind = kind;
  }

  /** Adds values that lie on a stack from `start` on: of a dict, keys and values in turn. */
  extend(stack: readonly Value[], start: number): void {
    const pairs = this.kind === 'dict';
    const end = pairs ? stack.length - ((stack.length - start) % 2) : stack.length;
    const room = (pairs ? 2 * KEPT : KEPT) - this.items.length;
    // A slice takes no more memory than it needs, which pushing does.
    if (room > 0) {
      const kept = stack.slice(start, Math.min(end, start + room));
      this.items = this.items.length === 0 ? kept : this.items.concat(kept);
    }
    for (let at = start; at < end; at++) {
      const value = stack[at]!;
      if (value instanceof Box) {
        this.size += value.size;
        if (value.depth >= this.depth) this.depth = value.depth + 1;
      } else this.size++;
      if (pairs && at >= start + room && (at - start) % 2 === 0 && typeof value === 'string' && WATCHED.has(value))
        this.#watch(value, stack[at + 1]!);
    }
    this.count += end - start;
  }

  /** Keeps the latest value of a key, behind those that were kept because they came first. */
  #watch(key: string, value: Value): void {
    for (let at = 2 * KEPT; at < this.items.length; at += 2) {
      if (this.items[at] === key) {
        this.items[at + 1] = value;
        return;
      }
    }
    this.items.push(key, value);
  }

  /** The value of a string key, as far as it was kept. The latest counts. */
  get(key: string): Value | undefined {
    for (let at = this.items.length - 2; at >= 0; at -= 2) if (this.items[at] === key) return this.items[at + 1];
    return undefined;
  }
}

/** What a call gave back, or an instance that was made. */
export class Made {
  /** What was called; a computed callable is a value of its own. */
  readonly by: Global | Made | Unknown;
  readonly args: Value;
  /** What BUILD gave it. */
  state: Value | undefined;
  /** How many calls of what calls gave back led to it. */
  readonly chain: number;

  constructor(by: Global | Made | Unknown, args: Value) {
    this.by = by;
    this.chain = by instanceof Made ? by.chain + 1 : 0;
    this.args = args;
  }
}

/** Something that only the loader knows. */
export class Unknown {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

export const boxOf = (kind: BoxKind, values: readonly Value[]): Box => {
  const box = new Box(kind);
  box.extend(values, 0);
  return box;
};

/** The global that a value goes back to, where there is one. */
export function originOf(value: Value): Global | undefined {
  let at: Value = value;
  for (let hops = 0; at instanceof Made && hops < 16; hops++) at = at.by;
  return at !== null && typeof at === 'object' && 'module' in at ? at : undefined;
}
