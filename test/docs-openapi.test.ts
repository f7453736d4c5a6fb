// The documents of the admin interface against the table that they are made from.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { API, API_BASE, type Endpoint } from '../src/contract/index.ts';
import { OPENAPI_FILE, PAGE_FILE, renderAdminPage, renderOpenApiFile } from '../tools/docs-openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, { schema: { required: string[]; properties: object } }> };
  readonly responses: Record<string, { description?: string; $ref?: string; content?: object }>;
}

interface Document {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object>; responses: object; securitySchemes: object };
}

const text = readFileSync(OPENAPI_FILE, 'utf8');
const document = JSON.parse(text) as Document;

it('is up to date: npm run docs', async () => {
  expect(text).toBe(await renderOpenApiFile());
  expect(readFileSync(PAGE_FILE, 'utf8')).toBe(await renderAdminPage());
});

it('has every operation of the table, once, where it is', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.sort()).toEqual([...Object.keys(API), 'watchExchanges'].sort());
  for (const [name, { method, path }] of Object.entries(API) as [string, Endpoint][]) {
    const address = API_BASE + path.replaceAll(/:(\w+)/g, '{$1}');
    expect(document.paths[address]?.[method.toLowerCase()]?.operationId).toBe(name);
  }
});

it('is of the form of OpenAPI 3.1: parameters for every name in a path, no reference to nothing', () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { parameters = [], responses, summary, requestBody } of Object.values(methods)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const inPath = parameters.filter((each) => each.in === 'path');
      expect(inPath.map((each) => each.name)).toEqual(named);
      expect(inPath.every((each) => each.required)).toBe(true);
      expect(Object.keys(responses)).toEqual(['200', 'default']);
      expect(responses['200']!.description).toMatch(/\w/);
      expect(summary).toMatch(/\w{3}.*\.$/);
      const body = requestBody?.content['application/json']?.schema;
      for (const member of body?.required ?? []) expect(Object.keys(body!.properties)).toContain(member);
    }
  }
  const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map((match) => match[1]!);
  expect(references.length).toBeGreaterThan(30);
  for (const reference of new Set(references)) {
    const parts = reference.replace(/^#\//, '').split('/');
    const found = parts.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
    expect(found, reference).toBeTypeOf('object');
  }
});
