import { expect, it } from 'vitest';
import { readDefinition } from './definitions.ts';

const TOOL = { name: 'a', description: 'b', inputSchema: { type: 'object', properties: { x: {}, y: {} } } };
const digestOf = (value: unknown): string | undefined => readDefinition('tool', value)?.digest;

it('has one digest whatever the order of members, and another for every change', () => {
  const turned = { inputSchema: { properties: { y: {}, x: {} }, type: 'object' }, description: 'b', name: 'a' };
  expect(digestOf(turned)).toBe(digestOf(TOOL));
  const changes = [
    { ...TOOL, description: 'b ' },
    { ...TOOL, annotations: { readOnlyHint: true } },
    { ...TOOL, inputSchema: { ...TOOL.inputSchema, required: ['x'] } },
    { ...TOOL, unheardOf: 1 },
  ];
  expect(new Set([TOOL, ...changes].map(digestOf)).size).toBe(5);
});

it('leaves out what is not passed on, and of resources what changes with the file', () => {
  expect(digestOf({ ...TOOL, _meta: { now: 1 } })).toBe(digestOf(TOOL));
  expect(readDefinition('tool', { ...TOOL, _meta: {} })?.body).not.toHaveProperty('_meta');
  const file = { uri: 'file:///a', name: 'a', size: 1, annotations: { lastModified: '2026-01-01', priority: 1 } };
  const later = { ...file, size: 2, annotations: { lastModified: '2026-02-01', priority: 1 } };
  expect(readDefinition('resource', later)?.digest).toBe(readDefinition('resource', file)?.digest);
});

it('takes nothing that is no definition', () => {
  for (const value of [null, [], 'a', {}, { name: '' }, { name: 'a' }, { ...TOOL, name: 'a'.repeat(129) }]) {
    expect(readDefinition('tool', value)).toBeUndefined();
  }
  expect(readDefinition('tool', { ...TOOL, description: '\ud800' })).toBeUndefined();
});
