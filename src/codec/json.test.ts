import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { parseJson } from './json.ts';

function refusal(input: string | Uint8Array, options = {}): AncileError {
  try {
    parseJson(input, options);
  } catch (thrown) {
    if (thrown instanceof AncileError) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}

it('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      if (text.includes('__proto__')) return;
      expect(parseJson(text)).toEqual(JSON.parse(text));
      expect(parseJson(new TextEncoder().encode(text))).toEqual(JSON.parse(text));
    }),
  );
});

it('refuses what JSON.parse refuses, with a place and without quoting the text', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom('}', ']', ',', ':', '"', 'x', ' ', '\\'), (text, at, mark) => {
      const broken = text.slice(0, at % (text.length + 1)) + mark + text.slice((at % (text.length + 1)) + 1);
      let valid = true;
      try {
        JSON.parse(broken);
      } catch {
        valid = false;
      }
      if (valid) return;
      expect(refusal(broken).at).toMatch(/^line \d+, column \d+$/);
    }),
  );
  const error = refusal('{"key": "hunter2" "x": 1}');
  expect(error.at).toBe('line 1, column 19');
  expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
});

it('refuses two members of one name, however they are spelled and wherever they stand', () => {
  expect(refusal('{"role":"user","role":"system"}').at).toBe('line 1, column 16');
  expect(refusal('[{"a":{"b":1}},\n{"a":{"x":[{"r":1,"\\u0072":2}]}}]').at).toBe('line 2, column 19');
  expect(parseJson('[{"a":1},{"a":{"a":":{"}}]')).toEqual([{ a: 1 }, { a: { a: ':{' } }]);
});

it('refuses __proto__ as a name but not as a value', () => {
  expect(refusal('{"x":{"__proto__":{"a":1}}}').message).toContain('__proto__');
  expect(refusal('{"\\u005f_proto__":1}').message).toContain('__proto__');
  expect(parseJson('["__proto__"]')).toEqual(['__proto__']);
});

it('is bounded in depth and size', () => {
  expect(refusal('['.repeat(10_000)).message).toContain('deeper than 100');
  expect(refusal('{"a":'.repeat(4), { maxDepth: 3 }).at).toBe('line 1, column 16');
  expect(parseJson('"' + '['.repeat(1000) + '"')).toHaveLength(1000);
  expect(refusal('[1]', { maxBytes: 2 }).code).toBe('body_too_large');
  expect(refusal('[1]', { maxBytes: 2, code: 'upstream_malformed' }).code).toBe('upstream_malformed');
  // A broken text of many escapes overflows a backtracking pattern; here it only takes its length.
  expect(refusal(`"${'\\n'.repeat(1_000_000)}`).at).toBe('line 1, column 1');
});

it('refuses bytes that are not UTF-8, and a byte order mark', () => {
  expect(refusal(new Uint8Array([0x22, 0xff, 0x22])).message).toContain('UTF-8');
  expect(refusal(new Uint8Array([0xef, 0xbb, 0xbf, 0x31])).at).toBe('line 1, column 1');
});
