// The schema that an answer shall conform to: Gemini words it in OpenAPI's terms, who checks it reads JSON Schema.
import { isObject } from '../../base/index.ts';
import { checkObject, type Json } from '../checks.ts';
import { member } from './spelling.ts';

const MAX_DEPTH = 64;
const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);
/** Fields that mean the same in both; the rest say nothing of what conforms. */
const SAME = ['title', 'description', 'enum', 'required', 'pattern', 'minimum', 'maximum'];
/** Counts, which Google's JSON may give as strings (64-bit integers). */
const COUNTS = ['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'];

/**
 * A Gemini `Schema` (a subset of OpenAPI 3.0's) as JSON Schema: types in lower case, `nullable` as a type.
 * @throws AncileError `request_invalid` for one nested deeper than 64
 */
function toJsonSchema(value: unknown, at: string, depth: number): Json {
  const schema = checkObject(depth > MAX_DEPTH ? undefined : value, at);
  const out: Json = {};
  for (const name of SAME) if (schema[name] !== undefined) out[name] = schema[name];
  for (const name of COUNTS) {
    const count = member(schema, name);
    if (count !== undefined && Number.isSafeInteger(Number(count))) out[name] = Number(count);
  }
  const type = typeof schema['type'] === 'string' ? schema['type'].toLowerCase() : undefined;
  if (type !== undefined && TYPES.has(type)) out['type'] = schema['nullable'] === true ? [type, 'null'] : type;
  if (schema['nullable'] === true && Array.isArray(out['enum'])) out['enum'] = [...(out['enum'] as unknown[]), null];
  const properties = schema['properties'];
  if (isObject(properties)) {
    out['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [
        name,
        toJsonSchema(each, `${at}.properties.${name}`, depth + 1),
      ]),
    );
  }
  if (isObject(schema['items'])) out['items'] = toJsonSchema(schema['items'], `${at}.items`, depth + 1);
  const options = member(schema, 'anyOf');
  if (Array.isArray(options)) {
    out['anyOf'] = options.map((each, i) => toJsonSchema(each, `${at}.anyOf[${i}]`, depth + 1));
  }
  return out;
}

const given = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * The JSON Schema of `generationConfig`, undefined where it names none.
 * @throws AncileError `request_invalid`
 */
export function readResponseSchema(config: Json): unknown {
  const json = member(config, 'responseJsonSchema');
  if (given(json)) return checkObject(json, 'generationConfig.responseJsonSchema');
  const schema = member(config, 'responseSchema');
  return given(schema) ? toJsonSchema(schema, 'generationConfig.responseSchema', 0) : undefined;
}
