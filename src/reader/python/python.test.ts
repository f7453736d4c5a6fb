import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type PythonNode, PythonTooDeep, PythonTooLong, type PythonStatement } from './node.ts';
import { readPython } from './statement.ts';
import { readLogicalLines } from './tokens.ts';

/** What a statement or expression is, without its places: short enough to be compared. */
function brief(node: PythonNode): string {
  switch (node.kind) {
    case 'name':
      return node.id;
    case 'attribute':
      return `${brief(node.of)}.${node.name}`;
    case 'call':
      return `${brief(node.of)}(${node.args.map(({ name, value }) => (name === undefined ? '' : `${name}=`) + brief(value)).join(', ')})`;
    case 'index':
      return `${brief(node.of)}[${brief(node.index)}]`;
    case 'slice':
      return node.parts.map((part) => (part === undefined ? '' : brief(part))).join(':');
    case 'string':
      return JSON.stringify(node.parts.map((part) => (typeof part === 'string' ? part : `{${brief(part)}}`)).join(''));
    case 'number':
      return String(node.value);
    case 'constant':
      return String(node.value);
    case 'operation':
      return `(${node.of.length === 1 ? `${node.operator} ` : ''}${node.of.map(brief).join(` ${node.operator} `)})`;
    case 'sequence':
      return `<${node.items.map(brief).join(', ')}>`;
    case 'dict':
      return `{${node.entries.map(([key, value]) => `${key === undefined ? '**' : brief(key)}: ${brief(value)}`).join(', ')}}`;
    case 'lambda':
      return `lambda ${node.params.join(',')}: ${brief(node.body)}`;
    case 'comprehension':
      return `<${node.element.map(brief).join(': ')} for ${node.clauses.map(({ target, of }) => `${brief(target)} in ${brief(of)}`).join(' ')}>`;
    case 'conditional':
      return `${brief(node.then)} if ${brief(node.test)} else ${brief(node.otherwise)}`;
    case 'walrus':
      return `${brief(node.target)} := ${brief(node.value)}`;
    case 'wrapped':
      return brief(node.of);
  }
}

const statements = (text: string): PythonStatement[] => [...readPython(text)];
/** The only expression of a text. */
function expression(text: string): string {
  const [first] = statements(text);
  if (first?.kind !== 'expression') throw new Error(`${first?.kind}`);
  return brief(first.values[0]!);
}

it('reads expressions as Python binds them', () => {
  expect(expression('a + b * c - d')).toBe('((a + (b * c)) - d)');
  expect(expression('a + b + c + d')).toBe('(a + b + c + d)');
  expect(expression('-a ** b')).toBe('(- (a ** b))');
  expect(expression('not a in b and c')).toBe('((not (a in b)) and c)');
  expect(expression('f(a, *b, k=c, **d)[1:2](x)')).toBe('f(a, *=b, k=c, **=d)[1:2](x)');
  expect(expression('a if b else c')).toBe('a if b else c');
  expect(expression('lambda x, y=1: x + y')).toBe('<lambda x,y: (x + y), 1>');
  expect(expression('[f(x) for x in y if x]')).toBe('<f(x) for x in y>');
  expect(expression('{"a": 1, **b}')).toBe('{"a": 1, **: b}');
  expect(expression('{k: v for k, v in d.items()}')).toBe('<k: v for <k, v> in d.items()>');
  expect(expression('(n := f(x))')).toBe('n := f(x)');
  expect(expression('await g()')).toBe('g()');
});

it('reads strings as what they say', () => {
  expect(expression(String.raw`"a\x41\n\u00e9" 'b' r"\x"`)).toBe(JSON.stringify('aA\né' + 'b' + '\\x'));
  expect(expression('"""a\n"b" c"""')).toBe(JSON.stringify('a\n"b" c'));
  expect(expression(String.raw`b"\xff\101"`)).toBe(JSON.stringify('\xffA'));
  expect(expression('f"a{b}c{{d}}"')).toBe('"a{b}c{d}"');
  expect(expression('f"{b!r:>{w}}"')).toMatch(/^"\{b\}.*\bw\b/);
  expect(expression('f"{x["k"]}{f(\'y\')}"')).toBe(JSON.stringify('{x["k"]}{f("y")}'));
  expect(expression("f'{a:\"^10}'")).toContain('{a');
});

it('joins lines, drops comments and follows indentation', () => {
  const text = 'def f(a,  # one\n      b):\n\treturn a + \\\n b  # two\nclass C(B): x = 1; y = 2\n';
  expect(statements(text).map(({ kind, indent, line }) => `${kind} ${indent} ${line}`)).toEqual([
    'def 0 1',
    'return 8 3',
    'class 0 5',
    'assign 1 5',
    'assign 1 5',
  ]);
});

it('reads every kind of statement', () => {
  const text = [
    'from a.b import (c as d, e)',
    'import x.y as z, w',
    'from . import q',
    'for i, (j, k) in f(): pass',
    'with (open(a) as f, open(b) as g): pass',
    'async def h[T](p: int = 1, *r, **s) -> str: return g()',
    'a = b.c = d',
    'e: int = 3',
    'n += 1',
    'match x:',
    'match = re.match(y)',
    '@dec(1)',
    'if a: b()',
    'exec "code" in scope',
  ].join('\n');
  expect(statements(text).map((each) => each.kind)).toEqual([
    ...[
      'import',
      'import',
      'import',
      'for',
      'expression',
      'with',
      'expression',
      'def',
      'return',
      'assign',
      'assign',
      'assign',
    ],
    ...['expression', 'assign', 'decorator', 'if', 'expression', 'expression'],
  ]);
  const [first] = statements(text);
  expect(first).toMatchObject({
    names: [
      { module: 'a.b', name: 'c', as: 'd' },
      { module: 'a.b', name: 'e' },
    ],
  });
});

it('compares names in NFKC, as Python does', () => {
  expect(expression('𝘦𝘷𝘢𝘭(x)')).toBe('eval(x)');
});

it('says when it is nested deeper than Python reads', () => {
  for (const text of [
    '('.repeat(100_000),
    '-'.repeat(100_000),
    'a'.concat('.b'.repeat(100_000)),
    'f"{'.repeat(1000),
    'lambda:'.repeat(10_000),
  ]) {
    expect(() => statements(text)).toThrow(PythonTooDeep);
  }
  // A long sum, and a long list, are flat.
  expect(statements(`x = ${'"a" + '.repeat(50_000)}"b"\ny = [${'1,'.repeat(50_000)}]`)).toHaveLength(2);
});

it('says when one statement is too long to be held', () => {
  expect(() => statements(`x = [${'1,'.repeat(200_000)}]`)).toThrow(PythonTooLong);
});

it('reads any text to its end', () => {
  const pieces = fc.array(
    fc.constantFrom(
      'f"',
      '{',
      '}',
      "'''",
      '"',
      '\\',
      '\n',
      '\t',
      '(',
      ')',
      '[',
      ':',
      'lambda',
      'for',
      'in',
      'def f',
      'class ',
      '@',
      '=',
      '.',
      'é',
      '𝘦',
      '\0',
      '1e',
      ' ',
      'match',
      'with',
      'as',
      ',',
      '*',
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        pieces.map((each) => each.join('')),
      ),
      (text) => {
        let tokens = 0;
        for (const { tokens: line } of readLogicalLines(text)) tokens += line.length;
        expect(tokens).toBeLessThanOrEqual(text.length);
        statements(text);
      },
    ),
    { numRuns: 2000 },
  );
});
