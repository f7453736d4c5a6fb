// Values as a reader of Python would write them, shortened.
import { Global } from './global.ts';
import { Box, Bytes, Made, Unknown, type Value } from './values.ts';

const LONGEST_TEXT = 120;
const DEEPEST = 4;
const MOST_ITEMS = 6;
/** Characters of a whole value. */
const LONGEST = 300;

const BRACKETS = { tuple: '()', list: '[]', dict: '{}', set: '{}' } as const;

const quoted = (text: string): string => {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return `"${cut.replace(/["\\]/g, (sign) => `\\${sign}`)}"`;
};

/** Gives the first bytes of a byte string that stands in the source. */
export type Reader = (bytes: Bytes, most: number) => Uint8Array;

export class Shower {
  readonly #read: Reader;

  constructor(read: Reader) {
    this.#read = read;
  }

  /** A value in one line of at most some hundred characters. */
  value(value: Value, depth = 0): string {
    if (value === null) return 'None';
    if (typeof value === 'string') return quoted(value);
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    if (typeof value !== 'object') return String(value);
    if (value instanceof Global) return value.path;
    if (value instanceof Unknown) return `<${value.what}>`;
    if (value instanceof Bytes) {
      const text = Buffer.from(this.#read(value, LONGEST_TEXT + 1)).toString(value.kind === 'text' ? 'utf8' : 'latin1');
      return `${value.kind === 'text' ? '' : 'b'}${quoted(text)}`;
    }
    if (value instanceof Made) {
      return depth >= DEEPEST ? `${this.value(value.by, depth)}(…)` : this.call(value.by, value.args, depth + 1);
    }
    const shown = this.#box(value, depth);
    return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
  }

  /** A call as it would stand in Python. */
  call(callable: Value, args: Value, depth = 0): string {
    const known = args instanceof Box && args.kind === 'tuple';
    const shown = known ? this.#box(args, depth) : `(*${this.value(args, depth + 1)})`;
    // A chain of calls is as deep as the file makes it.
    const called = callable instanceof Made && depth >= DEEPEST ? '…' : this.value(callable, depth);
    return `${called}${shown.replace(/,\)$/, ')')}`;
  }

  #box(box: Box, depth: number): string {
    const [open, close] = BRACKETS[box.kind];
    if (box.count === 0) return box.kind === 'set' ? 'set()' : `${open}${close}`;
    if (depth >= DEEPEST) return `${open}…${close}`;
    const parts: string[] = [];
    const step = box.kind === 'dict' ? 2 : 1;
    for (let at = 0; at < box.items.length && at < MOST_ITEMS * step; at += step) {
      const item = this.value(box.items[at]!, depth + 1);
      parts.push(step === 2 ? `${item}: ${this.value(box.items[at + 1]!, depth + 1)}` : item);
    }
    if (box.count > parts.length * step) parts.push('…');
    else if (box.kind === 'tuple' && parts.length === 1) parts[0] += ',';
    return `${open}${parts.join(', ')}${close}`;
  }
}
