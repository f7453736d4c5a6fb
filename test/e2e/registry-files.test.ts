// Plain files through a running gateway, by curl: the clean one arrives byte for byte, the poisoned one does not, and each is told
// apart from what it was before.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';
import { startFileUpstream } from '../harness/file-upstream.ts';
import { POISON, safetensors } from '../harness/hub-upstream.ts';
import { eventually, filesOf, startTestServer } from '../harness/server.ts';
import { requireOrSkip } from '../skips.ts';

// Each test starts a scanner, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 180_000 });

const WEIGHTS = safetensors(200_000);
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const sums = (files: Readonly<Record<string, Buffer>>): Buffer =>
  Buffer.from(Object.entries(files).map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`).join('')); // prettier-ignore
const FOLDER = { 'model.safetensors': WEIGHTS, 'sub/config.json': Buffer.from('{"model_type":"bert"}') };
const BAD = { 'model.safetensors': WEIGHTS, 'extra.bin': POISON };
const in_ = (folder: string, files: Readonly<Record<string, Buffer>>): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`${folder}/${path}`, bytes]));
const FILES = {
  'one/model.safetensors': WEIGHTS,
  'one/bad model.bin': POISON,
  'empty.txt': Buffer.alloc(0),
  ...in_('models/good', { ...FOLDER, SHA256SUMS: sums(FOLDER) }),
  ...in_('models/bad', { ...BAD, SHA256SUMS: sums(BAD) }),
  'models/good/unlisted.json': Buffer.from('{}'),
};

async function start(source: Record<string, unknown> = {}, scope: string[] = ['web:*']) {
  const upstream = await startFileUpstream(FILES);
  const dir = tempFolder();
  writeFileSync(join(dir, 'token'), 'upstream_secret');
  const { baseUrl = upstream.url, ...more } = source;
  const web = { kind: 'http', baseUrl, token: { file: 'token' }, ...more };
  const server = await startTestServer({ artifacts: { sources: { web } } }, { dir });
  const { key } = await server.createKey({ artifacts: scope });
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(`${server.address}/files/${path}`, { method, headers: { authorization: `Bearer ${key}`, ...headers } });
  return { upstream, server, key, ask, dir };
}

async function curl(...args: string[]): Promise<{ code: number; out: string }> {
  const child = spawn('curl', ['-sS', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out };
}

it('gives a clean file to curl, resumed on both sides, and the poisoned one as a sentence', async (context) => {
  requireOrSkip(context, (await curl('--version').catch(() => ({ code: 1 }))).code === 0, 'curl is not installed');
  const { upstream, server, key } = await start();
  const bearer = `authorization: Bearer ${key}`;
  const to = join(tempFolder(), 'model.safetensors');
  upstream.cutNext(300_000);
  const url = `${server.address}/files/web/one/model.safetensors`;
  await curl('-H', bearer, '-o', to, url);
  expect(readFileSync(to).equals(WEIGHTS)).toBe(true);
  // It was taken up where it broke off.
  expect(upstream.asked.filter(({ line }) => line.startsWith('GET')).map(({ range }) => range)).toEqual([
    undefined,
    expect.stringMatching(/^bytes=[1-9]\d*-$/),
  ]);
  writeFileSync(to, WEIGHTS.subarray(0, 123_456));
  await curl('-H', bearer, '-C', '-', '-o', to, url);
  expect(readFileSync(to).equals(WEIGHTS)).toBe(true);
  expect(upstream.asked.filter(({ line }) => line.startsWith('GET'))).toHaveLength(2);
  const bad = await curl('-H', bearer, '-w', '%{http_code}', `${server.address}/files/web/one/bad%20model.bin`);
  expect(bad.out).toMatch(/web:one\/bad model\.bin@.* is refused: .*pickle\.[^]*\n403$/);
  const failed = await curl('-f', '-H', bearer, `${server.address}/files/web/one/bad%20model.bin`).catch(() => null);
  expect(failed?.code).toBe(22);
  const { models } = await server.admin.listModels({});
  expect(models.map(({ repo, state, verdict }) => [repo, state, verdict]).sort()).toEqual([
    ['one/bad model.bin', 'quarantined', 'malicious'],
    ['one/model.safetensors', 'admitted', 'clean'],
  ]);
  const { pulls } = await server.admin.listPulls({});
  expect(pulls.map(({ outcome, bytes }) => [outcome, bytes]).reverse()).toEqual([
    ['served', WEIGHTS.length],
    ['served', WEIGHTS.length - 123_456],
    ['refused', 0],
    ['refused', 0],
  ]);
  const { models: bySha } = await server.admin.listModels({ sha256: sha256(WEIGHTS) });
  expect(bySha.map(({ repo }) => repo)).toEqual(['one/model.safetensors']);
  for (const { token } of upstream.asked) expect(token).toBe('Bearer upstream_secret');
  expect(JSON.stringify([...filesOf(server.dataDir).values()])).not.toContain('upstream_secret');
});

it('answers HEAD, ranges, conditions, and JSON to whoever asks for it', async () => {
  const { upstream, ask } = await start();
  const head = await ask('web/one/model.safetensors', {}, 'HEAD');
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(WEIGHTS.length)]);
  const etag = head.headers.get('etag')!;
  expect(head.headers.get('last-modified')).toBe('Fri, 02 Jan 2026 03:04:05 GMT');
  // Nothing is fetched for a head.
  expect(upstream.asked.map(({ line }) => line)).toEqual(['HEAD /one/model.safetensors']);
  const part = await ask('web/one/model.safetensors', { range: 'bytes=100-199', 'if-range': etag });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer()).equals(WEIGHTS.subarray(100, 200))).toBe(true);
  expect((await ask('web/one/model.safetensors', { 'if-none-match': etag })).status).toBe(304);
  expect((await ask('web/one/model.safetensors', { range: 'bytes=99999999-' })).status).toBe(416);
  expect(await (await ask('web/empty.txt')).text()).toBe('');
  const bad = await ask('web/one/bad%20model.bin', { accept: 'application/json' });
  expect([bad.status, await bad.json()]).toEqual([
    403,
    expect.objectContaining({
      code: 'blocked_by_policy',
      findings: [expect.objectContaining({ rule: expect.stringMatching(/^pickle\./) })],
      policies: [expect.objectContaining({ id: 'malicious.block' })],
    }),
  ]);
});

it('a file that changes is another version; one that changes between its head and its bytes is not given', async () => {
  const { upstream, server, ask } = await start();
  await (await ask('web/one/model.safetensors', {}, 'HEAD')).arrayBuffer();
  const next = safetensors(200_000);
  next[next.length - 1] = 9;
  upstream.files.set('one/model.safetensors', next);
  const changed = await ask('web/one/model.safetensors');
  expect([changed.status, await changed.text()]).toEqual([502, expect.stringContaining('another version')]);
  const { models } = await server.admin.listModels({});
  expect(models.map(({ state, scanned }) => [state, scanned])).toEqual([['quarantined', 0]]);
});

it('takes the time and size where there is no strong ETag, asks for a byte where there is no HEAD, and else gives up', async () => {
  const { upstream, ask } = await start();
  upstream.behave({ etag: 'weak', noHead: true });
  const got = await ask('web/one/model.safetensors');
  expect([got.status, got.headers.get('etag')]).toEqual([
    200,
    expect.stringMatching(/^"2026-01-02T03:04:05.000Z\/\d+"$/),
  ]);
  expect(Buffer.from(await got.arrayBuffer()).equals(WEIGHTS)).toBe(true);
  upstream.behave({ etag: 'none', noTime: true });
  const nameless = await ask('web/one/bad%20model.bin');
  expect([nameless.status, await nameless.text()]).toEqual([502, expect.stringContaining('manifest')]);
});

it('where a manifest lists a folder, the folder is the version, and what no manifest lists is not there', async () => {
  const { server, ask } = await start({ manifest: 'SHA256SUMS' });
  for (const [path, bytes] of Object.entries(FOLDER)) {
    const got = await ask(`web/models/good/${path}`);
    expect([path, got.status]).toEqual([path, 200]);
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
  }
  expect((await ask('web/models/good/SHA256SUMS')).status).toBe(200);
  expect((await ask('web/models/good/unlisted.json')).status).toBe(404);
  expect((await ask('web/one/model.safetensors')).status).toBe(404);
  // The small ones come with the first: what is wrong with one is wrong with all.
  const own = await ask('web/models/bad/SHA256SUMS');
  expect([own.status, await own.text()]).toEqual([403, expect.stringMatching(/web:models\/bad@.*pickle\./)]);
  expect((await ask('web/models/bad/model.safetensors')).status).toBe(403);
  const { models } = await server.admin.listModels({});
  expect(models.map(({ repo, state, files }) => [repo, state, files]).sort()).toEqual([
    ['models/bad', 'quarantined', 3],
    ['models/good', 'admitted', 3],
  ]);
});

it('a file that is not what its manifest says is not given', async () => {
  const { upstream, ask } = await start({ manifest: 'SHA256SUMS' });
  upstream.files.set('models/good/sub/config.json', Buffer.from('{"model_type":"evil"}'));
  const got = await ask('web/models/good/sub/config.json');
  expect([got.status, await got.text()]).toEqual([502, expect.stringContaining('another content')]);
});

it('is closed by default: no key, out of scope, excluded, other names, other methods, ways out', async () => {
  const { upstream, server, ask } = await start({ exclude: ['one/bad*'] }, ['web:one/*']);
  expect((await fetch(`${server.address}/files/web/one/model.safetensors`)).status).toBe(401);
  expect((await ask('web/models/good/model.safetensors')).status).toBe(403);
  expect((await ask('web/one/bad%20model.bin')).status).toBe(403);
  expect((await ask('other/one/model.safetensors')).status).toBe(404);
  expect((await ask('web/one/model.safetensors', {}, 'DELETE')).status).toBe(404);
  for (const path of ['web/one/..%2fempty.txt', 'web/', 'web', 'web/one//x', 'web/%ff', 'web/one/%00']) {
    expect((await ask(path)).status, path).toBeGreaterThanOrEqual(400);
  }
  expect(upstream.asked).toEqual([]);
});

describe('the program', () => {
  beforeAll(ensureBuilt, 300_000);

  it('reads what Python’s own web server offers, and pulls it without a server of ours', async (context) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'model.safetensors'), WEIGHTS);
    const child = spawn('python3', ['-u', '-m', 'http.server', '0', '--bind', '127.0.0.1', '--directory', folder]);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    const started = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)]);
    requireOrSkip(context, started, 'python3 is not installed');
    context.onTestFinished(() => void child.kill());
    const port = await eventually(() => /port (\d+)/.exec(said)?.[1], 120_000);
    const { ask, dir, server } = await start({ baseUrl: `http://127.0.0.1:${port}/` });
    const got = await ask('web/model.safetensors');
    expect(Buffer.from(await got.arrayBuffer()).equals(WEIGHTS)).toBe(true);
    await server.close();
    const pulled = await ancile(['pull', 'web:model.safetensors', '--out', 'out'], { cwd: dir });
    expect([pulled.code, readFileSync(join(dir, 'out/model.safetensors')).equals(WEIGHTS)]).toEqual([0, true]);
  });
});
