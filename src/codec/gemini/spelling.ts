// Google's JSON takes each field in two spellings, lowerCamelCase and the snake_case of its definition (ProtoJSON). What
// is read here under one must not be read there under the other.
import { AncileError, isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import type { Shape } from '../shape.ts';

type Fields = Readonly<Record<string, Shape>>;

/** The spellings of each message made by `both`: what a name comes to without case and `_`, to its field. */
const spellings = new WeakMap<Fields, ReadonlyMap<string, string>>();

const toSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Upper case first: lenient readers fold `ſ` to `s` and the Kelvin sign to `k`. */
const fold = (name: string): string => name.replaceAll('_', '').toUpperCase().toLowerCase();

/** Fields, named in lowerCamelCase, under both spellings. */
export function both(fields: Fields): Fields {
  const all: Record<string, Shape> = {};
  const folded = new Map<string, string>();
  for (const [name, shape] of Object.entries(fields)) {
    all[name] = shape;
    all[toSnake(name)] = shape;
    folded.set(fold(name), name);
  }
  spellings.set(all, folded);
  return all;
}

/** The value of a field of a message, under whichever spelling it has. */
export function member(message: Json, name: string): unknown {
  return message[memberName(message, name)];
}

/** The spelling that a field of a message has. */
export function memberName(message: Json, name: string): string {
  if (Object.hasOwn(message, name)) return name;
  const snake = toSnake(name);
  return Object.hasOwn(message, snake) ? snake : name;
}

/** A repeated field: Google's reader takes a single value in place of a list. */
export function oneOrMany(shape: Shape): Shape {
  return { ...shape, items: shape };
}

/**
 * Refuses messages that give a field in both spellings, or in a third. Only messages made by `both` are looked into:
 * names in free maps (arguments, schemas) are the caller's own.
 * @throws AncileError `request_invalid`
 */
export function checkSpellings(value: unknown, shape: Shape, at: string): void {
  if (Array.isArray(value)) {
    const { items } = shape;
    if (items !== undefined) value.forEach((each, i) => checkSpellings(each, items, `${at}[${i}]`));
    return;
  }
  if (!isObject(value)) return;
  const { fields } = shape.pick?.(value) ?? shape;
  const known = fields === undefined ? undefined : spellings.get(fields);
  if (fields === undefined || known === undefined) return;
  const seen = new Set<string>();
  for (const name of Object.keys(value)) {
    const field = known.get(fold(name));
    if (field === undefined) continue;
    const place = at === '' ? field : `${at}.${field}`;
    if (seen.has(field) || !Object.hasOwn(fields, name)) {
      throw new AncileError('request_invalid', `${place} is given twice, or in a spelling of its own`, {
        at: place,
        hint: `Write it once, as "${field}".`,
      });
    }
    seen.add(field);
    checkSpellings(value[name], fields[field]!, place);
  }
}
