// From nothing to the first guarded answer, and the ways a start can fail: each says what is wrong, where, and what to
// do next.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../skips.ts';
import { atEnd, tempFolder } from '../harness/cleanup.ts';
import { type Run, ancile, ensureBuilt, serve } from '../harness/cli.ts';
import { ask, post } from '../harness/clients.ts';
import { testConfig } from '../harness/server.ts';

beforeAll(ensureBuilt, 120_000);

/** A folder with a configuration file of these lines. */
function folderWith(yaml: string): string {
  const dir = tempFolder();
  writeFileSync(join(dir, 'ancile.yaml'), yaml);
  return dir;
}

const trySetting = (yaml: string): Promise<Run> => ancile(['serve'], { cwd: folderWith(yaml) });

describe('a first start', () => {
  it('prints an address, a key, and a line that works when it is pasted', async (context) => {
    const dir = folderWith('server: { port: 0 }\n');
    const server = await serve([], dir);
    const printed = server.stdout();
    expect(printed).toMatch(/address +http:\/\/127\.0\.0\.1:\d+/);
    expect(printed).toMatch(/first key ancile_\w{46}/);
    const line = printed.slice(printed.indexOf('curl '), printed.indexOf("}'\n") + 2);
    requireOrSkip(context, spawnSync('curl', ['--version']).status === 0, 'curl is not here to paste the line to');
    const answer = execFileSync('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
    expect(JSON.parse(answer)).toMatchObject({ choices: [{ message: { content: expect.stringContaining('Hello') } }] });
    expect(await server.end('SIGINT')).toEqual({ code: 0, signal: null });
  });

  it('keeps what it makes to its owner, and shows the key this once', async () => {
    const { dir } = testConfig();
    const server = await serve(['--json'], dir);
    expect(server.key).toMatch(/^ancile_/);
    const data = join(dir, 'data');
    const mode = (path: string): number => statSync(path).mode & 0o777;
    expect(mode(data)).toBe(0o700);
    expect(mode(join(data, 'ancile.sock'))).toBe(0o600);
    for (const name of readdirSync(join(data, 'keys'))) {
      if (!name.endsWith('.pub.pem')) expect([name, mode(join(data, 'keys', name))]).toEqual([name, 0o600]);
    }
    await server.end();
    const again = await serve(['--json'], dir);
    expect(again.key).toBe('');
    expect((await post({ ...again, key: server.key }, '/v1/chat/completions', ask('Hi'))).status).toBe(200);
  });
});

describe('a start that cannot be', () => {
  it('because the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    atEnd(() => other.close());
    const { port } = other.address() as AddressInfo;
    const run = await trySetting(`server: { port: ${port} }\n`);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain(`127.0.0.1:${port} is in use`);
    expect(run.stderr).toContain('server.port');
    expect(run.stdout).toBe('');
  });

  it('because a file lies where the data folder should', async () => {
    const dir = folderWith('server: { port: 0 }\ndataDir: taken\n');
    writeFileSync(join(dir, 'taken'), 'a file');
    const run = await ancile(['serve'], { cwd: dir });
    expect(run.code).toBe(3);
    expect(run.stderr).toContain(join(dir, 'taken'));
    expect(run.stderr).toMatch(/folder/i);
  });

  it('because another has the data folder', async () => {
    const { dir } = testConfig();
    const first = await serve(['--json'], dir);
    const run = await ancile(['serve'], { cwd: dir });
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('is owned by another process');
    expect(run.stderr).toContain('dataDir of its own');
    expect((await fetch(`${first.address}/healthz`)).status).toBe(200);
  });

  it.each([
    ['a wrong value', 'server:\n  port: eight\n', /ancile\.yaml:2: server\.port/],
    [
      'a secret written out',
      'upstreams:\n  a: { kind: openai, baseUrl: "http://x/v1", apiKey: sk-abc }\n',
      /ancile\.yaml:2: upstreams\.a\.apiKey/,
    ],
    ['two problems, both told', 'server:\n  port: x\nlimits:\n  depth: 0\n', /:2: server\.port[^]*:4: limits\.depth/],
  ])('because the configuration has %s', async (_, yaml, words) => {
    const run = await trySetting(yaml);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(words);
    expect(run.stderr).toContain('docs/configuration.md');
    expect(run.stderr).not.toContain('sk-abc');
    expect(run.stderr).not.toContain(' at ');
  });

  it.each([
    [
      'a secret is not in the environment',
      'upstreams: { practice: { kind: openai, baseUrl: "http://x/v1", apiKey: { env: NO_SUCH_KEY } } }',
      /NO_SUCH_KEY is not set[^]*export/,
    ],
    [
      'the network is beyond loopback and nothing encrypts',
      'server: { host: 0.0.0.0, port: 0 }',
      /server\.host[^]*i-accept-unencrypted-traffic/,
    ],
  ])('because %s', async (_, yaml, words) => {
    const run = await trySetting(`${yaml}\n`);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(words);
  });

  it('because a policy is wrong: file, line and reason', async () => {
    const dir = folderWith('server: { port: 0 }\npolicy: { set: mine }\n');
    writeSet(
      join(dir, 'mine'),
      '@id("x")\n@action("block")\n@reason("r")\nforbid (principal, action, resource)\nwhen { context.sore > 5 };',
    );
    const run = await ancile(['serve'], { cwd: dir });
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/all\.cedar:\d+/);
    expect(run.stderr).toContain('sore');
    expect(await ancile(['policy', 'check', 'mine'], { cwd: dir })).toMatchObject({ code: 1 });
  });
});

function writeSet(folder: string, cedar: string): void {
  mkdirSync(folder, { recursive: true });
  const onFault = ['detect', 'policy', 'ledger', 'budget'].map((stage) => `  ${stage}: deny`);
  const manifest = ['name: mine', "version: '1'", 'description: For a test.', 'onFault:', ...onFault];
  writeFileSync(
    join(folder, 'policy-set.yaml'),
    [...manifest, 'policies: [all.cedar]', 'cases: cases.yaml', ''].join('\n'),
  );
  writeFileSync(join(folder, 'cases.yaml'), 'cases: []\n');
  writeFileSync(join(folder, 'all.cedar'), cedar);
}

describe('beyond loopback', () => {
  it('in plain text, when someone wrote the words for it', async () => {
    const server = await serve(
      ['--json'],
      folderWith('server: { host: 0.0.0.0, port: 0, plaintext: i-accept-unencrypted-traffic }\n'),
    );
    const address = server.address.replace('0.0.0.0', '127.0.0.1');
    expect((await post({ address, key: server.key }, '/v1/chat/completions', ask('Hi'))).status).toBe(200);
  });

  it('encrypted, with a certificate', async (context) => {
    requireOrSkip(context, spawnSync('openssl', ['version']).status === 0, 'openssl is not here to make a certificate');
    const dir = folderWith('server: { host: 0.0.0.0, port: 0, tls: { cert: cert.pem, key: key.pem } }\n');
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, '-days', '2', ...subject], { cwd: dir, stdio: 'pipe' });
    const server = await serve(['--json'], dir);
    expect(server.address).toMatch(/^https:/);
    const body = JSON.stringify(ask('Hi'));
    const answer = await new Promise<string>((resolve, reject) => {
      const options = {
        method: 'POST',
        ca: readFileSync(join(dir, 'cert.pem')),
        headers: { authorization: `Bearer ${server.key}`, 'content-length': Buffer.byteLength(body) },
      };
      const url = `${server.address.replace('0.0.0.0', '127.0.0.1')}/v1/chat/completions`;
      const request = httpsRequest(url, options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      });
      request.on('error', reject);
      request.end(body);
    });
    expect(JSON.parse(answer)).toMatchObject({ choices: [{ finish_reason: 'stop' }] });
  });
});
