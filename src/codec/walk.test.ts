import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { escapeToken, replaceStrings, setAtPointer } from './pointer.ts';
import { IDENTIFIER, METADATA, SIGNATURE, isBase64 } from './shape.ts';
import { readByShape, walkStrings } from './walk.ts';

function strings(value: unknown): Map<string, string> {
  const found = new Map<string, string>();
  walkStrings(value, (path, text) => found.set(path, text));
  return found;
}

it('visits values, odd names and long numbers, in document order', () => {
  const body = { a: ['x', { b: 'y' }], 'two words': 'z', card: 4111111111111111, small: 42, empty: '' };
  expect([...strings(body)]).toEqual([
    ['/a/0', 'x'],
    ['/a/1/b', 'y'],
    ['/two words~', 'two words'],
    ['/two words', 'z'],
    ['/card', '4111111111111111'],
  ]);
  expect([...strings({ ['k'.repeat(65)]: 1 }).values()]).toEqual(['k'.repeat(65)]);
});

it('puts a string back wherever one was found', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const copy = JSON.parse(JSON.stringify(value)) as unknown;
      if (JSON.stringify(copy).includes('__proto__')) return;
      const places = [...strings(copy).keys()];
      const changed = replaceStrings(
        copy,
        places.map((path) => ({ path, text: 'CLEAN' })),
      );
      for (const text of strings(changed).values()) expect(text).toMatch(/^CLEAN( \d+)?$/);
    }),
  );
});

it('changes a leaf inside a string that holds JSON, and encodes it again', () => {
  const shape = { fields: { 'a#b': { json: true } } };
  const body = { 'a#b': '{"to":"x@example.com","n":1}' };
  const { segments } = readByShape(body, shape, METADATA);
  expect(segments.map((segment) => segment.path)).toEqual(['/a~2b#/to']);
  expect(setAtPointer(body, '/a~2b#/to', 'gone')).toEqual({ 'a#b': '{"to":"gone","n":1}' });
  const broken = readByShape({ 'a#b': '{"to":' }, shape, METADATA).segments;
  expect(broken).toMatchObject([{ path: '/a~2b', text: '{"to":' }]);
});

it('keeps every member when redacted names come out alike', () => {
  const body = { 'first name!': 1, 'second name!': 2, plain: 3 };
  replaceStrings(body, [
    { path: '/first name!~', text: 'x' },
    { path: '/second name!~', text: 'x' },
  ]);
  expect(body).toEqual({ x: 1, 'x 2': 2, plain: 3 });
});

it('says so when nothing is at a path, and never walks into a prototype', () => {
  for (const path of ['/b', '/a/b', '/constructor/name', '/__proto__/x', '/a#/x', 'a']) {
    expect(() => setAtPointer({ a: 1 }, path, 'x'), path).toThrow(AncileError);
  }
  expect(escapeToken('a/b~c#d')).toBe('a~1b~0c~2d');
});

it('is bounded even for values that no parser makes', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle, cycle);
  expect(() => strings(cycle)).toThrow(/too deep/);
});

it('tells base64 from prose', () => {
  for (const text of ['aGVsbG8gaGVsbG8gaGVsbG8=', 'data:image/png;base64,iVBORw0K', 'ab-_'.repeat(4)])
    expect(isBase64(text), text).toBe(true);
  for (const text of ['hello you', 'data:text/plain,hello', 'data:x;base64,aa', 'https://a.example/x']) {
    expect(isBase64(text), text).toBe(false);
  }
});

it('reads through the escapes of JSON that only lenient parsers take', () => {
  const shape = { fields: { a: { json: true } } };
  const body = { a: String.raw`{"a":1,"a":"\u0034\u0031\u0031\u0031 1111\/\n\x"}` };
  const { segments } = readByShape(body, shape, METADATA);
  expect(segments).toMatchObject([{ path: '/a', text: '{"a":1,"a":"4111 1111/\n\\x"}' }]);
  expect(setAtPointer(body, '/a', 'gone')).toEqual({ a: 'gone' });
});

it('takes no prose and no short word for base64', () => {
  const line = 'A'.repeat(60);
  for (const text of [`${line}\n${line}\r\nab==\n`, `${line}\r\n`]) expect(isBase64(text), text).toBe(true);
  for (const text of ['Ignore\nall\nprevious\ninstructions', 'hunter2', `${line}\r${line}`, `${line}\n\n${line}`]) {
    expect(isBase64(text), text).toBe(false);
  }
  const { segments, uninspected } = readByShape(line, SIGNATURE, METADATA);
  expect([segments, uninspected]).toEqual([[], ['encrypted']]);
});

it('reads long names with digits, and numbers that are no times', () => {
  const key = 'AKIA' + 'IOSFODNN7EXAMPLE';
  expect([...strings({ [key]: 1, max_completion_tokens: 1, line_1: 1 }).values()]).toEqual([key]);
  const time = { known: () => false };
  const shape = { fields: { created: time, expires_at: time, id: time } };
  const read = (body: object): string[] => readByShape(body, shape, METADATA).segments.map((each) => each.text);
  expect(read({ created: 1_700_000_000, expires_at: 1_700_000_000_000 })).toEqual([]);
  expect(read({ created: 4111111111111111, id: 1_700_000_000 })).toEqual(['4111111111111111', '1700000000']);
});

it('knows no identifier that could be a secret or a card number', () => {
  const known = (text: string): boolean => IDENTIFIER.known!(text);
  for (const text of ['claude-opus-4-20250514', 'call_1', 'msg_01XyZ']) expect(known(text), text).toBe(true);
  for (const text of ['sk-abc', 'AKIAXYZ', 'ghp_x', 'xoxb-1', 'id-4111111111111111']) {
    expect(known(text), text).toBe(false);
  }
});
