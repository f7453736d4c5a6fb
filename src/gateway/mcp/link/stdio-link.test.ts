// Processes of tool servers: what they may take and write, and that nothing of them is left.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { AncileError } from '../../../base/index.ts';
import { tempFolder } from '../../../../test/harness/cleanup.ts';
import type { RpcMessage } from '../json-rpc.ts';
import type { Link } from './link.ts';
import { openStdioLink } from './stdio-link.ts';

let link: Link | undefined;
afterEach(() => link?.close());

function run(script: string, more: { memoryMb?: number; maxBytes?: number } = {}) {
  const messages: RpcMessage[] = [];
  const noise: string[] = [];
  const home = join(tempFolder(), 'home');
  const ended = new Promise<AncileError>((closed) => {
    link = openStdioLink(
      {
        command: process.execPath,
        args: ['-e', script],
        env: {},
        cwd: process.cwd(),
        home,
        memoryMb: 1024,
        maxBytes: 10_000,
        onNoise: (text) => noise.push(text),
        ...more,
      },
      { message: (message) => messages.push(message), closed },
    );
  });
  return { messages, noise, ended, home };
}

it('passes messages, and what is none to the log', async () => {
  const { messages, ended, noise, home } = run(
    'console.log("hello"); console.log(JSON.stringify({jsonrpc:"2.0",method:process.env.HOME.slice(-4)}))',
  );
  expect((await ended).message).toMatch(/has ended \(status 0\)/);
  expect(messages).toMatchObject([{ kind: 'notice', method: 'home' }]);
  expect(noise.join()).toMatch(/no message/);
  expect(existsSync(home)).toBe(true);
});

it('ends one whose message is too large', async () => {
  const { ended } = run('setInterval(() => {}, 1000); process.stdout.write("a".repeat(20_000))');
  expect(await ended).toMatchObject({ code: 'upstream_malformed' });
});

it.runIf(process.platform === 'linux')('ends one that takes too much memory, with what it started', async () => {
  const hungry = 'const all = []; setInterval(() => all.push(Buffer.alloc(20e6, 1)), 20)';
  const script = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(hungry)}]); setInterval(() => {}, 1000)`;
  const { ended } = run(script, { memoryMb: 300 });
  expect((await ended).message).toMatch(/it took more than 300 MB/);
});

it('tells of a program that is not there', async () => {
  const ended = new Promise<AncileError>((closed) => {
    const options = { args: [], env: {}, cwd: '/', memoryMb: 10, maxBytes: 10, onNoise: () => undefined };
    const home = join(tempFolder(), 'home');
    link = openStdioLink({ command: '/no/such/program', home, ...options }, { message: () => undefined, closed });
  });
  expect((await ended).code).toMatch(/^upstream_/);
});
