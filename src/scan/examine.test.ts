import { expect, it } from 'vitest';
import { Cursor } from './cursor.ts';
import { examine } from './examine.ts';
import type { Format } from './format.ts';
import type { ScanRule } from './rule.ts';
import { MemorySource, SliceSource } from './source.ts';

/** A container of one member, its name behind its magic: `BOX name\n...`; and a leaf, `BAD`, that is always found. */
const box: Format = {
  id: 'box',
  match: ({ text }) => (text.startsWith('BOX ') ? 'sure' : false),
  scan(source, look) {
    const cursor = new Cursor(source, 4);
    let name = '';
    for (let byte = cursor.next(); byte !== 10; byte = cursor.next()) {
      if (byte === -1) throw cursor.malformed('no name');
      name += String.fromCharCode(byte);
    }
    look.member(name, new SliceSource(source, cursor.offset));
  },
};
const bad: Format = {
  id: 'bad',
  match: ({ text }) => (text.startsWith('BAD') ? 'sure' : false),
  scan(source, look) {
    if (source.size === 3) look.report('bad.here', { message: 'bad\u001b[31m', offset: 0, evidence: 'x'.repeat(500) });
    if (source.size === 4) throw new TypeError('a fault of ours');
    if (source.size === 5) for (let i = 0; i < 1e9; i++) look.budget.step();
    if (source.size === 7) for (let i = 0; i < 1000; i++) look.asset('model', `m${i >> 1}`, 'named\n');
    if (source.size === 6) for (let i = 0; i < 1000; i++) look.report('bad.here', { message: 'again' });
  },
};
const rule: ScanRule = { id: 'bad.here', title: 'bad', severity: 'high', help: 'none', techniques: ['AML.T0018'] };
const scanner = {
  formats: [box, bad],
  rules: new Map([
    ['bad.here', rule],
    ['box.malformed', { ...rule, id: 'box.malformed', severity: 'medium' as const }],
  ]),
};
const look = (text: string) => examine(scanner, 'folder/File.BIN', new MemorySource(Buffer.from(text)));

it('is judged by what is found deep within it: the place is told, and nothing shown can steer a terminal', () => {
  const report = look('BOX outer\nBOX inner\u007f\nBAD');
  expect(report.verdict).toBe('malicious');
  expect(report.members.map(({ path, format }) => [path, format])).toEqual([
    ['outer!/inner\\x7f', 'bad'],
    ['outer', 'box'],
  ]);
  const [finding] = report.findings;
  expect(finding).toMatchObject({ rule: 'bad.here', severity: 'high', member: 'outer!/inner\\x7f', offset: 0 });
  expect(finding!.message).toBe('bad\\x1b[31m');
  expect(finding!.evidence).toHaveLength(200);
  expect(finding!.techniques).toEqual(['AML.T0018']);
});

it('is broken where its format is, and that is a finding where there is a rule for it', () => {
  const report = look('BOX without an end');
  expect(report.verdict).toBe('suspicious');
  expect(report.findings[0]).toMatchObject({
    rule: 'box.malformed',
    message: expect.stringContaining('no name') as string,
  });
});

it('is unanalyzed, with the reason, where the scanner fails, the work grows beyond bounds or nobody knows the format', () => {
  const failed = look('BAD.');
  expect(failed.verdict).toBe('unanalyzed');
  expect(failed.unseen).toEqual([{ reason: 'bad: the scanner failed here (internal)' }]);
  expect(look('BAD..').unseen[0]!.reason).toMatch(/more than \d+ steps/);
  expect(look('something else').unseen[0]!.reason).toBe('its format is not known');
  expect(look('')).toMatchObject({ format: 'empty', verdict: 'clean' });
});

it('says the same thing fifty times at most, and looks into no more than so many boxes', () => {
  expect(look('BAD...').findings).toHaveLength(50);
  const nested = look(`${'BOX b\n'.repeat(40)}BAD`);
  expect(nested.verdict).toBe('unanalyzed');
  expect(nested.unseen.some(({ reason }) => reason.includes('nested more than 8 deep'))).toBe(true);
});

it('keeps an inventory of what a file names, each once and bounded', () => {
  const { assets, verdict } = look('BAD....');
  expect(verdict).toBe('clean');
  expect(assets).toHaveLength(200);
  expect(assets[1]).toEqual({ kind: 'model', name: 'm1', detail: 'named\\n' });
});
