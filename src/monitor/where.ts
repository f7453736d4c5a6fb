// Conditions on one record, as rules write them: `field|modifier: value`, all of which must hold, and `all`, `any`, `not`.
// No pattern here can do more work than the text is long.
import { RuleFault } from '../detect/index.ts';
import type { MonitorEvent } from './event.ts';
import { type Kind, type Scalar, findFieldFault, toField, toPath } from './field.ts';

export type Predicate = (event: MonitorEvent) => boolean;

/** A field that must have one of these values, or the record does not meet the condition: what records are sorted by. */
export interface Gate {
  readonly field: string;
  readonly values: readonly string[];
}

export interface Where {
  readonly test: Predicate;
  readonly gates: readonly Gate[];
}

type Path = readonly (string | number)[];
type Values = (value: unknown) => boolean;

const MAX_DEPTH = 6;
const MAX_ENTRIES = 40;
const MAX_LIST = 500;
const MODIFIERS = [
  'in',
  'not',
  'contains',
  'startswith',
  'endswith',
  'glob',
  'gt',
  'gte',
  'lt',
  'lte',
  'exists',
  'every',
  'some',
] as const;
type Modifier = (typeof MODIFIERS)[number];

const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value);

function scalarsOf(value: unknown, path: Path): Scalar[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  if (list.length === 0 || list.length > MAX_LIST) throw new RuleFault(path, `expected 1 to ${MAX_LIST} values`);
  for (const each of list) if (!isScalar(each)) throw new RuleFault(path, 'expected a text, a number or true/false');
  return list as Scalar[];
}

const textsIn = (value: unknown, path: Path): string[] =>
  scalarsOf(value, path).map((each) => {
    if (typeof each !== 'string' || each === '') throw new RuleFault(path, 'expected a text');
    return each.toLowerCase();
  });

function numberIn(value: unknown, path: Path): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new RuleFault(path, 'expected a number');
  return value;
}

/** `*` stands for any characters. Pieces are looked for from the left, which never goes back. */
function toGlob(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*');
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}

function toValues(modifier: Exclude<Modifier, 'exists' | 'some' | 'not'>, given: unknown, path: Path): Values {
  const onText =
    (tests: readonly ((text: string) => boolean)[]): Values =>
    (value) => {
      if (typeof value !== 'string') return false;
      const text = value.toLowerCase();
      return tests.some((test) => test(text));
    };
  switch (modifier) {
    case 'in':
    case 'every': {
      const scalars = scalarsOf(given, path);
      if (scalars.length === 1) {
        const [only] = scalars;
        return (value) => value === only;
      }
      const set = new Set<unknown>(scalars);
      return (value) => set.has(value);
    }
    case 'contains':
      return onText(textsIn(given, path).map((part) => (text) => text.includes(part)));
    case 'startswith':
      return onText(textsIn(given, path).map((part) => (text) => text.startsWith(part)));
    case 'endswith':
      return onText(textsIn(given, path).map((part) => (text) => text.endsWith(part)));
    case 'glob':
      return onText(textsIn(given, path).map(toGlob));
    default: {
      const bound = numberIn(given, path);
      if (modifier === 'gt') return (value) => typeof value === 'number' && value > bound;
      if (modifier === 'gte') return (value) => typeof value === 'number' && value >= bound;
      if (modifier === 'lt') return (value) => typeof value === 'number' && value < bound;
      return (value) => typeof value === 'number' && value <= bound;
    }
  }
}

function splitKey(key: string, path: Path): { readonly name: string; readonly modifier: Modifier } {
  const [name = '', modifier = 'in', ...more] = key.split('|');
  if (more.length > 0 || !(MODIFIERS as readonly string[]).includes(modifier)) {
    throw new RuleFault(
      path,
      `no modifier is written "${key.slice(name.length, 60)}"; there is: ${MODIFIERS.join(', ')}`,
    );
  }
  return { name, modifier: modifier as Modifier };
}

/** A reader of values: of a record's field, or of what lies below an element of a list. */
type Reader<T> = (name: string, path: Path) => (subject: T, test: Values) => boolean;

function compileEntry<T>(key: string, given: unknown, path: Path, read: Reader<T>): (subject: T) => boolean {
  const { name, modifier } = splitKey(key, path);
  const field = read(name, path);
  if (modifier === 'exists') {
    if (typeof given !== 'boolean') throw new RuleFault(path, 'expected true or false');
    return (subject) => field(subject, () => true) === given;
  }
  if (modifier === 'some') {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw new RuleFault(path, 'expected conditions on one element of the list');
    }
    const tests = Object.entries(given).map(([part, value]) =>
      compileEntry<unknown>(part, value, [...path, part], (below, at) => {
        // Whether there is such a field is asked of the whole path.
        read(`${name}.${below}`, at);
        return toPath(below);
      }),
    );
    return (subject) => field(subject, (element) => tests.every((test) => test(element)));
  }
  if (modifier === 'not') {
    const test = toValues('in', given, path);
    return (subject) => !field(subject, test);
  }
  const test = toValues(modifier, given, path);
  if (modifier !== 'every') return (subject) => field(subject, test);
  return (subject) => field(subject, () => true) && !field(subject, (value) => !test(value));
}

/** What an entry says of the values that a field must have. */
function gatesOf(key: string, given: unknown): Gate[] {
  const [name = '', modifier = 'in'] = key.split('|');
  if (modifier === 'some') {
    return Object.entries(given as object).flatMap(([below, value]) =>
      gatesOf(below, value).map(({ field, values }) => ({ field: `${name}.${field}`, values })),
    );
  }
  const values = Array.isArray(given) ? (given as unknown[]) : [given];
  if (modifier !== 'in' || !values.every((value) => typeof value === 'string')) return [];
  return [{ field: name, values }];
}

/**
 * Compiles conditions on records of these kinds.
 * @throws RuleFault at what cannot be
 */
export function compileWhere(given: unknown, kinds: readonly Kind[], path: Path, depth = 0): Where {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new RuleFault(path, 'expected fields and what they must be');
  }
  const entries = Object.entries(given);
  if (depth > MAX_DEPTH) throw new RuleFault(path, `nested deeper than ${MAX_DEPTH}`);
  if (entries.length > MAX_ENTRIES) throw new RuleFault(path, `more than ${MAX_ENTRIES} conditions`);
  const read: Reader<MonitorEvent> = (name, at) => {
    const fault = findFieldFault(name, kinds);
    if (fault !== undefined) throw new RuleFault(at, fault);
    return toField(name);
  };
  const tests: Predicate[] = [];
  const gates: Gate[] = [];
  for (const [key, value] of entries) {
    const at = [...path, key];
    if (key === 'not') {
      const { test } = compileWhere(value, kinds, at, depth + 1);
      tests.push((event) => !test(event));
    } else if (key === 'all' || key === 'any') {
      if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ENTRIES) {
        throw new RuleFault(at, `expected a list of 1 to ${MAX_ENTRIES} conditions`);
      }
      const parts = value.map((each, i) => compileWhere(each, kinds, [...at, i], depth + 1));
      if (key === 'all') for (const part of parts) gates.push(...part.gates);
      tests.push(
        key === 'all'
          ? (event) => parts.every(({ test }) => test(event))
          : (event) => parts.some(({ test }) => test(event)),
      );
    } else {
      tests.push(compileEntry(key, value, at, read));
      gates.push(...gatesOf(key, value));
    }
  }
  const [only] = tests;
  const test: Predicate =
    only === undefined ? () => true : tests.length === 1 ? only : (event) => tests.every((each) => each(event));
  return { test, gates };
}
