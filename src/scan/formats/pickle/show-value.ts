// Values as a reader of Python would write them, shortened.
import { Global } from './global.ts';
import { Box, Bytes, Made, Unknown, type Value } from './values.ts';

const LONGEST_TEXT = 120;
const DEEPEST = 4;
const MOST_ITEMS = 6;
/** Characters of a whole value. */
const LONGEST = 300;

const quoted = (text: string): string => {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  return `"${cut.replace(/["\\]/g, (sign) => `\\${sign}`)}"`;
};

const BRACKETS = { tuple: '()', list: '[]', dict: '{}', set: '{}' } as const;

function shownBox(box: Box, depth: number): string {
  const [open, close] = BRACKETS[box.kind];
  if (box.count === 0) return box.kind === 'set' ? 'set()' : `${open}${close}`;
  if (depth >= DEEPEST) return `${open}…${close}`;
  const parts: string[] = [];
  const step = box.kind === 'dict' ? 2 : 1;
  for (let at = 0; at < box.items.length && at < MOST_ITEMS * step; at += step) {
    const item = showValue(box.items[at]!, depth + 1);
    parts.push(step === 2 ? `${item}: ${showValue(box.items[at + 1]!, depth + 1)}` : item);
  }
  if (box.count > parts.length * step) parts.push('…');
  else if (box.kind === 'tuple' && parts.length === 1) parts[0] += ',';
  return `${open}${parts.join(', ')}${close}`;
}

/** A value in one line of at most some hundred characters. */
export function showValue(value: Value, depth = 0): string {
  if (value === null) return 'None';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Global) return value.path;
  if (value instanceof Bytes) {
    const { data, length, kind } = value;
    return data === undefined
      ? `<${length} ${kind === 'text' ? 'characters' : 'bytes'}>`
      : `b${quoted(Buffer.from(data).toString('latin1'))}`;
  }
  if (value instanceof Unknown) return `<${value.what}>`;
  if (value instanceof Made)
    return depth >= DEEPEST ? `${showValue(value.by, depth)}(…)` : showCall(value.by, value.args, depth + 1);
  const shown = shownBox(value, depth);
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

/** A call as it would stand in Python. */
export function showCall(callable: Value, args: Value, depth = 0): string {
  const shown =
    args instanceof Box && args.kind === 'tuple' ? shownBox(args, depth) : `(*${showValue(args, depth + 1)})`;
  return `${showValue(callable, depth)}${shown.replace(/,\)$/, ')')}`;
}
