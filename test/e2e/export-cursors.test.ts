// The place of a sink in the ledger: over restarts, changes of the configuration, pruning, and a file on a full disk.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ExportEvent } from '../../src/contract/index.ts';
import { requireOrSkip } from '../skips.ts';
import { atEnd, tempFolder } from '../harness/cleanup.ts';
import { openTestExporter, sinkOf } from '../harness/exporter.ts';
import { startOcsfReceiver } from '../harness/receivers.ts';
import { eventually } from '../harness/server.ts';
import { LedgerFolder } from '../ledger-fixture.ts';

const read = (file: string): ExportEvent[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ExportEvent);

/** A sink into a file of its own. */
function fileSink(name: string, path: string, more: object = {}) {
  return sinkOf(name, { kind: 'file', path, ...more }, { path });
}

it('outlasts the program: nothing is sent twice that was delivered well before its end', async () => {
  const folder = new LedgerFolder();
  const file = join(tempFolder(), 'out.jsonl');
  const first = await openTestExporter([fileSink('s', file)], folder);
  await first.append(100);
  await first.current('s');
  await first.close();
  const again = await openTestExporter([fileSink('s', file)], folder);
  await again.append(20);
  await again.current('s');
  expect(read(file).map(({ id }) => id)).toEqual(await again.ids());
  await again.close();
});

it('begins now where the name is new, at the start where that is asked for, and goes on whatever else changes', async () => {
  const dir = tempFolder();
  const [all, late, other] = ['all', 'late', 'other'].map((name) => join(dir, name)) as [string, string, string];
  const test = await openTestExporter([fileSink('all', all)]);
  await test.append(20);
  await test.current('all');
  await test.exporter.apply([fileSink('all', all), fileSink('late', late, { from: 'now' })]);
  await test.append(8);
  await test.current('late');
  expect(read(late).map(({ seq }) => seq)).toEqual([20, 21, 22, 23, 24, 25, 26, 27]);

  // A filter that changes counts from the cursor on.
  await test.exporter.apply([fileSink('late', late, { filter: { action: 'block', severity: 'high' } })]);
  await test.append(8);
  await test.current('late');
  expect(
    read(late)
      .slice(8)
      .map(({ seq, action }) => [seq, action]),
  ).toEqual([
    [31, 'block'],
    [35, 'block'],
  ]);
  expect(await test.exporter.list()).toMatchObject([
    { name: 'all', state: 'removed', cursor: 28, lag: { records: 8 } },
    { name: 'late', state: 'current', cursor: 36 },
  ]);

  // Put back under its name, into another file: it goes on where it was.
  await test.exporter.apply([
    fileSink('all', other),
    fileSink('late', late, { filter: { kinds: ['exchange.closed'] } }),
  ]);
  await test.append(4);
  await test.current('all');
  await test.current('late');
  expect(read(other).map(({ seq }) => seq)).toEqual([28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  expect(
    read(late)
      .slice(10)
      .map(({ seq }) => seq),
  ).toEqual([37]);
  await test.close();
});

it('tells of what was pruned before it was there, in the stream and for people, and goes on behind it', async () => {
  const receiver = await startOcsfReceiver();
  await receiver.stop();
  const test = await openTestExporter([sinkOf('s', { kind: 'ocsf', url: receiver.url })]);
  await test.append(600);
  const before = await test.ids();
  await eventually(() => (test.view('s').state === 'retrying' ? true : undefined));
  await test.ledger.prune(450);
  expect(test.ledger.firstSeq).toBe(448);
  await receiver.start();
  await test.current('s');
  // The batch that was read before it was pruned was delivered; what was not is named to the record.
  const { gaps } = test.view('s');
  expect(gaps.length).toBe(1);
  const { from, to } = gaps[0]!;
  expect(from).toBeGreaterThan(0);
  expect(to).toBe(448);
  const gap = `node_01-gap-${from}-448`;
  expect(receiver.ids.filter((id) => id === gap)).toEqual([gap]);
  const known = [...before.slice(0, from), ...before.slice(448)];
  expect(receiver.ids.filter((id) => id !== gap).sort()).toEqual(known.sort());
  expect(test.faults.some((message) => message.includes('pruned'))).toBe(true);
  expect((await test.exporter.list())[0]!.gaps).toEqual(gaps);
  await test.close();
});

it('a dead letter whose record was pruned is told as gone, not made up', async () => {
  const receiver = await startOcsfReceiver();
  receiver.meddle(() => ({ status: 400 }));
  const test = await openTestExporter([sinkOf('s', { kind: 'ocsf', url: receiver.url })]);
  await test.append(70);
  await test.current('s');
  expect(test.view('s').deadLetters).toBe(70);
  await test.ledger.prune(64);
  receiver.meddle(undefined);
  const { letters } = await test.exporter.deadLetters('s', { after: 62, limit: 3 });
  expect(letters.map(({ seq, replayable }) => [seq, replayable])).toEqual([
    [63, false],
    [64, true],
    [65, true],
  ]);
  expect(await test.exporter.replay('s')).toEqual({ delivered: 6, refused: 0, gone: 64, left: 64 });
  expect([...receiver.ids]).toEqual((await test.ids()).slice(0, 6));
  await test.close();
});

it('a file is put aside when it is large, and what was put aside is kept', async () => {
  const dir = tempFolder();
  const file = join(dir, 'out.jsonl');
  const test = await openTestExporter([fileSink('s', file, { maxBytes: 20_000, keep: 3 })]);
  for (let i = 0; i < 8; i++) {
    await test.append(40);
    await test.current('s');
  }
  expect(readdirSync(dir).sort()).toEqual(['out.jsonl', 'out.jsonl.1', 'out.jsonl.2', 'out.jsonl.3']);
  const kept = [3, 2, 1].flatMap((n) => read(`${file}.${n}`)).concat(read(file));
  const ids = await test.ids();
  expect(kept.map(({ id }) => id)).toEqual(ids.slice(-kept.length));
  expect(kept.length).toBeGreaterThan(60);
  await test.close();
});

it('half a line that a crash left is cut off, and the line written whole', async () => {
  const folder = new LedgerFolder();
  const file = join(tempFolder(), 'out.jsonl');
  const first = await openTestExporter([fileSink('s', file)], folder);
  await first.append(10);
  await first.current('s');
  await first.close();
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"id":"half`);
  const again = await openTestExporter([fileSink('s', file)], folder);
  await again.append(3);
  await again.current('s');
  expect(read(file).map(({ id }) => id)).toEqual(await again.ids());
  await again.close();
});

it('a full disk makes the sink wait; with room again, each event is there once and whole', async (context) => {
  const dir = tempFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', dir]).status === 0;
  requireOrSkip(context, mounted, 'no file system can be mounted here');
  atEnd(() => spawnSync('umount', [dir]));
  const ballast = join(dir, 'ballast');
  writeFileSync(ballast, Buffer.alloc(100_000));
  const file = join(dir, 'out.jsonl');
  const test = await openTestExporter([fileSink('s', file)]);
  await test.append(100);
  await eventually(() => (test.view('s').state === 'retrying' ? true : undefined));
  expect(test.view('s').lastError?.message).toMatch(/ENOSPC/);
  // Appending to the ledger is none of the sink's business.
  await test.append(4);
  truncateSync(ballast);
  rmSync(ballast);
  await test.current('s');
  expect(read(file).map(({ id }) => id)).toEqual(await test.ids());
  await test.close();
});

it('a ledger that was put back to an earlier time is followed from where it is', async () => {
  const folder = new LedgerFolder();
  const file = join(tempFolder(), 'out.jsonl');
  const first = await openTestExporter([fileSink('s', file)], folder);
  await first.append(30);
  await first.current('s');
  await first.close();
  // The store says more than the ledger has: another ledger lies there now.
  rmSync(join(folder.dataDir, 'ledger'), { recursive: true });
  const again = await openTestExporter([fileSink('s', file)], folder);
  await again.append(5);
  await again.current('s');
  const ids = read(file).map(({ id }) => id);
  expect(ids.slice(30)).toEqual(await again.ids());
  expect(new Set(ids).size).toBe(35);
  await again.close();
});
