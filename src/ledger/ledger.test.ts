// The story of the log: appended in groups, checkpointed, sealed, read, proven, pruned, closed, found again.
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { adminChange, LedgerFolder, SEGMENT } from '../../test/ledger-fixture.ts';
import { openKeys } from '../keys/index.ts';
import { type Ledger, leafHash, verifyConsistency, verifyInclusion, verifyLedger } from './index.ts';
import { Frontier } from './frontier.ts';
import { loadNotes } from './note-file.ts';
import { Checkpoint, verifyNote } from './note.ts';

let folder: LedgerFolder;
let ledger: Ledger | undefined;
beforeEach(() => void (folder = new LedgerFolder()));
afterEach(async () => {
  await ledger?.close();
  ledger = undefined;
  folder.dispose();
});

const targets = async (from: Ledger, range = {}): Promise<string[]> => {
  const found: string[] = [];
  for await (const record of from.read(range)) if (record.kind === 'admin.change') found.push(record.target);
  return found;
};
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `t${from + i}`);

/** The lines of all segments, as they stand on disk. */
const allLines = (): string[] =>
  readdirSync(folder.path(''))
    .filter((name) => /^\d+\.jsonl$/.test(name))
    .sort()
    .flatMap((name) => readFileSync(folder.path(name), 'utf8').split('\n').slice(0, -1));

it('numbers and stamps records, and has them on disk when append resolves', async () => {
  ledger = await folder.open({ clock: () => 1_700_000_000_000 });
  expect(await ledger.append(adminChange('t0'))).toEqual({ seq: 0 });
  const [line] = allLines();
  expect(JSON.parse(line!)).toEqual({ seq: 0, ...adminChange('t0'), time: '2023-11-14T22:13:20.000Z', node: 'n1' });
  expect(statSync(folder.part(0, 'jsonl')).mode & 0o077).toBe(0);
});

it('gives a burst consecutive numbers in the order of the calls, across segments', async () => {
  ledger = await folder.open();
  const seqs = await Promise.all(numbers(0, 50).map((name) => ledger!.append(adminChange(name))));
  expect(seqs.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(await targets(ledger)).toEqual(numbers(0, 50));
  expect(allLines()).toHaveLength(50);
  expect((await verifyLedger(folder.dataDir)).problems).toEqual([]);
});

it('takes the body as it was at the call', async () => {
  ledger = await folder.open();
  const body = adminChange('before') as { target: string } & ReturnType<typeof adminChange>;
  const done = ledger.append(body);
  body.target = 'after';
  await done;
  expect(await targets(ledger)).toEqual(['before']);
});

it('reads ranges and single records, also within large segments', async () => {
  ledger = await folder.open({ segmentSize: 4096 });
  const wide = 'x'.repeat(300);
  await Promise.all(numbers(0, 3000).map((name) => ledger!.append(adminChange(name + wide))));
  expect(await targets(ledger, { from: 1234, to: 1237 })).toEqual(numbers(1234, 1237).map((name) => name + wide));
  expect(await targets(ledger, { from: 2998 })).toHaveLength(2);
  expect(await targets(ledger, { from: 5000 })).toEqual([]);
  for (const seq of [0, 1, 777, 2999]) expect((await ledger.get(seq))?.seq).toBe(seq);
  for (const seq of [-1, 1.5, 3000, NaN]) expect(await ledger.get(seq)).toBeUndefined();
});

it('signs checkpoints at intervals, seals and the close, and anchors each elsewhere', async () => {
  const anchorFile = join(folder.dataDir, 'anchor.jsonl');
  writeFileSync(anchorFile, '{"torn');
  ledger = await folder.open({ anchorFile, checkpointInterval: 10 });
  expect(ledger.lastCheckpoint?.size).toBe(0);
  await ledger.append(adminChange('t0'));
  await expect.poll(() => ledger!.lastCheckpoint?.size).toBe(1);
  for (const name of numbers(1, 20)) await ledger.append(adminChange(name));
  await ledger.close();
  const { lines } = await loadNotes(folder.path('checkpoints.jsonl'), Checkpoint);
  const notes = lines.map(({ note }) => note!);
  const sizes = notes.map(({ size }) => size);
  for (const size of [0, 1, 8, 16, 20]) expect(sizes).toContain(size);
  const keys = openKeys(folder.dataDir);
  const tree = new Frontier();
  const roots = [tree, ...allLines()].map((line) => {
    if (typeof line === 'string') tree.append(leafHash(line));
    return Buffer.from(tree.root()).toString('hex');
  });
  for (const note of notes) {
    expect(note.root).toBe(roots[note.size]);
    expect(verifyNote('checkpoint', note, keys.publicKey)).toBe(true);
    expect(verifyNote('prune', note, keys.publicKey)).toBe(false);
  }
  expect((await loadNotes(anchorFile, Checkpoint)).lines.flatMap(({ note }) => note ?? [])).toEqual(notes);
});

it('reports an anchor that cannot be written, and goes on', async () => {
  const faults: string[] = [];
  const anchorFile = join(folder.dataDir, 'nowhere', 'anchor.jsonl');
  ledger = await folder.open({ anchorFile, onFault: (fault) => faults.push(fault.message) });
  await ledger.append(adminChange('t0'));
  await ledger.checkpoint();
  expect(ledger.lastCheckpoint?.size).toBe(1);
  expect(faults).toHaveLength(2);
  expect(faults[0]).toContain('cannot anchor');
});

it('goes on where it was closed, whatever the number of records', async () => {
  for (const size of [0, 1, 7, 8, 9, 16, 17, 33]) {
    await folder.fill(size);
    ledger = await folder.open();
    expect(ledger.size).toBe(size);
    expect(await targets(ledger)).toEqual(numbers(0, size));
    await ledger.close();
    expect(await verifyLedger(folder.dataDir)).toMatchObject({
      ok: true,
      size,
      completeAsOf: { size },
      unsignedTail: 0,
    });
  }
});

it('refuses appends after close, and records too large to be read again', async () => {
  ledger = await folder.open();
  await expect(ledger.append(adminChange('x'.repeat(5_000_000)))).rejects.toMatchObject({ code: 'ledger_fault' });
  await ledger.append(adminChange('x'.repeat(4_000_000)));
  await ledger.close();
  await ledger.close();
  await expect(ledger.append(adminChange('late'))).rejects.toMatchObject({ code: 'shutting_down' });
  expect((await verifyLedger(folder.dataDir)).ok).toBe(true);
});

it('refuses more than can wait for the disk, and writes all that it took', async () => {
  ledger = await folder.open();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, () => ledger!.append(adminChange('x'.repeat(3_000_000)))),
  );
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'overloaded' });
  expect(ledger.size).toBe(outcomes.length - refused.length);
});

it('cuts off a torn record and goes on', async () => {
  await folder.fill(11);
  appendFileSync(folder.part(8, 'jsonl'), '{"seq":11,"kind":"admin.ch');
  appendFileSync(folder.path('checkpoints.jsonl'), '{"orig');
  expect((await verifyLedger(folder.dataDir)).ok).toBe(true);
  ledger = await folder.open();
  expect(ledger.tornBytes).toBe(26);
  expect(await ledger.append(adminChange('t11'))).toEqual({ seq: 11 });
  await ledger.close();
  expect(await targets((ledger = await folder.open()))).toEqual(numbers(0, 12));
  expect((await verifyLedger(folder.dataDir)).ok).toBe(true);
});

it('cuts off the hole that a power cut leaves in a batch that was never acknowledged', async () => {
  await folder.fill(3);
  appendFileSync(folder.part(0, 'jsonl'), Buffer.concat([Buffer.alloc(100), Buffer.from('\n{"seq":4,"kind":"x"}\n')]));
  ledger = await folder.open();
  expect(ledger.size).toBe(3);
  expect(ledger.tornBytes).toBe(122);
});

const spoil: Record<string, (at: LedgerFolder) => void> = {
  'a record changed': (at) => at.edit(at.part(16, 'jsonl'), (lines) => lines.map((line) => line.replace('t17', 'T17'))),
  'the end cut off': (at) => truncateSync(at.part(16, 'jsonl'), statSync(at.part(16, 'jsonl')).size - 150),
  'the last record removed': (at) => at.edit(at.part(16, 'jsonl'), (lines) => lines.slice(0, -1)),
  'a record put in': (at) => at.edit(at.part(16, 'jsonl'), (lines) => [lines[0]!, ...lines]),
  'a stored root changed': (at) => writeFileSync(at.part(8, 'root'), '0'.repeat(64) + '\n'),
  'a stored root removed': (at) => rmSync(at.part(8, 'root')),
  'a sealed segment removed': (at) => rmSync(at.part(8, 'jsonl')),
  'the checkpoints removed': (at) => rmSync(at.path('checkpoints.jsonl')),
  'the last checkpoint changed': (at) =>
    at.edit(at.path('checkpoints.jsonl'), (lines) => [
      ...lines.slice(0, -1),
      lines.at(-1)!.replace(/"size":\d+/, '"size":1'),
    ]),
  'the format removed': (at) => rmSync(at.path('format.json')),
  'another key': (at) => rmSync(join(at.dataDir, 'keys'), { recursive: true }),
};
it.each(Object.entries(spoil))('refuses to start after %s', async (_, damage) => {
  await folder.fill(20);
  damage(folder);
  const before = readdirSync(folder.path('')).map((name) => readFileSync(folder.path(name), 'utf8'));
  await expect(folder.open()).rejects.toMatchObject({
    code: 'ledger_corrupt',
    hint: expect.stringContaining('verify'),
  });
  // Evidence of tampering is not tidied away.
  expect(readdirSync(folder.path('')).map((name) => readFileSync(folder.path(name), 'utf8'))).toEqual(before);
});

it('proves records and growth to whoever has only a checkpoint', async () => {
  await folder.fill(29, [5, 13]);
  ledger = await folder.open();
  const marks = (await loadNotes(folder.path('checkpoints.jsonl'), Checkpoint)).lines.map(({ note }) => note!);
  const lines = allLines();
  const root = (mark: Checkpoint): Buffer => Buffer.from(mark.root, 'hex');
  for (const mark of marks) {
    for (let seq = 0; seq < mark.size; seq++) {
      const proof = ledger.inclusionProof(seq, mark.size);
      expect(verifyInclusion(leafHash(lines[seq]!), seq, mark.size, proof, root(mark))).toBe(true);
    }
    for (const later of marks.filter(({ size }) => size >= mark.size)) {
      const proof = ledger.consistencyProof(mark.size, later.size);
      expect(verifyConsistency(mark.size, later.size, root(mark), root(later), proof)).toBe(true);
    }
  }
  expect(() => ledger!.inclusionProof(0, 30)).toThrow(RangeError);
});

it('prunes whole segments with proof, and says so', async () => {
  await folder.fill(29, [5, 13]);
  ledger = await folder.open();
  expect(await ledger.prune(8)).toEqual({ firstSeq: 8, deleted: 8 });
  expect(await ledger.prune(23)).toEqual({ firstSeq: 16, deleted: 8 });
  expect(await ledger.prune(1000)).toEqual({ firstSeq: 24, deleted: 8 });
  expect(existsSync(folder.part(8, 'jsonl')) || existsSync(folder.part(8, 'leaves'))).toBe(false);
  expect(await targets(ledger)).toEqual(numbers(24, 29));
  expect(await ledger.get(3)).toBeUndefined();
  expect(() => ledger!.inclusionProof(3)).toThrow('pruned');
  expect(ledger.inclusionProof(26).length).toBeGreaterThan(0);
  await ledger.append(adminChange('t29'));
  await ledger.close();

  ledger = await folder.open();
  expect([ledger.firstSeq, ledger.size]).toEqual([24, 30]);
  const report = await verifyLedger(folder.dataDir);
  expect(report).toMatchObject({ ok: true, size: 30, pruned: 3 * SEGMENT, completeAsOf: { size: 30 } });
  expect(report.statements.join()).toContain('24 records were pruned by signed statements');
});

it('finishes a prune that was cut short after it was signed', async () => {
  await folder.fill(20);
  const kept = [readFileSync(folder.part(0, 'jsonl')), readFileSync(folder.part(0, 'leaves'))];
  ledger = await folder.open();
  await ledger.prune(8);
  await ledger.close();
  writeFileSync(folder.part(0, 'jsonl'), kept[0]!);
  writeFileSync(folder.part(0, 'leaves'), kept[1]!);
  expect((await verifyLedger(folder.dataDir)).ok).toBe(true);
  ledger = await folder.open();
  expect(ledger.firstSeq).toBe(8);
  expect(existsSync(folder.part(0, 'jsonl'))).toBe(false);
});
