import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Bytes } from './bytes.ts';
import { type JsonTree, readJsonTree } from './json-tree.ts';

const bytes = (content: string | Uint8Array): Bytes => {
  const all = Buffer.from(content as string);
  return { size: all.length, read: (offset, length) => all.subarray(offset, offset + length) };
};
const read = (content: string | Uint8Array, nodes?: number) =>
  readJsonTree(bytes(content), { step: () => undefined, ...(nodes === undefined ? {} : { nodes }) });

/** The value that JSON.parse would give; of names that stand twice the last counts. */
const toValue = (tree: JsonTree | undefined): unknown => {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (tree.kind === 'list') return tree.items.map(toValue);
  return Object.fromEntries(tree.entries.map(([name, value]) => [name, toValue(value)]));
};

it('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const { broken, cut, value: tree, end } = read(text);
      expect([broken, cut, end]).toEqual([undefined, false, text.length]);
      expect(JSON.stringify(toValue(tree))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

it('reads what Python reads and JSON.parse does not: NaN, names given twice, UTF-16 and UTF-32', () => {
  expect(read('{"a": NaN, "b": -Infinity, "a": 1}').value).toMatchObject({
    entries: [
      ['a', NaN],
      ['b', -Infinity],
      ['a', 1],
    ],
  });
  for (const coding of ['utf16le', 'utf8'] as const) {
    expect(toValue(read(Buffer.from('{"é":["x"]}', coding)).value)).toEqual({ é: ['x'] });
  }
  const wide = Buffer.alloc(4 * 8);
  [...'{"a":[]}'].forEach((char, at) => wide.writeUInt32BE(char.charCodeAt(0), 4 * at));
  expect(toValue(read(wide).value)).toEqual({ a: [] });
});

it('says where it breaks, and gives what stood before', () => {
  const { broken, value } = read('{"a": [1, 2, {"b": "c"');
  expect(broken).toEqual({ at: 22, why: 'a comma or a closing bracket is missing' });
  expect(toValue(value)).toEqual({ a: [1, 2, { b: 'c' }] });
  expect(read('{"a" 1}').broken!.why).toBe('a colon is missing');
  expect(read(`${'['.repeat(2000)}`).broken!.why).toBe('it is nested more than 900 deep');
});

it('keeps a bounded part of long rows of plain values, and every text that has a name', () => {
  const words = Array.from({ length: 30_000 }, (_, at) => `"word${at}":${at}`);
  const { value, cut } = read(`{"vocab":{${words.join(',')},"class_name":"x"}}`);
  const vocab = (value as unknown as { entries: [string, { entries: [string, JsonTree][] }][] }).entries[0]![1].entries;
  expect(vocab).toHaveLength(10_001);
  expect(vocab.at(-1)).toEqual(['class_name', 'x']);
  expect(cut).toBe(false);
  expect(read('[{},{},{},{}]', 3).cut).toBe(true);
});

it('reads texts longer than its blocks, with escapes at their seams', () => {
  const long = 'x\\\\'.repeat(300_000);
  expect(toValue(read(`["${long}", "end\\"ed"]`).value)).toEqual([long.replaceAll('\\\\', '\\'), 'end"ed']);
});
