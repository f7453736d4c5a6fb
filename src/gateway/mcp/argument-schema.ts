// The schemas that arguments must conform to, a tool's own and the configuration's: checked in bounded work, patterns included.
import { z } from 'zod';
import { walkStrings } from '../../codec/index.ts';
import { type SchemaStatus, compileResponseSchema } from '../../detect/index.ts';
import { PATTERN_TEXT_MOST, toBoundedPattern } from './schema-pattern.ts';

/** Keywords whose values are data. */
const DATA = new Set(['const', 'enum', 'default', 'examples']);
const DEPTH_MOST = 64;

class Unbounded extends Error {}

function bounded(source: string): string {
  const found = toBoundedPattern(source);
  if ('reason' in found) throw new Unbounded(`the pattern ${JSON.stringify(source.slice(0, 100))}: ${found.reason}`);
  return found.pattern;
}

/** A schema whose patterns are bounded work, and whether it has any. @throws Unbounded */
function boundPatterns(schema: unknown): { readonly schema: unknown; readonly hasPatterns: boolean } {
  let hasPatterns = false;
  const walk = (value: unknown, depth: number, isNames = false): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (depth > DEPTH_MOST) throw new Unbounded('a schema that deep');
    if (Array.isArray(value)) return value.map((each) => walk(each, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => {
        if (isNames) return [key, walk(each, depth + 1)];
        if (DATA.has(key)) return [key, each];
        if (key === 'pattern' && typeof each === 'string') {
          hasPatterns = true;
          return [key, bounded(each)];
        }
        if (key === 'patternProperties' && typeof each === 'object' && each !== null) {
          hasPatterns = true;
          return [
            key,
            walk(Object.fromEntries(Object.entries(each).map(([name, of]) => [bounded(name), of])), depth + 1, true),
          ];
        }
        return [key, walk(each, depth + 1, key === 'properties' || key === '$defs' || key === 'definitions')];
      }),
    );
  };
  return { schema: walk(schema, 0), hasPatterns };
}

/** More text than is held against patterns. */
function isTooLong(given: unknown): boolean {
  let length = 0;
  walkStrings(given, (_, text) => (length += text.length));
  return length > PATTERN_TEXT_MOST;
}

const own = new WeakMap<object, { readonly status: SchemaStatus; readonly hasPatterns: boolean }>();

function readOwn(schema: object): { readonly status: SchemaStatus; readonly hasPatterns: boolean } {
  try {
    const { schema: rewritten, hasPatterns } = boundPatterns(schema);
    return { status: compileResponseSchema(rewritten, { patterns: true }), hasPatterns };
  } catch (thrown) {
    if (!(thrown instanceof Unbounded)) throw thrown;
    return { status: { status: 'skipped', reason: thrown.message }, hasPatterns: true };
  }
}

/** A tool's own schema as far as arguments can be held against it. */
export function ownSchema(schema: unknown, given: unknown): SchemaStatus {
  if (typeof schema !== 'object' || schema === null) return compileResponseSchema(schema);
  const known = own.get(schema) ?? readOwn(schema);
  own.set(schema, known);
  if (known.hasPatterns && isTooLong(given))
    return { status: 'skipped', reason: 'more text than is held against patterns' };
  return known.status;
}

/**
 * A schema of the configuration. Arguments that are longer than can be held against its patterns do not conform.
 * @throws Error that says what of it cannot be checked
 */
export function configuredSchema(schema: unknown): z.ZodType {
  const { schema: rewritten, hasPatterns } = boundPatterns(schema);
  const type = z.fromJSONSchema(rewritten as Parameters<typeof z.fromJSONSchema>[0]);
  if (!hasPatterns) return type;
  return z
    .unknown()
    .superRefine((value, context) => {
      if (isTooLong(value)) context.addIssue({ code: 'custom', message: 'too long' });
    })
    .pipe(type);
}
