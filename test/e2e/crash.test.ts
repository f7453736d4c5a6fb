// The machine fails under the gateway: the disk is full, the process is killed. What a client saw is on record all the
// same, and the next start goes on from there.
import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { verifyLedger } from '../../src/ledger/index.ts';
import { requireOrSkip } from '../skips.ts';
import { type Served, ensureBuilt, serve } from '../harness/cli.ts';
import { ask, post } from '../harness/clients.ts';
import { createAdminClient } from '../../src/gateway/index.ts';
import { eventually, testConfig } from '../harness/server.ts';

beforeAll(ensureBuilt, 120_000);

const status = async (server: Served, content = 'Hello'): Promise<number> => {
  const answer = await post(server, '/v1/chat/completions', ask(content));
  await answer.arrayBuffer();
  return answer.status;
};

it('a full disk: nothing passes unrecorded, and all goes on by itself when there is room', async (context) => {
  const lacks = spawnSync('prlimit', ['--version']).status !== 0;
  requireOrSkip(context, !lacks, 'prlimit (util-linux) is not here to limit the size of files');
  const { dir } = testConfig();
  const server = await serve(['--json'], dir);
  const segment = join(dir, 'data/ledger/0000000000000000.jsonl');
  // Records of many findings, so that the ledger is by far the largest file there is.
  const cards = 'Card 4111 1111 1111 1111. '.repeat(300);
  while (statSync(segment).size < 1_000_000) expect(await status(server, cards)).toBe(200);
  const limit = (bytes: string): void =>
    void execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`]);
  limit(String(statSync(segment).size + 300));

  const refused = await post(server, '/v1/chat/completions', ask(cards));
  expect(refused.status).toBe(503);
  const words = await refused.text();
  expect(words).toContain('ledger_fault');
  expect(words).not.toContain(dir);
  const stream = await post(server, '/v1/chat/completions', ask(cards, { stream: true }));
  expect([stream.status, await stream.text()]).toEqual([503, expect.stringContaining('ledger_fault')]);
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
  // What is on the full disk is sound.
  expect((await verifyLedger(join(dir, 'data'))).problems).toEqual([]);

  limit('unlimited');
  expect(await status(server)).toBe(200);
  expect(server.stderr()).toContain('ledger_fault');
  expect(await server.end()).toEqual({ code: 0, signal: null });
  const report = await verifyLedger(join(dir, 'data'));
  expect(report.problems).toEqual([]);
  expect(report.completeAsOf?.size).toBe(report.size);
}, 60_000);

it('kill -9 under load, three times: nothing that a client saw lacks its record, no budget is forgotten', async () => {
  const { dir } = testConfig();
  const dataDir = join(dir, 'data');
  const BUDGET = 120;
  let key = '';
  const begun = new Set<string>();
  const completed = new Set<string>();

  for (let round = 0; round < 3; round++) {
    const server = await serve(['--json'], dir);
    if (round === 0) {
      const admin = (await createAdminClient(dataDir))!;
      ({ key } = await admin.createKey({ name: 'load', budgets: [{ period: 'total', requests: BUDGET }] }));
      await admin.close();
    }
    let inRound = 0;
    let killed = false;
    const client = async (stream: boolean): Promise<void> => {
      while (!killed) {
        try {
          const answer = await post({ ...server, key }, '/v1/chat/completions', ask('Hello', { stream }));
          const id = answer.headers.get('x-ancile-exchange');
          if (id === null) return;
          begun.add(id);
          const text = await answer.text();
          if (!stream || text.endsWith('data: [DONE]\n\n')) completed.add(id);
          inRound++;
        } catch {
          // The server is gone.
        }
      }
    };
    const load = Promise.all(Array.from({ length: 8 }, (_, i) => client(i % 2 === 0)));
    await eventually(() => (inRound >= 15 ? true : undefined), 20_000);
    killed = true;
    expect((await server.end('SIGKILL')).signal).toBe('SIGKILL');
    await load;
    expect((await verifyLedger(dataDir)).problems).toEqual([]);
  }
  expect(completed.size).toBeGreaterThanOrEqual(30);

  const last = await serve(['--json'], dir);
  // The rest of the budget: what was open when the process died was charged.
  let passed = 0;
  while ((await status({ ...last, key })) === 200) passed++;
  const admin = (await createAdminClient(dataDir))!;
  const { records } = await admin.searchRecords({ limit: 1000 });
  await admin.close();
  const opened = records.flatMap((record) => (record.kind === 'exchange.opened' ? [record.exchange.id] : []));
  const closed = records.flatMap((record) => (record.kind === 'exchange.closed' ? [record.exchange] : []));
  expect([...begun].filter((id) => !opened.includes(id))).toEqual([]);
  expect([...completed].filter((id) => !closed.includes(id))).toEqual([]);
  expect(opened).toHaveLength(BUDGET);
  expect(passed).toBeGreaterThan(0);
  const states = records.flatMap((record) => (record.kind === 'node.state' ? [record.state] : []));
  expect(states).toEqual(['started', 'started', 'started', 'started']);
  expect(await last.end()).toEqual({ code: 0, signal: null });
  expect((await verifyLedger(dataDir)).problems).toEqual([]);
}, 90_000);
