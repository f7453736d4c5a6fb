import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { escapeToken, replaceStrings, setAtPointer } from './pointer.ts';
import { METADATA, isBase64 } from './shape.ts';
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
  for (const text of ['aGVsbG8=', 'data:image/png;base64,iVBORw0K', 'ab-_\r\ncd'])
    expect(isBase64(text), text).toBe(true);
  for (const text of ['hello you', 'data:text/plain,hello', 'data:x;base64,aa', 'https://a.example/x']) {
    expect(isBase64(text), text).toBe(false);
  }
});
