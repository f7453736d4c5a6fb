// Thousands of files changed at random, of every format: what must hold of any report holds of theirs. The soak of a hundred
// thousand is `npm run fuzz:scan`.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it, describe } from 'vitest';
import { examine } from './examine.ts';
import type { Format } from './format.ts';
import { shippedScanner } from './shipped.ts';
import { MemorySource } from './source.ts';
import { checkCase, xmlProblems } from './testing/check.ts';
import { makeCase } from './testing/mutate.ts';
import { SEEDS, type Seed, readCorpus } from './testing/seeds.ts';
import { writeZip } from './testing/zip.ts';

const CORPUS = resolve(import.meta.dirname, '../../../shared/data/models');
const scanner = shippedScanner();

/** What is wrong with the reports of so many cases, with how to make each again. */
function run(seeds: readonly Seed[], seed: number, count: number): string[] {
  const wrong: string[] = [];
  for (let number = 0; number < count; number++) {
    const made = makeCase(seeds, seed, number);
    for (const problem of checkCase(scanner, made, number % 20 === 0).problems) {
      wrong.push(`case ${number} of seed ${seed} (${made.how}): ${problem}`);
    }
  }
  return wrong;
}

it('knows every seed for what it is, and looks at all of it without a fault', () => {
  const ids = new Set(SEEDS.map(({ name, bytes }) => examine(scanner, name, new MemorySource(bytes)).format));
  expect(ids).not.toContain('unknown');
  expect(ids.size).toBeGreaterThan(40);
  const wrong = SEEDS.flatMap((seed) => checkCase(scanner, { ...seed, how: 'itself' }, true).problems);
  expect(wrong).toEqual([]);
});

it('says what must hold of files of every format, changed, cut, spliced and put into each other', () => {
  expect(run(SEEDS, 1, 3000)).toEqual([]);
});

it.skipIf(!existsSync(CORPUS))('says it of hostile files of the corpus as well (../shared/data/models)', () => {
  expect(run(readCorpus(CORPUS), 2, 800)).toEqual([]);
});

/** Texts that once took minutes: a beginning, and what is repeated to a megabyte behind it. */
const ENDLESS: [name: string, begin: string, again: string, end?: string, size?: number][] = [
  ['m.jinja', '{{ x', '.__class__ '],
  ['a.tf', 'resource "a" "b" {}\n', 'a {} '],
  ['Dockerfile', 'FROM a\nRUN', ' ', 'a\u2028b'],
  ['a.xml', '<?xml version="1.0"?><net>', '<layer '],
  ['b.xml', '', '<net '],
  ['c.xml', '<?xml version="1.0"?><!DOCTYPE a [', '<!--'],
  ['m.bin', '', '\n'],
  ['data', '', '\n'],
  ['config.json', '', '//'],
  ['config.json', '', '/**/'],
  ['docker-compose.yml', '', 'services:\n  ent: {A: b}\n'],
  ['docker-compose.yml', '', '}[<', '', 120_000],
  ['a.pkl', '\x80\x02cos\nsystem\n', 'N\x85R'],
];
it.each(ENDLESS)('ends soon with %s of %j and a million of %j', (name, begin, again, end = '', size = 1 << 20) => {
  const room = size - begin.length - end.length - 8;
  const text = Buffer.from(begin + again.repeat(room / again.length) + end, name.endsWith('.pkl') ? 'latin1' : 'utf8');
  expect(checkCase(scanner, { name, bytes: text, how: '' }, false).problems).toEqual([]);
});

it('stays malicious with bytes behind it that make it look like something else', () => {
  const graph = SEEDS.find(({ name }) => name === 'm.meta')!.bytes;
  const behind = Buffer.from('\x02ccollections\nCounter\nq\x00}q\x01R.', 'latin1');
  const bytes = Buffer.concat([graph, behind]);
  expect(checkCase(scanner, { name: 'm.meta', bytes, how: '', appendedTo: graph }, true).problems).toEqual([]);
});

it('names places within the file only, and files that no URI and no XML can name', () => {
  const archive = writeZip([{ name: 'a.txt', content: 'text' }]);
  archive.writeUInt32LE(0x7fffffff, archive.indexOf('PK\u0001\u0002') + 42);
  const graph = Buffer.from(SEEDS.find(({ name }) => name === 'm.tflite')!.bytes);
  graph.writeUInt32LE(0x7fffffff);
  const template = Buffer.concat([Buffer.from('{{ x'), Buffer.alloc(99, 255), Buffer.from('.__class__ }}')]);
  const files: [string, Buffer][] = [
    ['a.zip', archive],
    ['m.tflite', graph],
    ['a.jinja', template],
    ['\ud800"<&\u0007.pkl', Buffer.from('cos\nsystem\n(S"id"\ntR.')],
  ];
  for (const [name, bytes] of files) {
    expect(checkCase(scanner, { name, bytes, how: '' }, true).problems).toEqual([]);
  }
});

it('makes the same case of the same seed and number, and leaves the files it is made of alone', () => {
  const before = SEEDS.map(({ bytes }) => Buffer.from(bytes));
  for (let number = 0; number < 200; number++) {
    const [one, other] = [makeCase(SEEDS, 7, number), makeCase(SEEDS, 7, number)];
    expect(one.bytes.equals(other.bytes) && one.name === other.name).toBe(true);
  }
  expect(SEEDS.every(({ bytes }, at) => bytes.equals(before[at]!))).toBe(true);
});

describe('a fault is seen', () => {
  const check = (scan: Format['scan'], appendedTo?: Buffer): readonly string[] => {
    const broken: Format = { id: 'broken', match: () => 'sure', scan };
    const made = { name: 'a', bytes: Buffer.from('some bytes'), how: '', ...(appendedTo && { appendedTo }) };
    return checkCase({ ...scanner, formats: [broken] }, made, true).problems;
  };
  let calls = 0;
  it.each<[string, Format['scan'], RegExp, Buffer?]>([
    [
      'a throw within a format',
      () => {
        throw new TypeError('x');
      },
      /fault of the scanner/,
    ],
    [
      'an offset behind the end',
      (_, look) => look.report('zip.crc', { message: 'x', offset: 99 }),
      /zip.crc lies at 99 of 10 bytes/,
    ],
    ['an offset that is none', (_, look) => look.report('zip.crc', { message: 'x', offset: -1 }), /the schema/],
    ['a report that changes', (_, look) => look.report('zip.crc', { message: String(calls++) }), /the second time/],
    [
      'an attack that is gone when bytes follow it',
      ({ size }, look) => void (size < 5 && look.report('pickle.call', { message: 'x', severity: 'critical' })),
      /malicious before/,
      Buffer.from('some'),
    ],
  ])('%s', (_, scan, problem, appendedTo) => {
    expect(check(scan, appendedTo).join()).toMatch(problem);
  });

  it('in XML', () => {
    expect(xmlProblems('<?xml version="1.0"?><a b="c &amp; d"><e/>f</a>')).toEqual([]);
    for (const xml of [
      '<a>',
      '<a></b>',
      '<a b="<"/>',
      '<a>&</a>',
      '<a>\u0007</a>',
      '<a>\ud800</a>',
      '<a b=c/>',
      '<a>a < b</a>',
    ]) {
      expect(xmlProblems(xml)).not.toEqual([]);
    }
  });
});
