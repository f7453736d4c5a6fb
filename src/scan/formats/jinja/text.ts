// What Python's string methods and Jinja's filters make of texts that are known: enough of them to follow a name that is put together.
import { type Value, SOME_TEXT, UNKNOWN, itemsOf, join, partly, piecesOf, string } from './value.ts';

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
const reverse = (text: string): string => [...text].reverse().join('');
const textOf = (value: Value | undefined): string | undefined => (value?.kind === 'string' ? value.text : undefined);

function strip(text: string, chars: string | undefined, ends: 'both' | 'left' | 'right'): string {
  const drops = (char: string): boolean => (chars === undefined ? char.trim() === '' : chars.includes(char));
  let from = 0;
  let to = text.length;
  if (ends !== 'right') while (from < to && drops(text[from]!)) from++;
  if (ends !== 'left') while (to > from && drops(text[to - 1]!)) to--;
  return text.slice(from, to);
}

type Fold = (text: string, args: readonly Value[]) => Value | string | undefined;

const replace: Fold = (text, [from, to]) => {
  const [sought, put] = [textOf(from), textOf(to)];
  if (sought === undefined || put === undefined) return undefined;
  return text.replaceAll(sought, () => put);
};

const split: Fold = (text, [separator]) => {
  const by = textOf(separator);
  const parts = separator === undefined ? text.split(/\s+/) : by === undefined ? undefined : text.split(by);
  return parts === undefined ? undefined : { kind: 'list', items: parts.slice(0, 1000).map(string) };
};

const joined: Fold = (text, [list]) => {
  const items = list === undefined ? undefined : itemsOf(list);
  return items === undefined ? undefined : joinAll(items, string(text));
};

/** What is the same as a method and as a filter. */
const BOTH: Readonly<Record<string, Fold>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  title: (text) => text.toLowerCase().replace(/\p{L}+/gu, capitalize),
  capitalize,
  replace,
};

const METHODS: Readonly<Record<string, Fold>> = {
  ...BOTH,
  casefold: (text) => text.toLowerCase(),
  swapcase: (text) =>
    text.replace(/\p{L}/gu, (char) => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase())),
  strip: (text, [chars]) => strip(text, textOf(chars), 'both'),
  lstrip: (text, [chars]) => strip(text, textOf(chars), 'left'),
  rstrip: (text, [chars]) => strip(text, textOf(chars), 'right'),
  removeprefix: (text, [prefix]) =>
    text.startsWith(textOf(prefix) ?? '\0') ? text.slice(textOf(prefix)!.length) : text,
  removesuffix: (text, [suffix]) =>
    text.endsWith(textOf(suffix) ?? '\0') ? text.slice(0, -textOf(suffix)!.length || undefined) : text,
  split,
  rsplit: split,
  splitlines: (text) => ({ kind: 'list', items: text.split('\n').slice(0, 1000).map(string) }),
  join: joined,
  // Bytes are followed as their text.
  encode: (text) => text,
  decode: (text) => text,
};

const FILTERS: Readonly<Record<string, Fold>> = {
  ...BOTH,
  reverse,
  trim: (text, [chars]) => strip(text, textOf(chars), 'both'),
  string: (text) => text,
  safe: (text) => text,
  e: (text) => text,
  escape: (text) => text,
  forceescape: (text) => text,
  striptags: (text) => strip(text.replace(/<[^<>]{0,200}>/g, ''), undefined, 'both'),
  list: (text) => ({ kind: 'list', items: [...text].map(string) }),
  first: (text) => [...text][0],
  last: (text) => [...text].at(-1),
  truncate: (text, [length, whole, end]) => {
    if (length?.kind !== 'number' || (whole !== undefined && whole.kind !== 'plain')) return undefined;
    const tail = textOf(end) ?? '...';
    return text.length <= length.number ? text : text.slice(0, Math.max(0, length.number - tail.length)) + tail;
  },
  join: (text, [separator]) => (separator === undefined ? text : [...text].join(textOf(separator) ?? '')),
};

const lift = (made: Value | string | undefined): Value =>
  made === undefined ? SOME_TEXT : typeof made === 'string' ? string(made) : made;

/** What a method of a known string returns; some text or other where it is not followed. */
export function callMethod(text: string, name: string, args: readonly Value[]): Value {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  return method === undefined ? SOME_TEXT : lift(method(text, args));
}

/** Texts joined by a separator. */
export function joinAll(items: readonly Value[], separator: Value): Value {
  let all: Value = string('');
  for (const [index, item] of items.slice(0, 2000).entries())
    all = join(index === 0 ? all : join(all, separator), item);
  return all;
}

const LIST_FILTERS: Readonly<Record<string, (items: Value[], args: readonly Value[]) => Value>> = {
  join: (items, [separator]) => joinAll(items, separator ?? string('')),
  list: (items) => ({ kind: 'list', items }),
  first: (items) => items[0] ?? UNKNOWN,
  last: (items) => items.at(-1) ?? UNKNOWN,
  reverse: (items) => ({ kind: 'list', items: items.toReversed() }),
  sort: (items) => ({
    kind: 'list',
    items: items.toSorted((a, b) => {
      const [left, right] = [piecesOf(a)[0]!, piecesOf(b)[0]!];
      return left < right ? -1 : left > right ? 1 : 0;
    }),
  }),
  unique: (items) => ({ kind: 'list', items }),
  length: (items) => ({ kind: 'number', number: items.length }),
  count: (items) => ({ kind: 'number', number: items.length }),
  // Tests are not followed: all that may come through does.
  select: (items) => ({ kind: 'list', items }),
  reject: (items) => ({ kind: 'list', items }),
};

/** What a filter makes of a value; unknown where it is not followed. */
export function callFilter(value: Value, name: string, args: readonly Value[]): Value {
  if (value.kind === 'string' && Object.hasOwn(FILTERS, name)) return lift(FILTERS[name]!(value.text, args));
  if (value.kind === 'partly') {
    if (['string', 'safe', 'e', 'escape', 'trim', 'forceescape'].includes(name)) return value;
    if (name === 'lower') return partly(value.pieces.map((piece) => piece.toLowerCase()));
    if (name === 'reverse') return partly(value.pieces.map(reverse).toReversed());
    if (['upper', 'replace', 'title', 'capitalize', 'first', 'last'].includes(name)) return SOME_TEXT;
    return UNKNOWN;
  }
  if ((name === 'default' || name === 'd') && value.kind === 'unknown') return args[0] ?? UNKNOWN;
  if (name === 'string') return partly(piecesOf(value));
  if (name === 'dictsort' && value.kind === 'dict') return callFilter(callFilter(value, 'items', []), 'list', []);
  if (name === 'items' && value.kind === 'dict') {
    return {
      kind: 'list',
      items: [...value.entries].map(([key, held]) => ({ kind: 'list', items: [string(key), held] })),
    };
  }
  const items = itemsOf(value);
  if (items !== undefined && Object.hasOwn(LIST_FILTERS, name)) return LIST_FILTERS[name]!(items, args);
  return UNKNOWN;
}

/** Goes on with a text where it stands. */
function append(pieces: string[], value: Value): void {
  const [first, ...rest] = piecesOf(value);
  pieces[pieces.length - 1] += first!;
  pieces.push(...rest);
}

const PERCENT = /%(?:\((\w{1,80})\))?[-+ #0]{0,5}(\d{0,12})(?:\.\d{1,12})?([a-zA-Z%])/g;

/** `format % values`. */
export function percent(format: string, values: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const pieces: string[] = [''];
  const put = (value: Value): void => append(pieces, value);
  let from = 0;
  let next = 0;
  for (const match of format.matchAll(PERCENT)) {
    put(string(format.slice(from, match.index)));
    from = match.index + match[0].length;
    const [, name, , conversion] = match;
    if (conversion === '%') put(string('%'));
    else {
      const value = name === undefined ? values[next++] : named.get(name);
      if (conversion === 'c' && value?.kind === 'number') put(string(String.fromCodePoint(value.number & 0xffff)));
      else put(value ?? SOME_TEXT);
    }
  }
  put(string(format.slice(from)));
  return partly(pieces);
}

/** Widths that a percent format pads to. */
export const widthsOf = (format: string): number[] => [...format.matchAll(PERCENT)].map(([, , width]) => Number(width));

const FIELD = /\{\{|\}\}|\{([^{}]{0,500})\}/g;

/** The names that fields of a format string go to: `0.a[b]` for `{0.a[b]!r}`. */
export const fieldsOf = (format: string): string[] =>
  [...format.matchAll(FIELD)].flatMap(([, field]) => (field === undefined ? [] : [field.replace(/[!:][^\]]*$/, '')]));

/** `format.format(values)`; what fields reach into is not followed. */
export function braces(format: string, values: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const pieces: string[] = [''];
  const put = (value: Value): void => append(pieces, value);
  let from = 0;
  let next = 0;
  for (const match of format.matchAll(FIELD)) {
    put(string(format.slice(from, match.index)));
    from = match.index + match[0].length;
    if (match[1] === undefined) put(string(match[0][0]!));
    else {
      const [, name = '', conversion] = /^(\w*)(?::(.*))?$/s.exec(match[1]) ?? [];
      const value = name === '' ? values[next++] : /^\d+$/.test(name) ? values[Number(name)] : named.get(name);
      if (conversion === 'c' && value?.kind === 'number') put(string(String.fromCodePoint(value.number & 0xffff)));
      else put(match[1].includes('.') || match[1].includes('[') ? SOME_TEXT : (value ?? SOME_TEXT));
    }
  }
  put(string(format.slice(from)));
  return partly(pieces);
}
