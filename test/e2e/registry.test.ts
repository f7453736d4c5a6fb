// Models pulled through a running gateway by Hugging Face's own client: the clean one arrives byte for byte, the poisoned one does
// not, and both are on record.
import { downloadFile, fileDownloadInfo, listFiles, snapshotDownload } from '@huggingface/hub';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { type HubUpstream, POISON, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { type TestServer, eventually, filesOf, startTestServer } from '../harness/server.ts';

const WEIGHTS = safetensors(300_000);
const CONFIG = Buffer.from('{"model_type":"bert","architectures":["BertModel"]}');
const CLEAN = {
  'config.json': CONFIG,
  'README.md': Buffer.from('---\nlicense: mit\n---\n# A model\n'),
  '__init__.py': Buffer.alloc(0),
  'nested/tokenizer.json': Buffer.from('{"version":"1.0"}'),
  'model.safetensors': WEIGHTS,
};
const REPOS = {
  'org/clean': CLEAN,
  'org/poisoned': { 'config.json': CONFIG, 'model.safetensors': WEIGHTS, 'pytorch_model.bin': POISON },
  'org/late': {
    'config.json': CONFIG,
    'weights.bin': Buffer.concat([POISON, Buffer.alloc(1_100_000)]),
    'model.safetensors': WEIGHTS,
  },
};

interface Started {
  readonly hub: HubUpstream;
  readonly server: TestServer;
  /** As `@huggingface/hub` takes it. */
  readonly accessToken: string;
  readonly hubUrl: string;
}

async function start(source: Record<string, unknown> = {}, limits: Record<string, unknown> = {}): Promise<Started> {
  const hub = await startHubUpstream(REPOS);
  const dir = tempFolder();
  writeFileSync(join(dir, 'token'), 'hf_upstream_secret');
  const server = await startTestServer(
    {
      artifacts: {
        sources: {
          hub: { kind: 'huggingface', baseUrl: hub.url, token: { file: 'token' }, redirects: [hub.cdn], ...source },
        },
        limits,
      },
    },
    { dir },
  );
  const { key } = await server.createKey({ artifacts: ['hub:org/*'] });
  return { hub, server, accessToken: `hf_${key}`, hubUrl: `${server.address}/hf` };
}

const pulls = async (server: TestServer) =>
  (await server.records({ kind: 'artifact.pull' })).flatMap((each) => (each.kind === 'artifact.pull' ? [each] : []));
const states = async (server: TestServer) =>
  (await server.records({ kind: 'model.state' })).flatMap((each) => (each.kind === 'model.state' ? [each] : []));

function ask({ hubUrl, accessToken }: Started, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${hubUrl}${path}`, { headers: { authorization: `Bearer ${accessToken}`, ...headers } });
}

it('gives a clean model to the client, byte for byte, with ranges, and fetches each file once', async () => {
  const started = await start();
  const { hub, server, hubUrl, accessToken } = started;
  hub.cutNext(500_000);
  const folder = await snapshotDownload({ repo: 'org/clean', cacheDir: tempFolder(), hubUrl, accessToken });
  for (const [path, bytes] of Object.entries(CLEAN)) expect(readFileSync(join(folder, path)).equals(bytes)).toBe(true);
  // It was taken up where it broke off.
  expect(hub.asked.filter(({ line }) => line.endsWith('/-/model.safetensors')).map(({ range }) => range)).toEqual([
    undefined,
    expect.stringMatching(/^bytes=[1-9]\d*-$/),
  ]);
  const blob = await downloadFile({ repo: 'org/clean', path: 'model.safetensors', hubUrl, accessToken });
  const part = Buffer.from(await blob!.slice(1000, 2500).arrayBuffer());
  expect(part.equals(WEIGHTS.subarray(1000, 2500))).toBe(true);
  const tail = await ask(started, '/org/clean/resolve/main/model.safetensors', { range: 'bytes=-5' });
  expect([tail.status, tail.headers.get('content-range')]).toEqual([
    206,
    expect.stringMatching(/^bytes \d+-\d+\/\d+$/),
  ]);
  expect(Buffer.from(await tail.arrayBuffer()).equals(WEIGHTS.subarray(-5))).toBe(true);
  const etag = tail.headers.get('etag')!;
  expect((await ask(started, '/org/clean/resolve/main/model.safetensors', { 'if-none-match': etag })).status).toBe(304);
  const beyond = await ask(started, '/org/clean/resolve/main/model.safetensors', { range: 'bytes=9999999999-' });
  expect(beyond.status).toBe(416);
  expect(hub.fetches('model.safetensors')).toBe(1);
  expect((await states(server)).map(({ from, to }) => [from, to])).toEqual([
    [undefined, 'quarantined'],
    ['quarantined', 'admitted'],
  ]);
  const served = await pulls(server);
  expect(new Set(served.map(({ file }) => file))).toEqual(new Set(Object.keys(CLEAN)));
  expect(served.every(({ outcome, sha256 }) => outcome === 'served' && sha256 !== undefined)).toBe(true);
  const names: string[] = [];
  for await (const { path } of listFiles({ repo: 'org/clean', hubUrl, accessToken })) names.push(path);
  expect(names.sort()).toEqual(['README.md', '__init__.py', 'config.json', 'model.safetensors', 'nested']);
});

it('refuses a poisoned model with its finding in the client’s error, every file of it', async () => {
  const started = await start();
  const { server, hubUrl, accessToken } = started;
  const snapshot = snapshotDownload({ repo: 'org/poisoned', cacheDir: tempFolder(), hubUrl, accessToken });
  await expect(snapshot).rejects.toThrow(/refused.*pickle\./s);
  const weights = downloadFile({ repo: 'org/poisoned', path: 'model.safetensors', hubUrl, accessToken });
  await expect(weights).rejects.toThrow(/pickle\./);
  const head = await fetch(`${hubUrl}/org/poisoned/resolve/main/config.json`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${accessToken}` },
  });
  expect([head.status, head.headers.get('x-error-code')]).toEqual([403, 'GatedRepo']);
  expect(head.headers.get('x-error-message')).toContain('pickle.');
  const [, second] = await states(server);
  expect(second).toMatchObject({ to: 'quarantined', actor: 'policy', scan: { verdict: 'malicious' } });
  expect(second?.decision?.policies.map(({ id }) => id)).toEqual(['malicious.block']);
  const refused = await pulls(server);
  expect(refused.length).toBeGreaterThanOrEqual(2);
  expect(
    refused.every(({ outcome, bytes, action }) => outcome === 'refused' && bytes === 0 && action === 'block'),
  ).toBe(true);
  const cached = [...filesOf(join(server.dataDir, 'artifacts/blobs')).keys()];
  expect(cached).toEqual([]);
});

it('a bad file found later takes the whole version back', async () => {
  const { server, hubUrl, accessToken } = await start();
  const blob = await downloadFile({ repo: 'org/late', path: 'model.safetensors', hubUrl, accessToken });
  expect((await blob!.arrayBuffer()).byteLength).toBe(WEIGHTS.length);
  const info = fileDownloadInfo({ repo: 'org/late', path: 'weights.bin', hubUrl, accessToken });
  await expect(info).rejects.toThrow(/weights|pickle\./);
  await expect(fileDownloadInfo({ repo: 'org/late', path: 'model.safetensors', hubUrl, accessToken })).rejects.toThrow(
    /refused/,
  );
  expect((await states(server)).map(({ to }) => to)).toEqual(['quarantined', 'admitted', 'quarantined']);
});

it('50 clients make one fetch, and wait for it', async () => {
  const started = await start();
  const all = Array.from({ length: 50 }, async () => {
    const answer = await ask(started, '/org/clean/resolve/main/model.safetensors');
    return Buffer.from(await answer.arrayBuffer()).equals(WEIGHTS);
  });
  expect((await Promise.all(all)).every(Boolean)).toBe(true);
  expect(started.hub.fetches('model.safetensors')).toBe(1);
  expect(started.hub.asked.filter(({ line }) => line.includes('/tree/'))).toHaveLength(1);
});

it('sends nobody on, follows to named hosts only, and shows the token to its own host alone', async () => {
  const started = await start();
  const { hub } = started;
  // With the scanner awake the answer comes before any sign of life has to be given.
  await (await ask(started, '/org/clean/resolve/main/config.json')).arrayBuffer();
  hub.sendOnTo('http://169.254.169.254');
  const refused = await ask(started, '/org/clean/resolve/main/model.safetensors');
  expect([refused.status, await refused.json()]).toEqual([
    502,
    expect.objectContaining({ error: expect.stringContaining('redirects') }),
  ]);
  hub.sendOnTo(undefined);
  expect((await ask(started, '/org/clean/resolve/main/model.safetensors')).status).toBe(200);
  for (const { line, token } of hub.asked) {
    expect(token).toBe(line.includes('/-/') ? undefined : 'Bearer hf_upstream_secret');
  }
  expect(JSON.stringify([...filesOf(started.server.dataDir).values()])).not.toContain('hf_upstream_secret');
});

it('a changed file of the cache is found before it is served, and takes its versions into quarantine', async () => {
  const started = await start();
  const { server, hub } = started;
  await (await ask(started, '/org/clean/resolve/main/model.safetensors')).arrayBuffer();
  const blobs = join(server.dataDir, 'artifacts/blobs');
  const path = readdirSync(blobs, { recursive: true, encoding: 'utf8' })
    .map((name) => join(blobs, name))
    .find((name) => /[0-9a-f]{64}$/.test(name) && readFileSync(name).length === WEIGHTS.length)!;
  const changed = Buffer.from(WEIGHTS);
  changed[changed.length - 1] = 8;
  writeFileSync(path, changed);
  const answer = await ask(started, '/org/clean/resolve/main/model.safetensors');
  expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([
    403,
    expect.stringContaining('in the cache is not what was admitted'),
  ]);
  expect((await ask(started, '/org/clean/resolve/main/config.json')).status).toBe(403);
  expect((await states(server)).at(-1)).toMatchObject({ from: 'admitted', to: 'quarantined', actor: 'policy' });
  expect(hub.fetches('model.safetensors')).toBe(1);
});

it('is closed by default: no key, a key without the scope, a repository that is excluded', async () => {
  const started = await start({ exclude: ['org/late'] });
  const { server, hubUrl } = started;
  expect((await fetch(`${hubUrl}/api/models/org/clean`)).status).toBe(401);
  const other = { ...started, accessToken: server.key };
  expect((await ask(other, '/api/models/org/clean')).status).toBe(403);
  expect((await ask(started, '/api/models/org/late')).status).toBe(403);
  expect((await ask(started, '/api/models/other/clean')).status).toBe(403);
  const missing = await ask(started, '/org/clean/resolve/main/nothing.bin');
  expect([missing.status, missing.headers.get('x-error-code')]).toEqual([404, 'EntryNotFound']);
  const unknown = await ask(started, '/api/models/org/unknown/revision/main');
  expect([unknown.status, unknown.headers.get('x-error-code')]).toEqual([404, 'RepoNotFound']);
  for (const path of [
    '/org/clean/resolve/main/../../x',
    '/api/models/org/clean/tree/..%2f..',
    '/api/whoami-v2',
    '/x/y/z',
  ]) {
    expect((await ask(started, path)).status).toBeGreaterThanOrEqual(400);
  }
});

it('a key has its bytes, and no more', async () => {
  const started = await start({}, { perPrincipal: { bytes: WEIGHTS.length + 10 } });
  await (await ask(started, '/org/clean/resolve/main/model.safetensors')).arrayBuffer();
  const more = await ask(started, '/org/clean/resolve/main/config.json');
  expect(more.status).toBe(429);
  const last = (await pulls(started.server)).map(({ outcome, unusual }) => [outcome, unusual?.map(({ rule }) => rule)]);
  expect(last).toEqual([
    ['served', ['pull.many-bytes']],
    ['refused', undefined],
  ]);
});

it('a client that waits is told of nothing, gets no bytes to speak of, and the model after the decision', async () => {
  const started = await start();
  let release!: () => void;
  started.hub.hold(new Promise((resolve) => (release = resolve)));
  const url = new URL(`${started.hubUrl}/org/clean/resolve/main/model.safetensors`);
  const chunks: Buffer[] = [];
  const ended = new Promise<number>((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${started.accessToken}` } }, (response) => {
      // The headers came before the decision: it was not made yet.
      expect(chunks).toEqual([]);
      release();
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(response.statusCode!));
      response.on('error', reject);
    });
  });
  expect(await ended).toBe(200);
  expect(Buffer.concat(chunks).equals(WEIGHTS)).toBe(true);
  await eventually(async () => ((await pulls(started.server)).length === 1 ? true : undefined));
});

it('a client that waits for what turns out bad is cut off without its bytes, and told why when it comes back', async () => {
  const started = await start();
  let release!: () => void;
  started.hub.hold(new Promise((resolve) => (release = resolve)));
  const path = '/org/late/resolve/main/weights.bin';
  const answer = await ask(started, path);
  expect(answer.status).toBe(200);
  release();
  await expect(answer.arrayBuffer()).rejects.toThrow(/terminated/);
  const again = await ask(started, path, { range: 'bytes=1-' });
  expect([again.status, ((await again.json()) as { error: string }).error]).toEqual([
    403,
    expect.stringContaining('pickle.'),
  ]);
});

/** Prints where a file came to lie, or why it did not come. */
const PYTHON = `
import sys
from huggingface_hub import hf_hub_download
try:
    print(hf_hub_download(sys.argv[1], sys.argv[2]))
except Exception as error:
    print(type(error).__name__, error)
`;

it('gives and refuses the same to huggingface_hub for Python', async (context) => {
  const there = spawnSync('python3', ['-c', 'from huggingface_hub import hf_hub_download']).status === 0;
  if (!there) context.skip('huggingface_hub for Python is not installed');
  const { hubUrl, accessToken } = await start();
  const env = { ...process.env, HF_ENDPOINT: hubUrl, HF_TOKEN: accessToken, HF_HOME: tempFolder() };
  const run = async (repo: string, file: string): Promise<string> => {
    const child = spawn('python3', ['-c', PYTHON, repo, file], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    await once(child, 'close');
    return out.trim();
  };
  expect(readFileSync(await run('org/clean', 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  expect(await run('org/poisoned', 'pytorch_model.bin')).toContain('pickle.');
});
