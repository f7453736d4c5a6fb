// A server's data folder goes into a file while it serves, and another server goes on from that file.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ancile, ensureBuilt, serve } from '../harness/cli.ts';
import { ask, post } from '../harness/clients.ts';
import { testConfig } from '../harness/server.ts';

beforeAll(ensureBuilt, 120_000);

it('is backed up while it serves, restored, and goes on', async () => {
  const { dir } = testConfig({ ledger: { anchorFile: 'anchors.jsonl', checkpointInterval: '50ms' } });
  const run = (...args: string[]) => ancile(args, { cwd: dir });
  writeFileSync(join(dir, 'passphrase'), 'a passphrase of four words\n');
  const server = await serve(['--json'], dir);
  const chat = async (at: typeof server, key = server.key): Promise<number> => {
    const answer = await post({ ...at, key }, '/v1/chat/completions', ask('Hello'));
    await answer.text();
    return answer.status;
  };
  for (let i = 0; i < 5; i++) expect(await chat(server)).toBe(200);

  // Neither sealed nor said to be plain.
  expect(await run('backup', '--out', 'copy')).toMatchObject({ code: 2, stderr: expect.stringContaining('--plain') });
  let over = false;
  const statuses: number[] = [];
  const traffic = (async () => {
    while (!over) statuses.push(await chat(server));
  })();
  const made = await run('backup', '--out', 'copy', '--passphrase-file', 'passphrase', '--json');
  over = true;
  await traffic;
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const { records } = JSON.parse(made.stdout) as { records: number };
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(statSync(join(dir, 'copy')).mode & 0o777).toBe(0o600);
  // A key that is revoked after the backup.
  const list = await run('key', 'list', '--json');
  const [{ id }] = (JSON.parse(list.stdout) as { keys: [{ id: string }] }).keys;
  expect((await run('key', 'revoke', id)).code).toBe(0);
  expect(await chat(server)).toBe(401);
  expect(await server.end()).toEqual({ code: 0, signal: null });
  expect(readFileSync(join(dir, 'data/ledger/0000000000000000.jsonl'), 'utf8')).toContain('"backup.create"');

  const sealed = await run('restore', 'copy', '--into', 'restored');
  expect(sealed).toMatchObject({ code: 2, stderr: expect.stringContaining('--passphrase-file') });
  expect(readdirSync(dir)).not.toContain('restored');
  const secret = ['--passphrase-file', 'passphrase'];
  const restored = await run('restore', 'copy', '--into', 'restored', ...secret, '--anchor', 'anchors.jsonl');
  expect(restored.code).toBe(0);
  expect(restored.stdout).toMatch(/rolled back: the anchor knows of \d+ later records/);
  expect(restored.stdout).toContain('keys revoked');
  expect((await run('restore', 'copy', '--into', 'restored', ...secret)).code).toBe(2);
  expect((await run('ledger', 'verify', 'restored')).code).toBe(0);

  testConfig({ dataDir: 'restored' }, dir);
  const second = await serve(['--json'], dir);
  // The key is as it was then, which the sentences said.
  expect(await chat(second)).toBe(200);
  const exchanges = await run('ledger', 'list', '--json', '--limit', '1000');
  const lines = exchanges.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; kind: string });
  expect(lines.find(({ seq }) => seq === records)).toMatchObject({ kind: 'node.state', state: 'started' });
  expect(await second.end()).toEqual({ code: 0, signal: null });
}, 120_000);
