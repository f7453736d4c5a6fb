// What an attacker might do to the files, and what the verification calls it.
import { appendFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminChange, closed, LedgerFolder, opened } from '../../test/ledger-fixture.ts';
import { openKeys } from '../keys/index.ts';
import { Frontier } from './frontier.ts';
import { type ProblemKind, type VerifyReport, verifyLedger } from './index.ts';
import { HASH_BYTES, leafHash } from './merkle.ts';
import { signCheckpoint } from './note.ts';

let folder: LedgerFolder;
beforeEach(() => void (folder = new LedgerFolder()));
afterEach(() => folder.dispose());

const verify = (options = {}): Promise<VerifyReport> => verifyLedger(folder.dataDir, options);
const brief = (report: VerifyReport): [ProblemKind, unknown][] =>
  report.problems.map(({ kind, seq, range }) => [kind, seq ?? [range!.from, range!.to]]);
const swap = (lines: string[], a: number, b: number): string[] =>
  lines.map((line, i) => (i === a ? lines[b]! : i === b ? lines[a]! : line));

/** Makes a segment's leaf hashes agree with its lines again, as a thorough attacker would. */
function forgeLeaves(first: number): void {
  const lines = readFileSync(folder.part(first, 'jsonl'), 'utf8').split('\n').slice(0, -1);
  writeFileSync(folder.part(first, 'leaves'), Buffer.concat(lines.map((line) => leafHash(line))));
}

/** And its stored root. */
function forgeRoot(first: number): void {
  const tree = new Frontier();
  const leaves = readFileSync(folder.part(first, 'leaves'));
  for (let at = 0; at < leaves.length; at += HASH_BYTES) tree.append(leaves.subarray(at, at + HASH_BYTES));
  writeFileSync(folder.part(first, 'root'), Buffer.from(tree.root()).toString('hex') + '\n');
}

describe('a sound ledger', () => {
  it('verifies, and the statements say what that does not mean', async () => {
    await folder.fill(20, [3, 11]);
    const report = await verify();
    expect(report).toMatchObject({ ok: true, size: 20, completeAsOf: { size: 20 }, unsignedTail: 0, problems: [] });
    const said = report.statements.join('\n');
    expect(said).toContain('as of the checkpoint over 20 records');
    expect(said).toContain('silent about later ones');
    expect(said).toContain('whoever holds the signing key could have rewritten');
    expect(said).toContain('public key was taken from the data folder');
  });

  it('verifies while it is written to, and counts what is unsigned and open', async () => {
    const ledger = await folder.open({ checkpointInterval: 60_000 });
    await ledger.append(opened('ex_1'));
    await ledger.append(opened('ex_2'));
    await ledger.append(closed('ex_1'));
    await ledger.checkpoint();
    const writing = Promise.all(Array.from({ length: 300 }, (_, i) => ledger.append(adminChange(`t${i}`))));
    for (let i = 0; i < 5; i++) expect((await verify()).problems).toEqual([]);
    await writing;
    const report = await verify();
    expect(report).toMatchObject({ ok: true, size: 303, openExchanges: 1 });
    expect(report.unsignedTail).toBe(report.size - report.completeAsOf!.size);
    await ledger.close();
  });

  it('verifies as a copy with the key given, and against anchors', async () => {
    await folder.fill(20, [3, 11]);
    const copy = new LedgerFolder();
    cpSync(folder.path(''), copy.path(''), { recursive: true });
    await expect(verifyLedger(copy.dataDir)).rejects.toMatchObject({ code: 'usage' });
    const publicKey = openKeys(folder.dataDir).publicKeyPem;
    const anchors = join(copy.dataDir, 'anchors');
    writeFileSync(anchors, readFileSync(folder.path('checkpoints.jsonl'), 'utf8') + 'noise\n');
    const report = await verifyLedger(copy.dataDir, { publicKey, anchors });
    expect(report).toMatchObject({ ok: true, anchors: 6 });
    expect(report.statements.join('\n')).toContain('The first 20 records match an anchor');
    expect(report.statements.join('\n')).not.toContain('could have');
    copy.dispose();
  });

  it('is no ledger where there is none, and no anchor file where it holds none', async () => {
    openKeys(folder.dataDir);
    await expect(verify()).rejects.toMatchObject({ code: 'usage' });
    await folder.fill(2);
    await expect(verify({ anchors: folder.path('format.json') })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a damaged record is named', () => {
  beforeEach(() => folder.fill(28, [5, 13, 26]));
  const cases: [string, number, (lines: string[]) => string[], [ProblemKind, unknown][]][] = [
    ['changed', 8, (l) => l.map((line) => line.replace('t10', 't99')), [['record_changed', 10]]],
    ['spoilt', 8, (l) => l.map((line, i) => (i === 2 ? 'x' : line)), [['record_changed', 10]]],
    ['deleted', 8, (l) => l.toSpliced(2, 1), [['record_missing', 10]]],
    ['several deleted', 8, (l) => l.toSpliced(2, 3), [['record_missing', [10, 12]]]],
    ['put in twice', 8, (l) => l.toSpliced(2, 0, l[5]!), [['record_inserted', 13]]],
    ['a line put in', 8, (l) => l.toSpliced(2, 0, '{}'), [['record_inserted', 10]]],
    ['swapped', 8, (l) => swap(l, 2, 3), [['record_reordered', 10]]],
    [
      'renumbered',
      8,
      (l) => swap(l, 2, 3).map((line, i) => line.replace(/\d+/, `${8 + i}`)),
      [['record_changed', [10, 11]]],
    ],
    ['sealed end cut', 8, (l) => l.slice(0, 6), [['record_missing', [14, 15]]]],
    ['end cut', 24, (l) => l.slice(0, 2), [['record_missing', [26, 27]]]],
    ['unsigned form', 24, (l) => [...l, '{"seq":28,"kind":"new","time":"","node":""}'], [['record_invalid', 28]]],
  ];
  it.each(cases)('%s', async (_, first, change, expected) => {
    folder.edit(folder.part(first, 'jsonl'), change);
    const report = await verify();
    expect(report.ok).toBe(false);
    const found = brief(report);
    for (const problem of expected) expect(found).toContainEqual(problem);
    // Nothing is named that lies elsewhere.
    const [from, to] = [first, first + 7];
    for (const { seq, range } of report.problems) {
      expect(seq ?? range!.from).toBeGreaterThanOrEqual(from);
      expect(seq ?? range!.to).toBeLessThanOrEqual(to);
    }
    expect(report.completeAsOf!.size).toBeLessThanOrEqual(
      Math.min(...expected.map(([, at]) => [at].flat()[0] as number)),
    );
  });

  it('changed with its leaf hash: within the nearest checkpoints, later segments still judged', async () => {
    folder.edit(folder.part(8, 'jsonl'), (lines) => lines.map((line) => line.replace('t10', 't99')));
    forgeLeaves(8);
    const report = await verify();
    expect(brief(report)).toEqual([
      ['checkpoint_mismatch', [8, 12]],
      ['root_damaged', [8, 15]],
    ]);
    expect(report.completeAsOf?.size).toBe(8);
    folder.edit(folder.part(24, 'jsonl'), (lines) => lines.map((line) => line.replace('t25', 't99')));
    expect(brief(await verify())).toContainEqual(['record_changed', 25]);
  });

  it('changed with leaf hash and root: no later checkpoint holds', async () => {
    folder.edit(folder.part(8, 'jsonl'), (lines) => lines.map((line) => line.replace('t15', 't99')));
    forgeLeaves(8);
    forgeRoot(8);
    const report = await verify();
    expect(brief(report)[0]).toEqual(['checkpoint_mismatch', [13, 15]]);
    expect(report.completeAsOf?.size).toBe(13);
  });

  it('a segment deleted, with or without its root; a prune forged or unsigned', async () => {
    const prune = { first: 8, size: 8, origin: 'x', time: '', keyId: '0'.repeat(16), signature: '' };
    rmSync(folder.part(8, 'jsonl'));
    rmSync(folder.part(8, 'leaves'));
    expect(brief(await verify())).toEqual([['segment_missing', [8, 15]]]);
    const root = readFileSync(folder.part(8, 'root'), 'utf8').trim();
    writeFileSync(folder.path('prunes.jsonl'), JSON.stringify({ ...prune, root }) + '\n');
    expect(brief(await verify())).toEqual([
      ['prune_invalid', 8],
      ['segment_missing', [8, 15]],
    ]);
    rmSync(folder.part(8, 'root'));
    expect((await verify()).completeAsOf?.size).toBe(8);
    rmSync(folder.part(24, 'jsonl'));
    expect((await verify()).ok).toBe(false);
  });

  it('damage to the leaf hashes or a root alone is told apart from damage to records', async () => {
    const leaves = readFileSync(folder.part(16, 'leaves'));
    truncateSync(folder.part(16, 'leaves'), 3 * HASH_BYTES);
    expect(brief(await verify())).toEqual([['leaves_damaged', [19, 23]]]);
    writeFileSync(folder.part(16, 'leaves'), leaves);
    writeFileSync(folder.part(16, 'root'), 'f'.repeat(64) + '\n');
    expect(brief(await verify())).toEqual([['root_damaged', [16, 23]]]);
  });

  it('checkpoints forged, foreign or rewritten', async () => {
    const lines = readFileSync(folder.path('checkpoints.jsonl'), 'utf8');
    folder.edit(folder.path('checkpoints.jsonl'), (all) => all.map((line) => line.replace('"size":13', '"size":14')));
    expect(brief(await verify())).toEqual([['checkpoint_invalid', 8]]);
    folder.edit(folder.path('checkpoints.jsonl'), (all) => [...all, 'x'.repeat(10_000)]);
    expect(brief(await verify())).toHaveLength(2);
    const keys = openKeys(folder.dataDir);
    const note = signCheckpoint(keys, { origin: `ancile/${keys.keyId}`, size: 26, root: '0'.repeat(64), time: '' });
    writeFileSync(folder.path('checkpoints.jsonl'), lines + JSON.stringify(note) + '\n');
    expect(brief(await verify())).toContainEqual(['checkpoint_invalid', 28]);
    expect(brief(await verify())).toContainEqual(['checkpoint_mismatch', [26, 26]]);
  });
});

describe('against an anchor', () => {
  it('finds a ledger cut back and signed anew, and one rewritten by the key’s holder', async () => {
    await folder.fill(12);
    const anchors = join(folder.dataDir, 'anchors.jsonl');
    cpSync(folder.path('checkpoints.jsonl'), anchors);
    // The holder of the key starts over with other records.
    rmSync(folder.path(''), { recursive: true });
    await folder.fill(10);
    expect((await verify()).ok).toBe(true);
    const shorter = await verify({ anchors });
    expect(shorter.ok).toBe(false);
    expect(brief(shorter)).toContainEqual(['anchor_mismatch', [0, 7]]);
    expect(shorter.problems.some(({ message }) => message.includes('end is missing'))).toBe(true);
    expect(shorter.statements.join()).not.toContain('match an anchor');

    rmSync(join(folder.dataDir, 'keys'), { recursive: true });
    rmSync(folder.path(''), { recursive: true });
    await folder.fill(12);
    const report = await verify({ anchors });
    expect(report.problems.map(({ kind }) => kind)).toContain('anchor_invalid');
    expect(report.problems[0]!.message).toContain('keys were replaced');
  });
});

it('finds any change of any byte that a checkpoint covers, and never throws', async () => {
  await folder.fill(20, [5]);
  const names = ['0000000000000000.jsonl', '0000000000000008.jsonl', '0000000000000016.jsonl', 'checkpoints.jsonl'];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (name, place, flip) => {
        const path = folder.path(name);
        const sound = readFileSync(path);
        const bytes = Buffer.from(sound);
        bytes[place % bytes.length]! ^= flip;
        writeFileSync(path, bytes);
        const report = await verify();
        writeFileSync(path, sound);
        // A checkpoint file that ends torn is one that a crash cut short; what it covered is then unsigned, and said so.
        const torn = name === 'checkpoints.jsonl' && bytes.at(-1) !== 10;
        expect(report.ok).toBe(torn && report.unsignedTail > 0);
      },
    ),
    { numRuns: 60 },
  );
});

it('is bounded by what it reads: endless lines, too many lines, forged sizes', async () => {
  await folder.fill(10);
  const keys = openKeys(folder.dataDir);
  const huge = signCheckpoint(keys, { origin: `ancile/${keys.keyId}`, size: 2 ** 50, root: '0'.repeat(64), time: '' });
  const report = await verify({ anchors: [huge] });
  expect(report.problems.at(-1)).toMatchObject({ kind: 'anchor_mismatch', range: { from: 10, to: 2 ** 50 - 1 } });
  appendFileSync(folder.part(8, 'jsonl'), 'y'.repeat(9_000_000) + '\n');
  writeFileSync(folder.part(0, 'jsonl'), '\n'.repeat(100_000));
  writeFileSync(folder.part(8 * 2 ** 40, 'jsonl'), '');
  const worse = await verify();
  expect(worse.problems.length).toBeLessThan(100);
  expect(worse.problems.map(({ kind }) => kind)).toContain('segment_missing');
});
