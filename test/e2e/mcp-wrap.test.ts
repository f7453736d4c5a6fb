// `ancile mcp wrap`: an agent that starts its tool server by a command gets it with the gateway between, and the command
// line decides on what it offers while it runs.
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, it } from 'vitest';
import { atEnd, tempFolder } from '../harness/cleanup.ts';
import { localTools, saidBy } from '../harness/mcp.ts';
import { policiesWith } from '../harness/policies.ts';
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

it(
  'tells the approval webhook of what is held, signed, and is answered by the command line',
  { timeout: 120_000 },
  async () => {
    const secret = 'a-secret-of-the-desk-0123';
    const told: { body: string; signature: string }[] = [];
    const desk = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        told.push({ body, signature: String(request.headers['x-ancile-signature']) });
        response.end();
      });
    });
    await new Promise<void>((done) => desk.listen(0, '127.0.0.1', done));
    atEnd(() => new Promise((done) => desk.close(done)));
    const dir = tempFolder();
    const config = join(dir, 'ancile.yaml');
    writeFileSync(join(dir, 'hook.secret'), secret);
    const set = policiesWith(`
@id("test.hold")
@action("hold")
@reason("a person must see every call")
forbid (principal, action == Action::"tool_call", resource)
when { resource.name == "echo" };
`);
    const url = `http://127.0.0.1:${(desk.address() as AddressInfo).port}/held`;
    writeFileSync(
      config,
      JSON.stringify({
        dataDir: 'data',
        policy: { set },
        approvals: { wait: '60s', webhook: { url, secret: { file: 'hook.secret' } } },
        mcp: { servers: { notes: { command, args, pin: 'first_use' } } },
      }),
    );
    const client = new Client({ name: 'agent', version: '1' });
    atEnd(() => client.close());
    const wrap = ['mcp', 'wrap', '--config', config, '--name', 'notes', '--', command, ...args];
    const start = { command: process.execPath, args: [...ANCILE, ...wrap], cwd: ROOT, stderr: 'ignore' as const };
    await client.connect(new StdioClientTransport(start) as never, { timeout: 60_000 });
    await client.listTools();
    const answered = [];
    for (const [verdict, text] of [
      ['approve', 'first'],
      ['deny', 'second'],
    ] as const) {
      const call = client.callTool({ name: 'echo', arguments: { text } });
      const { body, signature } = await eventually(() => told.shift());
      const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
      expect(mac).toBe(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex'));
      const { event, approval } = JSON.parse(body) as { event: string; approval: { id: string; exchange: object } };
      expect(event).toBe('approval.pending');
      expect(approval.exchange).toMatchObject({ surface: 'mcp', route: 'notes', model: 'echo' });
      // What is held is not told to the desk.
      expect(body).not.toContain(text);
      await ancile(config, 'approval', verdict, approval.id);
      answered.push(saidBy(await call));
    }
    expect(answered).toEqual(['first', expect.stringMatching(/denied/)]);
  },
);
