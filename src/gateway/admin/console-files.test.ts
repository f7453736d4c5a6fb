// The console's files as a browser gets them, and nothing else of the disk.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type Server, createServer, request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConsoleFiles } from './console-files.ts';

const SCRIPT = `console.log("${'x'.repeat(3000)}");`;
const INDEX =
  '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><script type="module" src="a.js"></script>';

const folder = mkdtempSync(join(tmpdir(), 'ancile-console-'));
const servers: Server[] = [];

async function serve(built: string): Promise<number> {
  const handle = openConsoleFiles(built);
  const server = createServer((message, response) => {
    const path = message.url!.split('?', 1)[0]!;
    if (!handle(path, message, response)) response.writeHead(404).end('none');
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly bytes: Buffer;
}

/** Sends a path as it is written: no client puts it in order. */
function get(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

let port: number;

beforeAll(async () => {
  mkdirSync(join(folder, 'built/assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'not for you');
  writeFileSync(join(folder, 'built/index.html'), INDEX);
  writeFileSync(join(folder, 'built/icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'built/assets/main-Bx81_kqZ.js'), SCRIPT);
  writeFileSync(join(folder, 'built/notes.md'), 'not of the console');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'built/link.txt'));
  port = await serve(join(folder, 'built'));
});

afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

describe('the page', () => {
  it('has a nonce of its own each time, the one that its policy names', async () => {
    const nonces = new Set<string>();
    for (const path of ['/console/', '/console/index.html', '/console/?x=1']) {
      const { status, headers, bytes } = await get(port, path);
      const policy = String(headers['content-security-policy']);
      const nonce = /'nonce-([\w-]{20,})'/.exec(policy)![1]!;
      expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
      expect(bytes.toString()).toBe(INDEX.replace('__CSP_NONCE__', nonce));
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(3);
  });

  it('lets nothing in from elsewhere, and nothing run that is not its own', async () => {
    const { headers } = await get(port, '/console/');
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self';",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "connect-src 'self'",
    ]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
  });

  it('is where one gets to from the root', async () => {
    for (const path of ['/', '/console']) {
      const { status, headers } = await get(port, path);
      expect([status, headers['location']]).toEqual([302, '/console/']);
    }
  });

  it('says how to build it where it is not built', async () => {
    const bare = await serve(join(folder, 'none'));
    const { status, bytes } = await get(bare, '/console/');
    expect(status).toBe(200);
    expect(bytes.toString()).toContain('npm run build');
  });
});

describe('a file', () => {
  it('of a name that changes with its content is kept for good; others are asked for again', async () => {
    const script = await get(port, '/console/assets/main-Bx81_kqZ.js');
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': expect.stringContaining('immutable'),
    });
    expect(script.bytes.toString()).toBe(SCRIPT);
    const icon = await get(port, '/console/icon.svg');
    expect(icon.headers['cache-control']).toBe('no-cache');
    const again = await get(port, '/console/icon.svg', { 'if-none-match': String(icon.headers['etag']) });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });

  it('comes compressed to who can read that, and as a head alone where that is asked for', async () => {
    const path = '/console/assets/main-Bx81_kqZ.js';
    const { headers, bytes } = await get(port, path, { 'accept-encoding': 'br, gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(bytes.length).toBeLessThan(SCRIPT.length / 4);
    expect(gunzipSync(bytes).toString()).toBe(SCRIPT);
    const head = await get(port, path, {}, 'HEAD');
    expect([head.status, head.bytes.length, head.headers['content-length']]).toEqual([200, 0, String(SCRIPT.length)]);
  });

  it.each([
    '/console/../secret.txt',
    '/console/%2e%2e/secret.txt',
    '/console/..%2fsecret.txt',
    '/console//../secret.txt',
    '/console/assets/../../secret.txt',
    '/console/link.txt',
    '/console/notes.md',
    '/console/assets',
    '/console/assets/',
    '/console/none.js',
    '/console/__proto__',
    '/console/constructor',
  ])('that is not of the console is not there: %s', async (path) => {
    const { status, bytes } = await get(port, path);
    expect([status, bytes.toString()]).toEqual([404, 'none']);
  });

  it('is only ever read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      for (const path of ['/', '/console/', '/console/icon.svg']) {
        expect((await get(port, path, {}, method)).status).toBe(404);
      }
    }
  });
});
