// A fetched file is what its source names, or there is none: cut, changed under way, too long, encoded, another content.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DownloadOptions, download } from './download.ts';
import { type Remote, createRemote } from './remote.ts';

const BYTES = Buffer.alloc(300_000, 'abcdefg');
const SHA = createHash('sha256').update(BYTES).digest('hex');
const timeouts = { connections: 2, connectTimeout: 1000, headersTimeout: 2000, idleTimeout: 500 };

let dir: string;
let server: Server;
let remote: Remote;
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;
let count: number;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ancile-download-'));
  count = 0;
  server = createServer((request, response) => answer(request, response, count++));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`;
  remote = createRemote({ baseUrl, redirects: ['*.example.org'], token: 't', timeouts });
});
afterEach(async () => {
  await remote.close();
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

const fetchTo = (name: string, more: Partial<DownloadOptions> = {}): Promise<string> =>
  download({ remote, request: { path: '/f' }, path: join(dir, name), size: BYTES.length, expected: {}, ...more });

/** Sends from a place on, and breaks off after so many bytes. */
function sendSome(response: ServerResponse, from: number, most: number, etag: string): void {
  const rest = BYTES.subarray(from);
  response.writeHead(from === 0 ? 200 : 206, {
    'content-length': rest.length,
    'content-range': `bytes ${from}-${BYTES.length - 1}/${BYTES.length}`,
    etag,
  });
  if (most >= rest.length) response.end(rest);
  else response.write(rest.subarray(0, most), () => setTimeout(() => response.destroy(), 20));
}

it('takes up what was cut, under the same tag, as often as it comes on', async () => {
  const ranges: unknown[] = [];
  answer = ({ headers }, response, n) => {
    ranges.push(headers['if-range']);
    sendSome(response, Number(/\d+/.exec(headers.range ?? '0')![0]), n < 6 ? 40_000 : Infinity, '"v1"');
  };
  expect(await fetchTo('a', { expected: { sha256: SHA } })).toBe(SHA);
  expect(readFileSync(join(dir, 'a')).equals(BYTES)).toBe(true);
  expect(ranges).toEqual([undefined, ...Array(6).fill('"v1"')]);
});

it('begins anew where the file changed under way, and where nothing promises that it did not', async () => {
  answer = (_request, response, n) => sendSome(response, 0, n === 0 ? 100_000 : Infinity, `"v${n}"`);
  expect(await fetchTo('a')).toBe(SHA);
  count = 0;
  answer = ({ headers }, response, n) => {
    expect(headers.range).toBeUndefined();
    sendSome(response, 0, n === 0 ? 100_000 : Infinity, 'W/"weak"');
  };
  expect(await fetchTo('b')).toBe(SHA);
});

it('refuses another content, more than is named, an encoding, another range, an error', async () => {
  answer = (_request, response) => void response.end(BYTES);
  await expect(fetchTo('a', { expected: { sha256: '0'.repeat(64) } })).rejects.toThrow('another content');
  await expect(fetchTo('b', { expected: { gitSha1: '0'.repeat(40) } })).rejects.toThrow('another content');
  await expect(fetchTo('c', { size: 1000 })).rejects.toThrow('more than it names');
  answer = (_request, response) => void response.setHeader('content-encoding', 'gzip').end(BYTES);
  await expect(fetchTo('d')).rejects.toThrow('encoded');
  answer = (_request, response, n) => {
    if (n % 2 === 1) sendSome(response, 0, 1000, '"v"');
    else response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('xxxxx');
  };
  count = 1;
  await expect(fetchTo('e')).rejects.toThrow('another range');
  for (const [status, words] of [
    [404, 'does not have'],
    [403, 'does not give'],
    [500, 'answered 500'],
  ] as const) {
    answer = (_request, response) => void response.writeHead(status).end();
    await expect(fetchTo(`f${status}`)).rejects.toThrow(words);
  }
});

it('gives up where nothing comes on, and at once where it is broken off', async () => {
  answer = (_request, response) => void response.destroy();
  await expect(fetchTo('a')).rejects.toMatchObject({ code: expect.stringMatching(/^upstream_/) });
  const abort = new AbortController();
  answer = (_request, response) => {
    response.writeHead(200, { 'content-length': BYTES.length }).write('some');
    setTimeout(() => abort.abort(), 20);
  };
  await expect(fetchTo('b', { signal: abort.signal })).rejects.toMatchObject({ code: 'shutting_down' });
});

it('is sent on to named hosts only, by no other scheme, with no name and password', async () => {
  for (const location of [
    'http://evil.org/',
    'http://example.org/',
    'http://a.example.org.evil.org/',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'http://user:secret@127.0.0.1/',
    'http://[::1]/',
    'ftp://a.example.org/',
    '//evil.org/x',
  ]) {
    answer = (_request, response) => void response.writeHead(302, { location }).end();
    await expect(fetchTo('x'), location).rejects.toThrow('`redirects`');
    rmSync(join(dir, 'x'));
  }
  // To itself it may go, but not for ever.
  answer = (_request, response) => void response.writeHead(307, { location: '/base/f' }).end();
  await expect(fetchTo('y')).rejects.toThrow('on and on');
});
