// npm run bench:forward: records a second from a node's ledger to a central server in a process of its own, until they are durable there.
// The monitoring rules of the centre run on them meanwhile, as they do by default.
//
//   --records N   of each round        --rounds N
//   --check       ends with 1 where the slowest round is below 1,000 records/s
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startForwarder } from '../../src/export/index.ts';
import { createAdminClient } from '../../src/gateway/index.ts';
import { openKeys } from '../../src/keys/index.ts';
import { openLedger } from '../../src/ledger/index.ts';
import { blocked } from './blocked.ts';

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    check: { type: 'boolean', default: false },
  },
});
const records = Number(flags.records);
const root = resolve(import.meta.dirname, '../..');
mkdirSync(join(root, '.bench'), { recursive: true });
const scratch = mkdtempSync(join(root, '.bench/forward-'));
const PORT = 18_790;
const FLOOR = 1000;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

let centre: ChildProcess | undefined;

async function startCentre(keyFile: string): Promise<string> {
  const dir = join(scratch, 'centre');
  mkdirSync(dir);
  // The bound on a node is not what is measured.
  const nodes = { enrolled: { edge: { key: keyFile } }, recordsPerSecond: 1_000_000 };
  writeFileSync(join(dir, 'ancile.yaml'), JSON.stringify({ server: { port: PORT }, nodes }));
  const args = [join(root, 'dist/bin/ancile.js'), 'serve', '--json'];
  centre = spawn(process.execPath, args, { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((done) => centre!.stdout!.once('data', done));
  return join(dir, 'data');
}

async function measure(): Promise<number[]> {
  const dataDir = join(scratch, 'node');
  mkdirSync(dataDir);
  const keys = openKeys(dataDir);
  const keyFile = join(scratch, 'edge.pem');
  writeFileSync(keyFile, keys.publicKeyPem);
  const ledger = await openLedger({ dataDir, keys, node: 'node_bench' });
  const admin = (await createAdminClient(await startCentre(keyFile)))!;
  const perSecond: number[] = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (let i = 0; i < records; i += 2000) {
      const some = Math.min(2000, records - i);
      await Promise.all(Array.from({ length: some }, (_, n) => ledger.append(blocked(ledger.size + n))));
    }
    const settings = { url: `http://127.0.0.1:${PORT}`, from: 'start' as const, retryMost: 1000, heartbeat: 30_000 };
    const begun = performance.now();
    const forwarder = startForwarder({ settings, ledger, keys, onFault: ({ message }) => print(message) });
    while ((await admin.listNodes({})).nodes[0]?.next !== ledger.size) await sleep(10);
    const seconds = (performance.now() - begun) / 1000;
    await forwarder.close();
    perSecond.push(records / seconds);
    print(`  round ${round + 1}   ${Math.round(records / seconds).toLocaleString('en')} records/s`);
  }
  await ledger.close();
  return perSecond;
}

try {
  print(`${records} records of blocked requests a round, node and centre on this machine, rules of the centre on:`);
  const perSecond = await measure();
  if (flags.check && Math.min(...perSecond) < FLOOR) process.exitCode = 1;
} finally {
  centre?.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
process.exit();
