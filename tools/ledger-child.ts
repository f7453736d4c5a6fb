// A process that appends to a ledger without pause and prints what was acknowledged: made to be killed.
// Arguments: data folder, records in flight, segment size. Prints `ready`, then `<seq> <key>` for each acknowledged record,
// or `fault <code>` for each that was refused.
import { join } from 'node:path';
import { writeSync } from 'node:fs';
import { AncileError, systemCode } from '../src/base/index.ts';
import type { RecordBody } from '../src/contract/index.ts';
import { openKeys } from '../src/keys/index.ts';
import { openLedger } from '../src/ledger/index.ts';
import { openStore } from '../src/store/index.ts';

const [dataDir = '', inFlight = '32', segmentSize = '256'] = process.argv.slice(2);

/**
 * Prints at once: what is in the pipe when the process is killed was acknowledged before. The pipe does not block, so
 * while it is full we wait and try again.
 */
function say(line: string): void {
  const bytes = Buffer.from(line + '\n');
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const toRecord = (target: string): RecordBody => ({
  kind: 'admin.change',
  actor: 'soak',
  action: 'policy.reload',
  target,
  outcome: 'done',
  detail: 'x'.repeat(Math.floor(Math.random() * 400)),
});

await openStore({ path: join(dataDir, 'store.db') });
const ledger = await openLedger({
  dataDir,
  keys: openKeys(dataDir),
  node: 'soak',
  checkpointInterval: 20,
  segmentSize: Number(segmentSize),
});
say('ready');

let next = 0;
async function appendForever(): Promise<void> {
  for (;;) {
    const key = `${process.pid}-${next++}`;
    try {
      const { seq } = await ledger.append(toRecord(key));
      say(`${seq} ${key}`);
    } catch (error) {
      say(`fault ${error instanceof AncileError ? error.code : String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, appendForever));
