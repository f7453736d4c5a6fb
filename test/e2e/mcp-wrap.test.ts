// `ancile mcp wrap`: an agent that starts its tool server by a command gets it with the gateway between, and the command
// line decides on what it offers while it runs.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, it } from 'vitest';
import { atEnd, tempFolder } from '../harness/cleanup.ts';
import { localTools, saidBy } from '../harness/mcp.ts';
import { eventually } from '../harness/server.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const ANCILE = ['--import', 'tsx', 'src/cli/main.ts'];
const { command, args } = localTools() as { command: string; args: string[] };

async function ancile(config: string, ...words: string[]): Promise<unknown[]> {
  const { stdout } = await run(process.execPath, [...ANCILE, ...words, '--json', '--config', config], { cwd: ROOT });
  // One value, or a line each.
  return words[0] === 'ledger'
    ? stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    : [JSON.parse(stdout)];
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // One that has ended and whose end nobody has taken note of is no process any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

it(
  'wraps a server: nothing passes undecided, all is on record, and both end together',
  { timeout: 120_000 },
  async () => {
    const dir = tempFolder();
    const config = join(dir, 'ancile.yaml');
    writeFileSync(config, 'dataDir: data\n');
    const client = new Client({ name: 'agent', version: '1' });
    const wrap = ['mcp', 'wrap', '--config', config, '--name', 'notes', '--', command, ...args];
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [...ANCILE, ...wrap],
      cwd: ROOT,
      env: { ...process.env, HIDDEN: 'from-the-server' } as Record<string, string>,
      stderr: 'ignore',
    });
    atEnd(() => client.close());
    await client.connect(transport as never, { timeout: 60_000 });
    expect((await client.listTools()).tools).toEqual([]);
    expect(existsSync(join(dir, 'data', 'mcp', 'notes'))).toBe(true);

    const [listed] = await ancile(config, 'mcp', 'pins', 'list', '--server', 'notes');
    const { pins } = listed as { pins: { name: string }[] };
    expect(pins.map(({ name }) => name)).toContain('echo');
    await ancile(config, 'mcp', 'pins', 'approve', 'notes', 'echo', 'read_note', '--note', 'looked at');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['echo', 'read_note']);
    expect(saidBy(await client.callTool({ name: 'echo', arguments: { text: 'hello' } }))).toBe('hello');
    const env = JSON.parse(saidBy(await client.callTool({ name: 'read_note', arguments: {} }))) as Record<
      string,
      string
    >;
    expect(env['HIDDEN']).toBeUndefined();
    const refused = await client.callTool({ name: 'other_text', arguments: {} });
    expect(refused.isError).toBe(true);

    const records = (await ancile(config, 'ledger', 'list')) as { kind: string; outcome?: string }[];
    expect(records.filter(({ kind }) => kind === 'exchange.closed').map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(['completed', 'denied_input']),
    );

    // Killed without a chance to say good-bye, it takes the server with it.
    const wrapper = transport.pid!;
    const found = await run('pgrep', ['-f', '-P', String(wrapper), 'mcp-stdio']);
    const child = Number(found.stdout.trim().split('\n')[0]);
    expect(isRunning(child)).toBe(true);
    process.kill(wrapper, 'SIGKILL');
    await eventually(() => (isRunning(child) ? undefined : true));
  },
);
