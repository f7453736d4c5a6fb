import { expect, it } from 'vitest';
import { Cursor } from './cursor.ts';
import { examine } from './examine.ts';
import type { Format } from './format.ts';
import type { ScanRule } from './rule.ts';
import { MemorySource, SliceSource } from './source.ts';

/** A container of one member, its name behind its magic: `BOX name\n...`, `RAW` where the member is numbers; and a leaf, `BAD`. */
const box: Format = {
  id: 'box',
  match: ({ text }) => (/^(BOX|RAW) /.test(text) ? 'sure' : false),
  scan(source, look) {
    const cursor = new Cursor(source, 4);
    let name = '';
    for (let byte = cursor.next(); byte !== 10; byte = cursor.next()) {
      if (byte === -1) throw cursor.malformed('no name');
      name += String.fromCharCode(byte);
    }
    const isRaw = source.read(0, 1)[0] === 'R'.charCodeAt(0);
    look.member(name, new SliceSource(source, cursor.offset), isRaw ? 'tensor' : undefined);
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
    if (source.size === 8) {
      for (let i = 0; i < 100; i++) look.report('bad.here', { message: 'a note', severity: 'info' });
      look.report('bad.here', { message: 'an attack' });
    }
    if (source.size === 9) {
      for (let i = 0; i < 1000; i++) look.report(`many.${i >> 5}`, { message: 'a note' });
      look.report('bad.here', { message: 'an attack' });
    }
    if (source.size === 6) for (let i = 0; i < 1000; i++) look.report('bad.here', { message: 'again' });
  },
};
const rule: ScanRule = { id: 'bad.here', title: 'bad', severity: 'high', help: 'none', techniques: ['AML.T0018'] };
const scanner = {
  formats: [box, bad],
  rules: new Map([
    ['bad.here', rule],
    ['box.malformed', { ...rule, id: 'box.malformed', severity: 'medium' as const }],
    ...Array.from({ length: 32 }, (_, i) => {
      const id = `many.${i}`;
      return [id, { ...rule, id, severity: 'low' as const }] as const;
    }),
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

it('hears of an attack behind any number of notes, of the same rule and of others', () => {
  for (const text of ['BAD.....', 'BAD......', 'RAW x\nBAD......']) {
    const { verdict, findings } = look(text);
    expect(verdict).toBe('malicious');
    expect(findings.some(({ message }) => message === 'an attack')).toBe(true);
    expect(findings.length).toBeLessThanOrEqual(500);
  }
});

it('takes nothing for granted in numbers but what is dangerous, and says where the work there ended early', () => {
  expect(look('RAW x\nBAD').verdict).toBe('malicious');
  // By chance they look like a format that breaks, or that fails.
  expect(look('RAW x\nBOX without an end')).toMatchObject({ verdict: 'clean', findings: [], unseen: [] });
  expect(look('RAW x\nBAD.')).toMatchObject({ verdict: 'clean', unseen: [] });
  const spent = look('RAW x\nBAD..');
  expect(spent.verdict).toBe('unanalyzed');
  expect(spent.unseen).toEqual([{ reason: expect.stringMatching(/^bad: more than \d+ steps/) as string, member: 'x' }]);
});

it('keeps an inventory of what a file names, each once and bounded', () => {
  const { assets, verdict } = look('BAD....');
  expect(verdict).toBe('clean');
  expect(assets).toHaveLength(200);
  expect(assets[1]).toEqual({ kind: 'model', name: 'm1', detail: 'named\\n' });
});
