import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseHcl } from './hcl.ts';

it('reads blocks, attributes and literals, and leaves open what is computed', () => {
  const file = parseHcl(`
# a comment
resource "a_b" "c" { // another
  name  = "x-\${var.n}"
  count = 3
  on = true
  off = null
  key = var.key == "" ? null : "k}"
  list = ["a", "b", local.c,]
  map = { a = 1, "b" : false
    c = [1] }
  text = <<-EOT
    { "a": 1 }
  EOT
  inner {
    deep { x = "y" }
  }
  dynamic "more" { for_each = [1] }
}
/* the rest */ provider "p" {}
`);
  expect(file.blocks.map(({ type, labels, line }) => [type, ...labels, line])).toEqual([
    ['resource', 'a_b', 'c', 3],
    ['provider', 'p', 20],
  ]);
  const { attributes, blocks } = file.blocks[0]!;
  expect(Object.fromEntries([...attributes].map(([name, { value }]) => [name, value]))).toEqual({
    name: 'x-${var.n}',
    count: 3,
    on: true,
    off: null,
    key: undefined,
    list: ['a', 'b', undefined],
    map: { a: 1, b: false, c: [1] },
    text: '    { "a": 1 }\n',
  });
  expect(attributes.get('on')!.line).toBe(6);
  expect(blocks.map(({ type, labels }) => [type, ...labels])).toEqual([['inner'], ['dynamic', 'more']]);
  expect(blocks[0]!.blocks[0]!.attributes.get('x')!.value).toBe('y');
});

it('reads any text to its end', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '=',
    ':',
    '\n',
    'a',
    '${',
    '<<E\n',
    'E',
    '/*',
    '*/',
    '#',
    '1',
    ',',
    '(',
    ')',
    ' ',
    '\\',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 60 }).map((each) => each.join('')),
      ),
      (text) => {
        let steps = 0;
        parseHcl(text, () => void steps++);
        expect(steps).toBeLessThanOrEqual(4 * text.length + 4);
      },
    ),
    { numRuns: 2000 },
  );
  for (const text of ['{', '[', 'a {', 'a = [', 'a = {b=', 'a "', '<<E\n', '/*'].map((each) => each.repeat(50_000)))
    parseHcl(text);
});

it('keeps no block of those that nest deeper than any file', () => {
  let deepest = 0;
  let [block] = parseHcl('a {\n'.repeat(100_000)).blocks;
  for (; block !== undefined; block = block.blocks[0]) deepest++;
  expect(deepest).toBeLessThan(50);
  expect(parseHcl(`${'a {\n'.repeat(60)}${'}\n'.repeat(60)}b {}`).blocks.map(({ type }) => type)).toEqual(['a', 'b']);
});
