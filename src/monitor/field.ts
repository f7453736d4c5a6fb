// Fields of records by name: what a rule may name, and how its values are read. A list on the way stands for each of its
// elements.
import { z } from 'zod';
import { LedgerRecord } from '../contract/index.ts';
import { ABOUT_FIELDS, type About, type MonitorEvent } from './event.ts';

export type Kind = LedgerRecord['kind'];
export type Scalar = string | number | boolean;

const SCHEMAS: ReadonlyMap<string, z.ZodType> = new Map(
  LedgerRecord.options.map((option) => [option.shape.kind.value, option as z.ZodType]),
);

/** Kinds whose records belong to an exchange, of which `opened.` names the opening. */
const IN_EXCHANGE: ReadonlySet<string> = new Set(['exchange.closed', 'approval', 'feedback']);
const TIME_FIELDS = ['hour', 'weekday'] as const;

function step(schema: z.ZodType, name: string): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return step(schema.unwrap() as z.ZodType, name);
  }
  if (schema instanceof z.ZodArray) return step(schema.element as z.ZodType, name);
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap((each) => step(each, name));
  if (schema instanceof z.ZodRecord) return [schema.valueType as z.ZodType];
  if (!(schema instanceof z.ZodObject)) return [];
  const shape = schema.shape as Record<string, z.ZodType>;
  return Object.hasOwn(shape, name) ? [shape[name]!] : [];
}

function knows(kind: string, parts: readonly string[]): boolean {
  let schemas = [SCHEMAS.get(kind)!];
  for (const part of parts) schemas = schemas.flatMap((schema) => step(schema, part));
  return schemas.length > 0;
}

/** What is wrong with a field of records of these kinds, or nothing. */
export function findFieldFault(name: string, kinds: readonly Kind[]): string | undefined {
  if (ABOUT_FIELDS.has(name) || (TIME_FIELDS as readonly string[]).includes(name)) return undefined;
  const parts = name.split('.');
  if (parts.length > 8 || parts.includes('')) return `"${name.slice(0, 80)}" is no name of a field`;
  const ofOpened = parts[0] === 'opened';
  const fits = (kind: Kind): boolean =>
    ofOpened ? IN_EXCHANGE.has(kind) && knows('exchange.opened', parts.slice(1)) : knows(kind, parts);
  if (!kinds.some(fits)) return `records of ${kinds.join(', ')} have no field "${name.slice(0, 80)}"`;
  return undefined;
}

/** Calls back for each value there is, until one call says that it is enough. */
export type Field = (event: MonitorEvent, test: (value: unknown) => boolean) => boolean;

function walk(value: unknown, parts: readonly string[], at: number, test: (value: unknown) => boolean): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) {
    for (const element of value) if (walk(element, parts, at, test)) return true;
    return false;
  }
  if (at === parts.length) return test(value);
  if (typeof value !== 'object' || !Object.hasOwn(value, parts[at]!)) return false;
  return walk((value as Record<string, unknown>)[parts[at]!], parts, at + 1, test);
}

/** How the values of a field below some value are read: for the elements of a list. */
export function toPath(name: string): (value: unknown, test: (value: unknown) => boolean) => boolean {
  const parts = name.split('.');
  return (value, test) => walk(value, parts, 0, test);
}

/** Compiles a name that `findFieldFault` has nothing against. */
export function toField(name: string): Field {
  if (name === 'hour') return ({ time }, test) => test(new Date(time).getUTCHours());
  if (name === 'weekday') return ({ time }, test) => test(new Date(time).getUTCDay());
  if (ABOUT_FIELDS.has(name)) {
    const key = name as keyof About;
    return ({ about }, test) => about[key] !== undefined && test(about[key]);
  }
  const parts = name.split('.');
  if (parts[0] === 'opened') {
    const rest = parts.slice(1);
    return ({ opened }, test) => walk(opened, rest, 0, test);
  }
  return ({ record }, test) => walk(record, parts, 0, test);
}

const MOST_VALUES = 32;
const MOST_CHARS = 300;

/** The values of a field as texts: each once, at most so many, none endless. */
export function textsOf(field: Field, event: MonitorEvent): string[] {
  const values: string[] = [];
  field(event, (value) => {
    if (values.length === 0 && typeof value === 'string' && value !== '' && value.length <= MOST_CHARS) {
      values.push(value);
      return false;
    }
    const text = typeof value === 'object' ? '' : String(value).slice(0, MOST_CHARS);
    if (text !== '' && !values.includes(text)) values.push(text);
    return values.length === MOST_VALUES;
  });
  return values;
}

/** The sum of the numbers of a field. */
export function sumOf(field: Field, event: MonitorEvent): number {
  let sum = 0;
  field(event, (value) => {
    if (typeof value === 'number') sum += value;
    return false;
  });
  return sum;
}
