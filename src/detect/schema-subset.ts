// The part of JSON Schema that can be checked in bounded work: what is left of a schema, or why nothing is.
import { isObject } from '../base/index.ts';

/** Keywords kept: each is checked by zod in time linear in the value. */
const CHECKED = new Set(
  (
    'type enum const anyOf oneOf allOf not properties required additionalProperties minProperties maxProperties ' +
    'items prefixItems minItems maxItems minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf'
  ).split(' '),
);
/** Keywords dropped: they describe, or (`format`, `default`) they assert nothing about an instance by themselves. */
const DESCRIPTIVE = new Set(
  '$schema $id $comment title description default examples deprecated readOnly writeOnly format $defs definitions strict'.split(
    ' ',
  ),
);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const SINGLE = new Set(['not', 'items', 'additionalProperties']);

/** Schemas in the whole, with every reference written out: a bound on the work of a check. */
const NODES_MOST = 2000;

class Unsupported extends Error {}

/**
 * The schema with references written out and descriptive keywords dropped; `reason` where that cannot be done.
 * @param patterns - its patterns are known to be bounded work
 */
export function toCheckableSchema(
  root: object,
  patterns = false,
): { readonly schema: unknown } | { readonly reason: string } {
  let nodes = 0;

  const resolve = (pointer: unknown): unknown => {
    if (typeof pointer !== 'string' || !pointer.startsWith('#')) throw new Unsupported('a reference to elsewhere');
    let target: unknown = root;
    for (const step of pointer.slice(1).split('/').slice(1)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      target = isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
    }
    if (target === undefined) throw new Unsupported('a reference to nothing');
    return target;
  };

  const copy = (schema: unknown, open: readonly unknown[]): unknown => {
    if (++nodes > NODES_MOST) throw new Unsupported('too large');
    if (typeof schema === 'boolean') return schema;
    if (!isObject(schema)) throw new Unsupported('not a schema');
    if (open.includes(schema) || open.length > 64) throw new Unsupported('recursive');
    const inner = [...open, schema];
    if (schema['$ref'] !== undefined) {
      const beside = Object.keys(schema).filter((key) => key !== '$ref' && !DESCRIPTIVE.has(key));
      if (beside.length > 0) throw new Unsupported('keywords beside a reference');
      return copy(resolve(schema['$ref']), inner);
    }
    const out: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(schema)) {
      if (DESCRIPTIVE.has(key)) continue;
      if (!CHECKED.has(key) && !(patterns && key === 'pattern')) throw new Unsupported('a keyword that is not checked');
      if (LISTS.has(key)) {
        if (!Array.isArray(value)) throw new Unsupported('not a schema');
        out[key] = value.map((entry) => copy(entry, inner));
      } else if (SINGLE.has(key)) {
        out[key] = copy(value, inner);
      } else if (key === 'properties') {
        if (!isObject(value)) throw new Unsupported('not a schema');
        // fromEntries defines members: one named __proto__ stays a member.
        out[key] = Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, copy(entry, inner)]));
      } else out[key] = value;
    }
    return out;
  };

  try {
    return { schema: copy(root, []) };
  } catch (thrown) {
    if (thrown instanceof Unsupported) return { reason: thrown.message };
    throw thrown;
  }
}
