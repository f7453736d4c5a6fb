// Kills a process that appends to the ledger, again and again, and proves after each time that nothing acknowledged is
// missing. Run: tsx tools/soak-ledger.ts --rounds 100
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openKeys } from '../src/keys/index.ts';
import { openLedger, verifyLedger } from '../src/ledger/index.ts';
import { openStore } from '../src/store/index.ts';

const CHILD = resolve(import.meta.dirname, 'ledger-child.ts');

export interface SoakResult {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly size: number;
  /** Sentences; empty when all is well. */
  readonly failures: readonly string[];
}

/** Appends in a child until it is killed after `delay` ms of work; what it printed as acknowledged. */
async function killedRun(dataDir: string, delay: number): Promise<Map<number, string>> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const ready = new Promise<void>((done, fail) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('ready\n')) done();
    });
    child.on('exit', () => fail(new Error('the child ended before it was ready')));
  });
  const ended = once(child.stdout, 'end');
  await ready;
  await new Promise((done) => setTimeout(done, delay));
  child.kill('SIGKILL');
  await ended;
  const acknowledged = new Map<number, string>();
  // The last line may be torn by the kill.
  for (const line of output.slice(0, output.lastIndexOf('\n')).split('\n')) {
    const [seq, key] = line.split(' ');
    if (key !== undefined && seq !== 'fault') acknowledged.set(Number(seq), key);
  }
  return acknowledged;
}

/** Runs the rounds over one data folder. */
export async function soak(rounds: number, report: (line: string) => void = () => {}): Promise<SoakResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ancile-soak-'));
  const acknowledged = new Map<number, string>();
  const failures: string[] = [];
  let size = 0;
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const [seq, key] of await killedRun(dataDir, Math.random() * 250)) {
        if (acknowledged.has(seq)) failures.push(`round ${round}: seq ${seq} was acknowledged twice`);
        acknowledged.set(seq, key);
      }
      const before = await verifyLedger(dataDir);
      for (const problem of before.problems) failures.push(`round ${round}, before recovery: ${problem.message}`);
      const store = await openStore({ path: join(dataDir, 'store.db') });
      const ledger = await openLedger({ dataDir, keys: openKeys(dataDir), node: 'soak' });
      size = ledger.size;
      const found = new Map<number, string>();
      for await (const record of ledger.read())
        if (record.kind === 'admin.change') found.set(record.seq, record.target);
      for (const [seq, key] of acknowledged) {
        if (found.get(seq) !== key)
          failures.push(`round ${round}: record ${seq} (${key}) was acknowledged and is not there`);
      }
      await ledger.close();
      await store.close();
      const after = await verifyLedger(dataDir);
      for (const problem of after.problems) failures.push(`round ${round}, after recovery: ${problem.message}`);
      if (after.completeAsOf?.size !== size)
        failures.push(`round ${round}: the last checkpoint does not cover all ${size}`);
      report(`round ${round}: ${acknowledged.size} acknowledged, ${size} in the ledger, ${failures.length} failures`);
    }
  } finally {
    rmSync(dataDir, { recursive: true });
  }
  return { rounds, acknowledged: acknowledged.size, size, failures };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
  const result = await soak(Number(values.rounds), (line) => process.stdout.write(line + '\n'));
  for (const failure of result.failures) process.stdout.write(failure + '\n');
  process.exitCode = result.failures.length === 0 ? 0 : 1;
}
