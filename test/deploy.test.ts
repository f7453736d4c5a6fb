// What deploy/ ships, as far as it can be tried without the machine it is for: the health check against real servers, the
// unit by systemd's own reader, and both against what is there to be started.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT } from './docs-pages.ts';
import { atEnd, tempFolder } from './harness/cleanup.ts';
import { startTestServer } from './harness/server.ts';
import { requireOrSkip } from './skips.ts';

const run = promisify(execFile);
const read = (name: string): string => readFileSync(join(ROOT, 'deploy', name), 'utf8');

describe('the health check', () => {
  const codeFor = (url: string): Promise<number> =>
    run(process.execPath, [join(ROOT, 'deploy/healthcheck.mjs')], {
      env: { ...process.env, ANCILE_HEALTH_URL: url },
    }).then(
      () => 0,
      (failure: { code: number }) => failure.code,
    );

  it('is content with a gateway that is ready, and with nothing else', async () => {
    const server = await startTestServer();
    expect(await codeFor(`${server.address}/healthz`)).toBe(0);
    await server.close();
    expect(await codeFor(`${server.address}/healthz`)).toBe(1);
    const stopping = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
    await once(stopping, 'listening');
    atEnd(() => stopping.close());
    expect(await codeFor(`http://127.0.0.1:${(stopping.address() as AddressInfo).port}/healthz`)).toBe(1);
  });
});

describe('the unit', () => {
  it('is one that systemd reads without a complaint', async (context) => {
    requireOrSkip(context, existsSync('/usr/bin/systemd-analyze'), 'systemd-analyze is not installed');
    const file = join(tempFolder(), 'ancile.service');
    // Of the paths, only the interpreter's and the program's are other ones here.
    writeFileSync(file, read('ancile.service').replace('/usr/bin/node', process.execPath));
    const { stderr } = await run('systemd-analyze', ['verify', file]);
    expect(stderr).toBe('');
    const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', file]);
    expect(stdout).toMatch(/Overall exposure level for ancile\.service: 1\.\d/);
  });
});

it('unit and container start the program that the package has', () => {
  const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: { ancile: string } };
  for (const name of ['ancile.service', 'Dockerfile']) expect(read(name)).toContain(`/opt/ancile/${bin.ancile}`);
  const copied = [...read('Dockerfile').matchAll(/\/opt\/ancile\/([\w.]+)(?= |$)/gm)].map((match) => match[1]!);
  for (const path of copied.filter((each) => !['healthcheck.mjs', 'dist', 'node_modules'].includes(each))) {
    expect(existsSync(join(ROOT, path)), path).toBe(true);
  }
  expect(copied).toEqual(expect.arrayContaining(['package.json', 'LICENSE', 'node_modules', 'content', 'dist']));
});
