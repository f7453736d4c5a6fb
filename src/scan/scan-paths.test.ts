import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { renderBaseline } from './baseline.ts';
import type { Format } from './format.ts';
import type { ScanRule } from './rule.ts';
import { Scan, reaches } from './scan-paths.ts';
import { toJunit } from './report/junit.ts';
import { toSarif } from './report/sarif.ts';

const bad: Format = {
  id: 'bad',
  match: ({ text }) => (text.startsWith('BAD') ? 'sure' : false),
  scan(source, look) {
    const text = Buffer.from(source.read(0, 100)).toString();
    look.report('bad.here', { message: `says ${text.slice(4)}${source.size > 99 ? '…' : ''}`, offset: 4 });
  },
};
const plain: Format = {
  id: 'plain',
  match: ({ text }) => (text.startsWith('ok') ? 'sure' : false),
  scan: () => undefined,
};
const rule: ScanRule = { id: 'bad.here', title: 'bad', severity: 'high', help: 'Do not.', techniques: [] };
const scanner = { formats: [bad, plain], rules: new Map([['bad.here', rule]]) };
const NOW = Date.parse('2026-11-26T12:00:00Z');

const home = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'ancile-scan-'));
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  for (const name of ['models', '.ancileignore', 'suppressions.yaml', 'baseline.json']) {
    rmSync(name, { recursive: true, force: true });
  }
  mkdirSync('models/deep', { recursive: true });
  writeFileSync('models/a.bin', 'ok');
  writeFileSync('models/b.bin', 'BAD one');
  writeFileSync('models/deep/c.bin', 'BAD <two> & "three"');
});

function run(options: { suppressions?: string; baseline?: string } = {}, paths = ['models']) {
  const scan = new Scan(scanner, { now: NOW, ...options });
  const files = [...scan.run(paths)];
  return { files, report: scan.report('1.2.3') };
}

it('scans folders in the order of names, follows links to files within and says which it did not', () => {
  symlinkSync('../a.bin', 'models/deep/link.bin');
  symlinkSync('/etc/hostname', 'models/out.bin');
  symlinkSync('nowhere', 'models/lost.bin');
  symlinkSync('..', 'models/deep/loop');
  const { files, report } = run();
  expect(files.map(({ path, verdict }) => [path, verdict])).toEqual([
    ['models/a.bin', 'clean'],
    ['models/b.bin', 'malicious'],
    ['models/lost.bin', 'unanalyzed'],
    ['models/out.bin', 'unanalyzed'],
    ['models/deep/c.bin', 'malicious'],
    ['models/deep/link.bin', 'clean'],
  ]);
  expect(report.summary).toMatchObject({ files: 6, clean: 2, malicious: 2, unanalyzed: 2, findings: { high: 2 } });
  expect(reaches(report, 'high')).toBe(true);
  expect(reaches(report, 'critical')).toBe(false);
});

it('tells which folders it passed over by their names, and of links into them', () => {
  for (const name of ['.venv', 'node_modules', 'deep/node_modules']) mkdirSync(`models/${name}`);
  writeFileSync('models/.venv/d.bin', 'BAD four');
  symlinkSync('.venv', 'models/weights');
  const { files, report } = run();
  expect(report.notes).toEqual(['folders passed over by their names, .venv, 2 of node_modules: name one to scan it']);
  expect(files.find(({ path }) => path === 'models/weights')).toMatchObject({ verdict: 'unanalyzed' });
  expect(run({}, ['models/.venv']).report.summary.malicious).toBe(1);
});

it('says in code scanning as well that it was stopped', () => {
  const scan = new Scan(scanner, { now: NOW });
  scan.run(['models']).next();
  const sarif = toSarif(scan.report('1.2.3', false), scanner.rules);
  expect(sarif).toMatchObject({
    runs: [
      {
        invocations: [
          {
            executionSuccessful: false,
            toolExecutionNotifications: [{ message: { text: expect.stringContaining('stopped') } }],
          },
        ],
      },
    ],
  });
});

it('says what is not there', () => {
  expect(() => run({}, ['models/absent'])).toThrow('models/absent is not there');
});

it('leaves out what .ancileignore of the working folder names, and never asks the one in a scanned folder', () => {
  writeFileSync('models/.ancileignore', '*\n');
  expect(run().report.summary).toMatchObject({ malicious: 2, ignored: 0 });
  writeFileSync('.ancileignore', 'models/deep/\n*.md\n');
  const { report } = run();
  expect(report.summary).toMatchObject({ malicious: 1, ignored: 1 });
  expect(report.notes[0]).toContain('1 path left out by .ancileignore');
  expect([...new Scan(scanner, { now: NOW, ignore: false }).run(['models'])]).toHaveLength(4);
});

it('does not count what somebody answers for, until the day it ends or the content changes', () => {
  const entry = (more: string) =>
    `suppressions:\n  - { rule: bad.here, path: 'models/b.*', reason: seen and found harmless, owner: ada, ${more} }\n`;
  writeFileSync('suppressions.yaml', entry('expires: 2026-11-26'));
  const held = run({ suppressions: 'suppressions.yaml' });
  expect(held.files[1]).toMatchObject({ verdict: 'clean', findings: [{ suppressed: { owner: 'ada' } }] });
  expect(held.report.summary).toMatchObject({ malicious: 1, suppressed: 1 });

  writeFileSync('suppressions.yaml', entry('expires: 2026-11-25'));
  const late = run({ suppressions: 'suppressions.yaml' });
  expect(late.report.summary).toMatchObject({ malicious: 2, suppressed: 0 });
  expect(late.report.notes[0]).toContain('expired on 2026-11-25');

  const { sha256 } = late.files[1]!;
  writeFileSync('suppressions.yaml', entry(`expires: 2027-01-01, sha256: ${sha256}`));
  expect(run({ suppressions: 'suppressions.yaml' }).report.summary.suppressed).toBe(1);
  writeFileSync('models/b.bin', 'BAD other');
  const changed = run({ suppressions: 'suppressions.yaml' });
  expect(changed.report.summary.suppressed).toBe(0);
  expect(changed.report.notes[0]).toContain('was not needed');
});

it('asks of a suppression a reason, an owner and an end', () => {
  writeFileSync(
    'suppressions.yaml',
    "suppressions: [{ rule: bad.here, path: 'x', owner: ada, expires: 2027-01-01 }]\n",
  );
  expect(() => run({ suppressions: 'suppressions.yaml' })).toThrow(/suppressions\.0\.reason/);
  writeFileSync(
    'suppressions.yaml',
    "suppressions: [{ rule: bad.hear, path: '*', reason: a rule by another name, owner: ada, expires: 2027-01-01 }]\n",
  );
  expect(run({ suppressions: 'suppressions.yaml' }).report.notes[0]).toContain('names a rule that there is not');
  writeFileSync('suppressions.yaml', 'suppressions: [');
  expect(() => run({ suppressions: 'suppressions.yaml' })).toThrow('cannot be read');
});

it('fails on what is not in the baseline only', () => {
  writeFileSync('baseline.json', renderBaseline(run().files));
  const same = run({ baseline: 'baseline.json' });
  expect(same.report.summary).toMatchObject({ malicious: 2, known: 2 });
  expect(reaches(same.report, 'high')).toBe(false);
  writeFileSync('models/b.bin', 'BAD another');
  const other = run({ baseline: 'baseline.json' });
  expect(reaches(other.report, 'high')).toBe(true);
  expect(other.report.summary).toMatchObject({ known: 1, findings: { high: 1 } });
  // What is behind the cut is not seen in the message.
  const long = `BAD ${'x'.repeat(96)}`;
  writeFileSync('models/b.bin', long);
  writeFileSync('baseline.json', renderBaseline(run().files));
  expect(reaches(run({ baseline: 'baseline.json' }).report, 'high')).toBe(false);
  writeFileSync('models/b.bin', `${long} and other things`);
  expect(reaches(run({ baseline: 'baseline.json' }).report, 'high')).toBe(true);
  writeFileSync('baseline.json', '{}');
  expect(() => run({ baseline: 'baseline.json' })).toThrow('no baseline');
});

it('tells code scanning every finding with its rule, place and fingerprint, and what was suppressed as such', () => {
  writeFileSync(
    'suppressions.yaml',
    'suppressions: [{ rule: bad.here, path: models/b.bin, reason: seen and found harmless, owner: ada, expires: 2027-01-01 }]',
  );
  const { report } = run({ suppressions: 'suppressions.yaml' });
  const sarif = toSarif(report, scanner.rules) as {
    runs: { results: { ruleIndex: number; level: string; suppressions?: unknown[]; locations: unknown[] }[] }[];
  };
  const { results } = sarif.runs[0]!;
  expect(results.map(({ level, suppressions }) => [level, suppressions?.length ?? 0])).toEqual([
    ['error', 1],
    ['error', 0],
  ]);
  expect(results[1]!.locations[0]).toMatchObject({
    physicalLocation: { artifactLocation: { uri: 'models/deep/c.bin' }, region: { startLine: 1, byteOffset: 4 } },
  });
});

it('is drawn by a CI: a test case for each file, its findings escaped', () => {
  const junit = toJunit(run().report, 'high');
  expect(junit).toContain('tests="3" failures="2" errors="0" skipped="0"');
  expect(junit).toContain('says &lt;two&gt; &amp; &quot;three&quot;');
  expect(toJunit(run().report, undefined)).toContain('failures="0"');
});
