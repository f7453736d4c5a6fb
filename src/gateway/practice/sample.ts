// A value that conforms to a JSON Schema, the same each time: what the practice model calls a tool with.
import { isRecord } from './prompt.ts';

const STRINGS: Readonly<Record<string, string>> = {
  email: 'person@example.com',
  uri: 'https://example.com/',
  date: '2030-01-01',
  'date-time': '2030-01-01T00:00:00Z',
};

/** Covers type, enum, const, properties, items, anyOf/oneOf, minimum and format; eight levels deep at most. */
export function sampleOf(schema: unknown, name = 'value', depth = 0): unknown {
  if (!isRecord(schema) || depth > 8) return name;
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum']) && schema['enum'].length > 0) return (schema['enum'] as unknown[])[0];
  const options = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(options)) return sampleOf(options[0], name, depth + 1);
  const type: unknown = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return [sampleOf(schema['items'], name, depth + 1)];
    case 'string':
      return (typeof schema['format'] === 'string' ? STRINGS[schema['format']] : undefined) ?? `sample ${name}`;
    default:
      break;
  }
  const properties = schema['properties'];
  if (!isRecord(properties)) return type === 'object' ? {} : `sample ${name}`;
  const members = Object.entries(properties).slice(0, 100);
  return Object.fromEntries(members.map(([key, value]) => [key, sampleOf(value, key, depth + 1)]));
}
