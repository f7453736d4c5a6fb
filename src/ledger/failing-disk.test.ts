// A disk that refuses writes: a file size limit of the operating system in a process of its own, lifted again.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { LedgerFolder } from '../../test/ledger-fixture.ts';
import { verifyLedger } from './index.ts';

const child = resolve(import.meta.dirname, '../../tools/ledger-child.ts');

it('refuses records while the disk does, goes on when it can, and has what it acknowledged and nothing else', async () => {
  const folder = new LedgerFolder();
  // 512 KiB a file (blocks of 1024): the segment outgrows that; the store does not.
  const command = `ulimit -S -f 512; exec "${process.execPath}" --import tsx "${child}" "${folder.dataDir}" 16 4096`;
  const running = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged = new Map<number, string>();
  const phases: string[] = [];
  let rest = '';
  let lifted = false;
  let sinceLifted = 0;
  for await (const chunk of running.stdout) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const [seq, key] = line.split(' ');
      const phase = seq === 'fault' ? `fault ${key}` : 'fine';
      if (seq !== 'ready' && phases.at(-1) !== phase) phases.push(phase);
      if (phase === 'fine' && key !== undefined) {
        expect(acknowledged.has(Number(seq))).toBe(false);
        acknowledged.set(Number(seq), key);
        if (lifted) sinceLifted++;
      }
    }
    if (!lifted && phases.includes('fault ledger_fault')) {
      lifted = true;
      // What is on disk while it is full is sound already.
      expect((await verifyLedger(folder.dataDir)).problems).toEqual([]);
      execFileSync('prlimit', ['--pid', String(running.pid), '--fsize=unlimited:unlimited']);
    }
    // More than could still have fitted below the limit.
    if (sinceLifted > 1000) running.kill('SIGKILL');
  }
  if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  // Near the limit a small batch may fit where a large one did not, so there can be several faults.
  expect(new Set(phases)).toEqual(new Set(['fine', 'fault ledger_fault']));
  expect([phases[0], phases.at(-1)]).toEqual(['fine', 'fine']);
  expect(sinceLifted).toBeGreaterThan(1000);

  const ledger = await folder.open({ node: 'after' });
  for (const [seq, key] of acknowledged) expect(await ledger.get(seq)).toMatchObject({ target: key });
  await ledger.close();
  expect((await verifyLedger(folder.dataDir)).problems).toEqual([]);
  folder.dispose();
}, 60_000);
