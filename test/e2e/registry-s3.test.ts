// Buckets through a running gateway, by S3's own clients: a clean folder arrives byte for byte, a poisoned one does not, and the
// client says why.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, expect, it, vi } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { POISON, safetensors } from '../harness/hub-upstream.ts';
import { S3_KEY, putObject, startS3Upstream } from '../harness/s3-upstream.ts';
import { type TestServer, eventually, filesOf, startTestServer } from '../harness/server.ts';
import { requireOrSkip } from '../skips.ts';

// Each test starts a scanner, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 180_000 });

const WEIGHTS = safetensors(300_000);
const CLEAN: Readonly<Record<string, Buffer>> = {
  'config.json': Buffer.from('{"model_type":"bert"}'),
  'model.safetensors': WEIGHTS,
  'sub dir/tokenizer+1 (a).json': Buffer.from('{"version":"1.0"}'),
};
const OBJECTS = {
  'models/readme.txt': Buffer.from('about this bucket'),
  ...Object.fromEntries(Object.entries(CLEAN).map(([path, bytes]) => [`models/clean/${path}`, bytes])),
  'models/bad/model.safetensors': WEIGHTS,
  'models/bad/extra.bin': POISON,
  'secret/other/model.safetensors': WEIGHTS,
};

async function start(source: Record<string, unknown> = {}, scope: string[] = ['lake:models/*']) {
  const upstream = await startS3Upstream(OBJECTS);
  const dir = tempFolder();
  writeFileSync(join(dir, 's3'), S3_KEY);
  const credentials = { accessKeyId: { file: 's3' }, secretAccessKey: { file: 's3' } };
  const lake = { kind: 's3', baseUrl: upstream.url, buckets: ['models'], ...credentials, ...source };
  const server = await startTestServer({ artifacts: { sources: { lake } } }, { dir });
  const { key } = await server.createKey({ artifacts: scope });
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(`${server.address}/s3/lake/${path}`, { method, headers: { 'x-amz-security-token': key, ...headers } });
  return { upstream, server, key, ask };
}

const pulls = async (server: TestServer) => (await server.admin.listPulls({})).pulls;

interface Ran {
  readonly code: number;
  readonly text: string;
}

/** Runs a client with the key as session token, and nothing of this machine's own settings. */
async function run(command: string, args: readonly string[], key: string): Promise<Ran> {
  const { PATH = '' } = process.env;
  const env = {
    PATH,
    HOME: tempFolder(),
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_SESSION_TOKEN: key,
    AWS_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += String(chunk)));
  const code = await Promise.race([
    once(child, 'close').then(([status]) => status as number),
    once(child, 'error').then(() => 127),
  ]);
  return { code, text };
}

function expectFolder(folder: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name in CLEAN);
  expect(names.sort()).toEqual(Object.keys(CLEAN).sort());
  for (const name of names) expect(readFileSync(join(folder, name)).equals(CLEAN[name]!)).toBe(true);
}

it('signs for its source, resumes there, and gives a folder as one version', async () => {
  const { upstream, server, ask } = await start();
  upstream.cutNext('models/clean/model.safetensors', 500_000);
  const got = await ask('models/clean/model.safetensors');
  expect(Buffer.from(await got.arrayBuffer()).equals(WEIGHTS)).toBe(true);
  for (const { signed } of upstream.asked)
    expect(signed).toMatch(/^AWS4-HMAC-SHA256 Credential=S3RVER\/\d{8}\/us-east-1\/s3/);
  const fetched = upstream.asked.filter(({ line }) => line === 'GET /models/clean/model.safetensors');
  expect(fetched.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  const part = await ask('models/clean/model.safetensors', { range: 'bytes=-7' });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, expect.stringContaining('bytes ')]);
  expect(Buffer.from(await part.arrayBuffer()).equals(WEIGHTS.subarray(-7))).toBe(true);
  const odd = await ask('models/clean/sub%20dir/tokenizer%2B1%20%28a%29.json');
  expect(await odd.text()).toBe('{"version":"1.0"}');
  const etag = got.headers.get('etag')!;
  expect((await ask('models/clean/model.safetensors', { 'if-match': etag }, 'HEAD')).status).toBe(200);
  expect((await ask('models/clean/model.safetensors', { 'if-match': '"other"' })).status).toBe(412);
  const { models } = await server.admin.listModels({});
  expect(models).toMatchObject([{ repo: 'models/clean', state: 'admitted', files: 3, verdict: 'clean' }]);
});

it('refuses a poisoned folder with code and message, and lists what the key reaches', async () => {
  const { server, ask } = await start({}, ['lake:models/clean', 'lake:models/b*']);
  expect((await ask('models/bad/model.safetensors', {}, 'HEAD')).status).toBe(200);
  // A small one, which is answered with nothing before the decision.
  const bad = await ask('models/bad/extra.bin');
  expect([bad.status, await bad.text()]).toEqual([
    403,
    expect.stringMatching(/<Code>AccessDenied<\/Code><Message>lake:models\/bad@\w+ is refused: .*pickle\./),
  ]);
  expect((await ask('models/bad/model.safetensors')).status).toBe(403);
  expect((await pulls(server)).map(({ outcome, file }) => [outcome, file])).toEqual([
    ['refused', 'model.safetensors'],
    ['refused', 'extra.bin'],
  ]);
  const list = async (query: string): Promise<string> => (await ask(`models?${query}`)).text();
  const two = await list('list-type=2&prefix=clean%2F&encoding-type=url');
  expect([...two.matchAll(/<Key>([^<]*)/g)].map(([, key]) => key)).toEqual([
    'clean/config.json',
    'clean/model.safetensors',
    'clean/sub%20dir/tokenizer%2B1%20%28a%29.json',
  ]);
  const top = await list('delimiter=%2F');
  // Nothing above the folders that are models is to be had.
  expect([...top.matchAll(/<(?:Prefix|Key)>([^<]+)/g)].map(([, name]) => name)).toEqual(['bad/', 'clean/']);
  expect(await list('location')).toContain('<LocationConstraint');
});

it('is closed by default: no key, a signature alone, other buckets, out of scope, what is not reading', async () => {
  const { upstream, server, ask } = await start({ exclude: ['models/bad'] });
  const url = `${server.address}/s3/lake/models/clean/config.json`;
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request' };
  for (const headers of [{}, signed, { 'x-amz-security-token': 'ancile_wrong', ...signed }]) {
    const answer = await fetch(url, { headers });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('<Code>InvalidToken</Code>')]);
  }
  const asWritten = await fetch(url, { headers: signed });
  expect(await asWritten.text()).toContain('AWS_SESSION_TOKEN');
  const status = async (path: string, method = 'GET'): Promise<number> => (await ask(path, {}, method)).status;
  expect(await status('models/bad/extra.bin')).toBe(403);
  expect(await status('secret/other/model.safetensors')).toBe(403);
  expect(await status('secret')).toBe(403);
  expect(await status('models/readme.txt')).toBe(404);
  expect(await status('models/clean/config.json', 'PUT')).toBe(405);
  expect(await status('models/clean/config.json', 'DELETE')).toBe(405);
  expect(await status('models?acl')).toBe(501);
  expect(await status('models/clean/config.json?tagging')).toBe(501);
  expect(await status('')).toBe(501);
  expect(await status('models/clean/..%2f..%2fsecret')).toBe(404);
  expect(await status('models?list-type=2&max-keys=x')).toBe(400);
  expect(upstream.asked).toEqual([]);
  expect(JSON.stringify([...filesOf(server.dataDir).values()])).not.toContain(S3_KEY);
});

it('with depth 0 each object is a version, and a wrong secret is told as the source’s refusal', async () => {
  const { server, ask } = await start({ depth: 0 });
  expect(await (await ask('models/readme.txt')).text()).toBe('about this bucket');
  const got = await ask('models/bad/model.safetensors');
  expect(Buffer.from(await got.arrayBuffer()).equals(WEIGHTS)).toBe(true);
  expect((await ask('models/bad/extra.bin')).status).toBe(403);
  expect((await ask('models/none')).status).toBe(404);
  const { models } = await server.admin.listModels({});
  expect(models.map(({ repo, state }) => [repo, state]).sort()).toEqual([
    ['models/bad/extra.bin', 'quarantined'],
    ['models/bad/model.safetensors', 'admitted'],
    ['models/readme.txt', 'admitted'],
  ]);
  const dir = tempFolder();
  writeFileSync(join(dir, 'wrong'), 'wrong-secret');
  const other = await start({ secretAccessKey: { file: join(dir, 'wrong') } });
  const refused = await other.ask('models/clean/config.json');
  expect([refused.status, await refused.text()]).toEqual([502, expect.stringContaining('does not let')]);
});

async function needs(context: TestContext, command: string, required: boolean): Promise<void> {
  const there = (await run(command, ['--version'], '')).code === 0;
  const reason = `${command} is not installed`;
  if (required) requireOrSkip(context, there, reason);
  else if (!there) context.skip(reason);
}

it('gives and refuses the same to rclone', async (context) => {
  await needs(context, 'rclone', true);
  const { server, key } = await start();
  const remote = `:s3,provider=Other,endpoint="${server.address}/s3/lake",access_key_id=any,secret_access_key=any,session_token=${key}:models`;
  const flags = ['--retries', '1', '--low-level-retries', '2', '--config', '/dev/null'];
  const listed = await run('rclone', ['lsf', '-R', '--files-only', `${remote}/clean`, ...flags], key);
  expect(listed.text.trim().split('\n').sort()).toEqual(Object.keys(CLEAN).sort());
  const folder = tempFolder();
  const copied = await run('rclone', ['copy', `${remote}/clean`, folder, ...flags], key);
  expect(copied).toMatchObject({ code: 0 });
  expectFolder(folder);
  const bad = await run('rclone', ['copy', `${remote}/bad`, join(folder, 'bad'), ...flags], key);
  expect([bad.code === 0, bad.text]).toEqual([false, expect.stringMatching(/AccessDenied.*pickle\./)]);
  expect(readdirSync(folder)).not.toContain('bad');
});

it('gives and refuses the same to the AWS command line', async (context) => {
  await needs(context, 'aws', false);
  const { server, key } = await start();
  const aws = (...args: string[]): Promise<Ran> =>
    run('aws', ['--endpoint-url', `${server.address}/s3/lake`, 's3', ...args], key);
  const folder = tempFolder();
  const synced = await aws('sync', 's3://models/clean/', folder);
  expect(synced).toMatchObject({ code: 0 });
  expectFolder(folder);
  const bad = await aws('cp', 's3://models/bad/extra.bin', folder);
  expect([bad.code === 0, bad.text]).toEqual([false, expect.stringMatching(/AccessDenied.*pickle\./)]);
});

it('goes through listings of many pages, forwards to clients and for itself', async (context) => {
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += String(chunk)));
  const started = await Promise.race([once(child, 'spawn').then(() => true), once(child, 'error').then(() => false)]);
  if (!started) context.skip('moto_server, whose listings have pages, is not installed');
  context.onTestFinished(() => void child.kill());
  const url = await eventually(() => /Running on (http:\S+)/.exec(said)?.[1], 120_000);
  await putObject(url, 'models', '', Buffer.alloc(0));
  const keys = ['a/1', 'a/2', 'b/1', 'b/2 +&<ü', 'c/1', 'c/d/2'].map((name) => `${name}.json`);
  for (const key of keys) await putObject(url, 'models', key, Buffer.from('{}'));
  const many = Array.from({ length: 1005 }, (_, n) => `many/${n}.json`);
  const work = async (): Promise<void> => {
    for (let key = many.pop(); key !== undefined; key = many.pop()) {
      await putObject(url, 'models', key, Buffer.from('{}'));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  const { ask, server } = await start({ baseUrl: url });
  const list = async (query: string): Promise<string> => (await ask(`models?${query}`)).text();
  const seen: string[] = [];
  for (let token = ''; ;) {
    const more = token && `&continuation-token=${encodeURIComponent(token)}`;
    const page = await list(`list-type=2&max-keys=4&prefix=&encoding-type=url&start-after=a%2F1.json${more}`);
    seen.push(...[...page.matchAll(/<Key>([^<]*)/g)].map(([, key]) => decodeURIComponent(key!)));
    token = /<NextContinuationToken>([^<]*)/.exec(page)?.[1]?.replaceAll('&#38;', '&') ?? '';
    if (token === '' || seen.length > 8) break;
  }
  expect(seen.slice(0, 5)).toEqual(keys.slice(1));
  const folders: string[] = [];
  for (let marker: string | undefined = ''; marker !== undefined && folders.length < 10;) {
    const page = await list(`delimiter=%2F&max-keys=1&marker=${encodeURIComponent(marker)}`);
    folders.push(...[...page.matchAll(/<Prefix>([^<]+)/g)].map(([, name]) => name!));
    marker = /<NextMarker>([^<]*)/.exec(page)?.[1];
  }
  expect(folders).toEqual(['a/', 'b/', 'c/', 'many/']);
  expect((await ask('models/many/1004.json', {}, 'HEAD')).status).toBe(200);
  expect((await server.admin.listModels({})).models).toMatchObject([{ repo: 'models/many', files: 1005 }]);
});
