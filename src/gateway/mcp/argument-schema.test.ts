// Schemas with patterns are checked, whoever wrote them, and hold nobody up.
import { expect, it } from 'vitest';
import { configuredSchema } from './argument-schema.ts';
import { checkArguments } from './objections.ts';
import type { ToolServer } from './tool-server.ts';

const server = { name: 's', rules: [] } as unknown as ToolServer;
const schemaOf = (pattern: string) => ({
  type: 'object',
  properties: { a: { type: 'string', pattern }, pattern: { enum: [{ pattern: '(a)\\1' }, 'x'] } },
});
const check = (pattern: string, a: string) => checkArguments(server, 't', { inputSchema: schemaOf(pattern) }, { a });

it('a tool’s own patterns are held against its arguments', () => {
  expect(check('^[a-z]{1,8}$', 'ok')).toEqual({ reports: [] });
  expect(check('^[a-z]{1,8}$', 'NOT').objection?.finding?.rule).toBe('mcp.argument_schema');
  expect(check('(a)\\1', 'aa').reports).toMatchObject([
    { status: 'skipped', detail: expect.stringMatching(/reference back/) as string },
  ]);
  expect(check('^a*$', 'a'.repeat(40_000)).reports).toMatchObject([{ status: 'skipped' }]);
});

it('one that backtracks takes a bounded time, be it the tool’s or the configuration’s', () => {
  for (const pattern of ['(a+)+$', '^(?:[a-z]{1,6}){1,6}$', '(?:a|aa)+$']) {
    const started = performance.now();
    const a = `${'a'.repeat(30_000)}!`;
    expect(check(pattern, a).objection).toBeDefined();
    expect(configuredSchema(schemaOf(pattern)).safeParse({ a }).success).toBe(false);
    expect(performance.now() - started).toBeLessThan(4000);
  }
});

it('in the configuration, what cannot be bounded is said, and what is too long does not conform', () => {
  expect(() => configuredSchema(schemaOf('(a)\\1'))).toThrow(/reference back/);
  const schema = configuredSchema(schemaOf('^a*$'));
  expect(schema.safeParse({ a: 'a' }).success).toBe(true);
  expect(schema.safeParse({ a: 'a'.repeat(40_000) }).success).toBe(false);
});
