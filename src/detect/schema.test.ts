// Structured output: answers that do not conform are found; schemas that cannot be checked in bounded work are skipped.
import { expect, it } from 'vitest';
import { compileResponseSchema, schemaDetector } from './schema.ts';
import { plainView, testContext } from './testing/plain-view.ts';

const schema = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 10 }, tags: { type: 'array', items: { $ref: '#/$defs/tag' } } },
  required: ['name'],
  additionalProperties: false,
  $defs: { tag: { enum: ['a', 'b'] } },
};
const find = (text: string, responseSchema: unknown = schema) =>
  schemaDetector.inspect(plainView(text), testContext({ responseSchema })).map((found) => found.rule);

it('lets a conforming answer pass', () => {
  expect(find('{"name":"Ada","tags":["a"]}')).toEqual([]);
  expect(find(' {"name":"Ada"}\n')).toEqual([]);
});

it.each([
  ['{"name":5}', 'schema.mismatch'],
  ['{}', 'schema.mismatch'],
  ['{"name":"Ada","tags":["c"]}', 'schema.mismatch'],
  ['{"name":"Ada","extra":1}', 'schema.mismatch'],
  ['Sure! {"name":"Ada"}', 'schema.not_json'],
  ['{"name":"Ada"', 'schema.not_json'],
  ['['.repeat(100_000), 'schema.too_deep'],
  [`"${'x'.repeat(300_000)}"`, 'schema.too_large'],
])('finds %.40s', (text, rule) => {
  expect(find(text)).toEqual([rule]);
});

it('does not repeat the answer in the evidence', () => {
  const [found] = schemaDetector.inspect(
    plainView('{"name":"Ada","hunter2":1}'),
    testContext({ responseSchema: schema }),
  );
  expect(found?.evidence).not.toContain('hunter2');
});

it.each([
  ['a pattern of the caller', { type: 'string', pattern: '(a+)+$' }, /keyword/],
  ['recursion', { $defs: { n: { anyOf: [{ $ref: '#/$defs/n' }, { type: 'null' }] } }, $ref: '#/$defs/n' }, /recursive/],
  ['a reference to elsewhere', { $ref: 'https://x.invalid/s.json' }, /elsewhere/],
  ['a quadratic keyword', { type: 'array', uniqueItems: true }, /keyword/],
  ['a schema of exponential size', doubling(20), /too large/],
  ['no schema', 'string', /not an object/],
])('skips %s', (_name, given, reason) => {
  expect(compileResponseSchema(given)).toMatchObject({ status: 'skipped', reason: expect.stringMatching(reason) });
  expect(find('anything', given)).toEqual([]);
});

/** Definitions each of which holds the next twice. */
function doubling(levels: number): object {
  const $defs: Record<string, unknown> = { [`d${levels}`]: { type: 'null' } };
  for (let i = 0; i < levels; i++)
    $defs[`d${i}`] = { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] };
  return { $ref: '#/$defs/d0', $defs };
}
