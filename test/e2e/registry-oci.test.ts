// Models of an OCI registry, with the real programs on both sides: docker-registry behind the gateway, skopeo before it.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TestContext, beforeAll, expect, it } from 'vitest';
import { tarChecksum, tarEnd, tarHeader, tarPadding } from '../../src/codec/index.ts';
import { pullModel } from '../../src/app/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { POISON, safetensors } from '../harness/hub-upstream.ts';
import {
  type OciRegistry,
  hasRegistry,
  requireRegistry,
  sha256,
  skopeoCopy,
  startOciRegistry,
  startRealm,
  writeArtifact,
  writeIndex,
} from '../harness/oci-registry.ts';
import { type TestServer, filesOf, startTestServer, testConfig } from '../harness/server.ts';

const WEIGHTS = safetensors(200_000);
const CONFIG = Buffer.from('{"model_type":"bert"}');
const LICENSED = { 'org.opencontainers.image.licenses': 'mit' };
const CLEAN = writeArtifact(
  [
    { bytes: WEIGHTS, title: 'model.safetensors' },
    { bytes: CONFIG, title: 'config.json' },
  ],
  LICENSED,
);
const POISONED = writeArtifact([
  { bytes: WEIGHTS, title: 'model.safetensors' },
  { bytes: POISON, title: 'pytorch_model.bin' },
]);

interface Started {
  readonly registry: OciRegistry;
  readonly server: TestServer;
  /** `docker://host:port/` of either. */
  readonly upstream: string;
  readonly gateway: string;
  readonly key: string;
}

let started: Started;

/** One registry and one gateway for most tests: each has repositories of its own. */
beforeAll(async () => {
  if (!hasRegistry) return;
  const registry = await startOciRegistry();
  const sources = { reg: { kind: 'oci', baseUrl: registry.url, exclude: ['org/hidden'] } };
  const server = await startTestServer({ artifacts: { sources } });
  const { key } = await server.createKey({ artifacts: ['reg:org/*'], artifactsPush: ['reg:org/*'] });
  const gateway = `docker://${new URL(server.address).host}/`;
  started = { registry, server, upstream: `docker://${registry.host}/`, gateway, key };
}, 120_000);

function start(context: TestContext): Started {
  requireRegistry(context);
  return started;
}

const ok = { code: 0, stderr: '' };
const login = (key: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`anyone:${key}`).toString('base64')}`,
});

const records = async <K extends 'artifact.pull' | 'artifact.push' | 'model.state'>(
  server: TestServer,
  kind: K,
  repo: string,
) =>
  (await server.records({ kind })).flatMap((each) =>
    each.kind === kind && 'model' in each && each.model.startsWith(`reg:${repo}@`)
      ? [each as Extract<typeof each, { kind: K }>]
      : [],
  );

it('gives a clean artifact byte for byte, and again without its source', async (context) => {
  const { registry, upstream, gateway, key, server } = start(context);
  expect(await skopeoCopy(`dir:${CLEAN.folder}`, `${upstream}org/clean:v1`)).toEqual(ok);
  const creds = ['--src-creds', `anyone:${key}`];
  const out = tempFolder();
  expect(await skopeoCopy(`${gateway}org/clean:v1`, `dir:${out}`, ...creds)).toEqual(ok);
  for (const name of readdirSync(CLEAN.folder)) {
    expect(readFileSync(join(out, name)).equals(readFileSync(join(CLEAN.folder, name)))).toBe(true);
  }
  const before = registry.asked().length;
  const again = tempFolder();
  expect(await skopeoCopy(`${gateway}org/clean@${CLEAN.digest}`, `oci:${again}:v1`, ...creds)).toEqual(ok);
  expect(sha256(readFileSync(join(again, 'blobs/sha256', sha256(WEIGHTS))))).toBe(sha256(WEIGHTS));
  expect(registry.asked().length).toBe(before);
  expect((await records(server, 'model.state', 'org/clean')).map(({ to }) => to)).toEqual(['quarantined', 'admitted']);
  const pulls = await records(server, 'artifact.pull', 'org/clean');
  const manifest = '.oci/manifest.json';
  expect(new Set(pulls.map(({ file }) => file))).toEqual(
    new Set([manifest, '.oci/config.json', 'model.safetensors', 'config.json']),
  );
  expect(pulls.every(({ outcome }) => outcome === 'served')).toBe(true);
  const { models } = await server.admin.listModels({ repo: 'org/clean' });
  expect(models).toMatchObject([{ revision: CLEAN.digest, state: 'admitted', licence: 'mit', files: 4, scanned: 4 }]);
});

it('refuses a poisoned one with its finding in the client’s words', async (context) => {
  const { upstream, gateway, key, server } = start(context);
  expect(await skopeoCopy(`dir:${POISONED.folder}`, `${upstream}org/poisoned:v1`)).toEqual(ok);
  const creds = ['--src-creds', `anyone:${key}`];
  const { code, stderr } = await skopeoCopy(`${gateway}org/poisoned:v1`, `dir:${tempFolder()}`, ...creds);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/denied: .*pickle\.call: calls os\.system/)]);
  const states = await records(server, 'model.state', 'org/poisoned');
  expect(states.map(({ to }) => to)).toEqual(['quarantined', 'quarantined']);
  expect(states[1]).toMatchObject({ actor: 'policy', scan: { verdict: 'malicious', rules: ['pickle.call'] } });
  const pulls = await records(server, 'artifact.pull', 'org/poisoned');
  expect(pulls).toMatchObject([{ outcome: 'refused', action: 'block', policies: ['malicious.block'], bytes: 0 }]);
  const { models } = await server.admin.listModels({ repo: 'org/poisoned' });
  expect(models).toMatchObject([{ state: 'quarantined', verdict: 'malicious', findings: [{ rule: 'pickle.call' }] }]);
  // No file of it can be had one by one either.
  const blob = `${server.address}/v2/org/poisoned/blobs/sha256:${sha256(WEIGHTS)}`;
  const answer = await fetch(blob, { headers: login(key) });
  expect([answer.status, await answer.json()]).toEqual([
    403,
    {
      errors: [
        expect.objectContaining({
          code: 'DENIED',
          detail: expect.objectContaining({ findings: [expect.objectContaining({ rule: 'pickle.call' })] }),
        }),
      ],
    },
  ]);
});

it('pushes a clean one on, and a poisoned one nowhere', async (context) => {
  const { registry, upstream, gateway, key, server } = start(context);
  const creds = ['--dest-creds', `anyone:${key}`];
  expect(await skopeoCopy(`dir:${CLEAN.folder}`, `${gateway}org/pushed:v1`, ...creds)).toEqual(ok);
  const out = tempFolder();
  expect(await skopeoCopy(`${upstream}org/pushed:v1`, `dir:${out}`)).toEqual(ok);
  expect(sha256(readFileSync(join(out, 'manifest.json')))).toBe(CLEAN.digest.slice(7));
  const before = registry.asked().length;
  const { code, stderr } = await skopeoCopy(`dir:${POISONED.folder}`, `${gateway}org/bad:v1`, ...creds);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/denied: .*pickle\.call: calls os\.system/)]);
  expect(registry.asked().length).toBe(before);
  expect([...filesOf(registry.folder).keys()].filter((path) => path.includes('/org/bad/'))).toEqual([]);
  expect(await records(server, 'artifact.push', 'org/pushed')).toMatchObject([
    { outcome: 'sent', tag: 'v1', files: 4, action: 'allow' },
  ]);
  expect(await records(server, 'artifact.push', 'org/bad')).toMatchObject([
    { outcome: 'refused', tag: 'v1', action: 'block', reason: expect.stringContaining('pickle.call') },
  ]);
  // What was pushed is served as what was pulled is.
  expect(await skopeoCopy(`${gateway}org/pushed:v1`, `dir:${tempFolder()}`, '--src-creds', `anyone:${key}`)).toEqual(
    ok,
  );
  // A later version sends only what is new; what is there by then is not asked for again.
  const next = writeArtifact([
    { bytes: WEIGHTS, title: 'model.safetensors' },
    { bytes: Buffer.from('hi'), title: 'README.md' },
  ]);
  expect(await skopeoCopy(`dir:${next.folder}`, `${gateway}org/pushed:v2`, ...creds)).toEqual(ok);
  const sent = registry.asked().filter((line) => line.startsWith('PUT /v2/org/pushed/blobs/'));
  expect(sent.filter((line) => line.includes(sha256(WEIGHTS)))).toHaveLength(1);
});

it('an index is a version of its own, and so is each of what it names', async (context) => {
  const { upstream, gateway, key, server } = start(context);
  const good = writeArtifact([{ bytes: safetensors(10), title: 'small.safetensors' }]);
  const index = writeIndex([good, POISONED]);
  expect(await skopeoCopy(`dir:${index}`, `${upstream}org/multi:v1`, '--all')).toEqual(ok);
  const creds = ['--src-creds', `anyone:${key}`];
  const all = await skopeoCopy(`${gateway}org/multi:v1`, `dir:${tempFolder()}`, ...creds, '--all');
  expect([all.code, all.stderr]).toEqual([1, expect.stringContaining('pickle.call')]);
  expect(await skopeoCopy(`${gateway}org/multi@${good.digest}`, `dir:${tempFolder()}`, ...creds)).toEqual(ok);
  const { models } = await server.admin.listModels({ repo: 'org/multi' });
  expect(models.map(({ state, files }) => `${state} ${files}`).sort()).toEqual([
    'admitted 1',
    'admitted 3',
    'quarantined 4',
  ]);
});

it('a changed file of the cache is found before it is served', async (context) => {
  const { upstream, gateway, key, server } = start(context);
  const weights = safetensors(1234);
  const model = writeArtifact([{ bytes: weights, title: 'model.safetensors' }]);
  expect(await skopeoCopy(`dir:${model.folder}`, `${upstream}org/changed:v1`)).toEqual(ok);
  const creds = ['--src-creds', `anyone:${key}`];
  expect(await skopeoCopy(`${gateway}org/changed:v1`, `dir:${tempFolder()}`, ...creds)).toEqual(ok);
  const path = join(server.dataDir, 'artifacts/blobs', sha256(weights).slice(0, 2), sha256(weights));
  const changed = Buffer.from(weights);
  changed[changed.length - 1] = 8;
  writeFileSync(path, changed);
  const { code } = await skopeoCopy(`${gateway}org/changed:v1`, `dir:${tempFolder()}`, ...creds);
  expect(code).toBe(1);
  const again = await skopeoCopy(`${gateway}org/changed:v1`, `dir:${tempFolder()}`, ...creds);
  expect(again.stderr).toContain('in the cache is not what was admitted');
  expect((await records(server, 'model.state', 'org/changed')).at(-1)).toMatchObject({ to: 'quarantined' });
});

it('a container image is given where its layers are clean, and refused where a file in one is not', async (context) => {
  const { upstream, gateway, key, server } = start(context);
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const bin = tarHeader('bin', 0, 0);
  bin.write('2', 156);
  bin.write('/usr/bin', 157);
  bin.write(`${tarChecksum(bin).toString(8).padStart(6, '0')}\0 `, 148);
  const layer = (name: string, bytes: Buffer): Buffer =>
    gzipSync(Buffer.concat([bin, tarHeader(name, bytes.length, 0), bytes, tarPadding(bytes.length), tarEnd()]));
  const clean = writeArtifact([{ bytes: layer('models/m.safetensors', WEIGHTS), mediaType }]);
  const poisoned = writeArtifact([{ bytes: layer('models/m.pkl', POISON), mediaType }]);
  const creds = ['--src-creds', `anyone:${key}`];
  for (const [name, { folder }] of Object.entries({ clean, poisoned })) {
    expect(await skopeoCopy(`dir:${folder}`, `${upstream}org/image:${name}`)).toEqual(ok);
  }
  expect(await skopeoCopy(`${gateway}org/image:clean`, `dir:${tempFolder()}`, ...creds)).toEqual(ok);
  const { stderr } = await skopeoCopy(`${gateway}org/image:poisoned`, `dir:${tempFolder()}`, ...creds);
  expect(stderr).toContain('pickle.call');
  const { models } = await server.admin.listModels({ repo: 'org/image', state: 'admitted' });
  expect(models).toMatchObject([{ verdict: 'clean' }]);
});

it('takes content in pieces, where they belong, and what it is called; the manifest only when all is there', async (context) => {
  const { registry, key, server } = start(context);
  const send = (path: string, method: string, body?: Buffer, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(new URL(path, server.address), {
      method,
      headers: { ...login(key), ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
  const model = writeArtifact([{ bytes: WEIGHTS, title: 'model.safetensors' }]);
  const base = '/v2/org/pieces';
  const type = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };
  const early = await send(`${base}/manifests/v1`, 'PUT', model.manifest, type);
  expect([early.status, await early.text()]).toEqual([400, expect.stringContaining('MANIFEST_BLOB_UNKNOWN')]);
  const { config } = JSON.parse(model.manifest.toString()) as { config: { digest: string } };
  const whole = readFileSync(join(model.folder, config.digest.slice(7)));
  // All of it with the first request; a mount is begun as any upload is.
  const single = await send(`${base}/blobs/uploads/?digest=${config.digest}`, 'POST', whole);
  expect([single.status, single.headers.get('docker-content-digest')]).toEqual([201, config.digest]);
  const digest = `sha256:${sha256(WEIGHTS)}`;
  const begun = await send(`${base}/blobs/uploads/?mount=${digest}&from=org/clean`, 'POST');
  const location = begun.headers.get('location')!;
  expect([begun.status, location]).toEqual([202, expect.stringMatching(/^\/v2\/org\/pieces\/blobs\/uploads\/./)]);
  const piece = (from: number, to: number): Promise<Response> =>
    send(location, 'PATCH', WEIGHTS.subarray(from, to), { 'content-range': `${from}-${to - 1}` });
  expect((await piece(0, 1000)).headers.get('range')).toBe('0-999');
  expect((await piece(2000, 3000)).status).toBe(416);
  const { key: other } = await server.createKey({ artifactsPush: ['reg:org/*'] });
  expect((await send(location, 'GET', undefined, login(other))).status).toBe(404);
  expect((await send(location, 'GET')).headers.get('range')).toBe('0-999');
  expect((await piece(1000, 500_000)).status).toBe(202);
  const ended = await send(`${location}?digest=${digest}`, 'PUT', WEIGHTS.subarray(500_000));
  expect([ended.status, ended.headers.get('location')]).toEqual([201, `${base}/blobs/${digest}`]);
  expect((await send(`${base}/blobs/${digest}`, 'HEAD')).status).toBe(200);
  expect((await send(`${base}/blobs/${digest}`, 'HEAD', undefined, login(other))).status).toBe(404);
  const wrong = await send(`${base}/blobs/uploads/?digest=${digest}`, 'POST', Buffer.from('something else'));
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('DIGEST_INVALID')]);
  const thrown = await send(`${base}/blobs/uploads/`, 'POST');
  expect((await send(thrown.headers.get('location')!, 'DELETE')).status).toBe(204);
  const broken = await send(`${base}/manifests/v1`, 'PUT', Buffer.from('{}'), type);
  expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('MANIFEST_INVALID')]);
  const put = await send(`${base}/manifests/v1`, 'PUT', model.manifest, type);
  expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, model.digest]);
  const there = await fetch(`${registry.url}${base}/manifests/v1`, { headers: { accept: type['content-type'] } });
  expect(there.headers.get('docker-content-digest')).toBe(model.digest);
});

it('is closed by default, and speaks the form of registries', async (context) => {
  const { upstream, key, server } = start(context);
  const at = (path: string, headers = {}, method = 'GET'): Promise<Response> =>
    fetch(`${server.address}/v2/${path}`, { headers, method });
  const codes = async (answer: Response): Promise<unknown[]> => [
    answer.status,
    ((await answer.json()) as { errors: { code: string }[] }).errors.map(({ code }) => code),
  ];
  const anonymous = await at('');
  expect(anonymous.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  expect(await codes(anonymous)).toEqual([401, ['UNAUTHORIZED']]);
  expect((await at('', login(key))).status).toBe(200);
  expect((await at('', { authorization: `Bearer ${key}` })).status).toBe(200);
  expect((await at('', login('ancile_wrong'))).status).toBe(401);
  expect(await codes(await at('org/clean/manifests/v1', login(server.key)))).toEqual([403, ['DENIED']]);
  expect(await codes(await at('org/hidden/manifests/v1', login(key)))).toEqual([403, ['DENIED']]);
  const { key: reader } = await server.createKey({ artifacts: ['reg:org/*'] });
  expect(await codes(await at('org/clean/blobs/uploads/', login(reader), 'POST'))).toEqual([403, ['DENIED']]);
  expect(await codes(await at('org/clean/manifests/v1', login(reader), 'PUT'))).toEqual([403, ['DENIED']]);
  expect(await codes(await at('org/clean/manifests/v1', login(key), 'DELETE'))).toEqual([404, ['UNSUPPORTED']]);
  expect(await codes(await at('org/none/manifests/v1', login(key)))).toEqual([404, ['MANIFEST_UNKNOWN']]);
  const nothing = `sha256:${'0'.repeat(64)}`;
  expect(await codes(await at(`org/clean/blobs/${nothing}`, login(key)))).toEqual([404, ['BLOB_UNKNOWN']]);
  expect((await at(`org/clean/referrers/${nothing}`, login(key))).status).toBe(404);
  expect(await skopeoCopy(`dir:${CLEAN.folder}`, `${upstream}org/tags:v1`)).toEqual(ok);
  expect(await skopeoCopy(`dir:${CLEAN.folder}`, `${upstream}org/tags:v2`)).toEqual(ok);
  const first = await at('org/tags/tags/list?n=1', login(key));
  // This registry gives all at once, whatever is asked for.
  expect(await first.json()).toEqual({ name: 'org/tags', tags: ['v1', 'v2'] });
  const head = await at('org/tags/manifests/v1', login(key), 'HEAD');
  expect([head.status, head.headers.get('docker-content-digest')]).toEqual([200, CLEAN.digest]);
  const layer = `org/tags/blobs/sha256:${sha256(WEIGHTS)}`;
  const part = await at(layer, { ...login(key), range: 'bytes=10-19' });
  expect([part.status, Buffer.from(await part.arrayBuffer()).equals(WEIGHTS.subarray(10, 20))]).toEqual([206, true]);
});

it('fetches tokens where the registry names a realm, of hosts that may be, with its login', async (context) => {
  requireRegistry(context);
  const realm = await startRealm('robot', 'secret-of-the-realm');
  const registry = await startOciRegistry(realm.auth);
  const dir = tempFolder();
  writeFileSync(join(dir, 'password'), 'secret-of-the-realm');
  const common = { kind: 'oci', baseUrl: registry.url };
  const named = { ...common, redirects: [realm.host], username: 'robot', password: { file: 'password' } };
  const sources = { named, elsewhere: { ...named, redirects: [] }, stranger: { ...common, redirects: [realm.host] } };
  const server = await startTestServer({ artifacts: { sources } }, { dir });
  const { key } = await server.createKey({ artifacts: ['*'], artifactsPush: ['*'] });
  const gateway = `docker://${new URL(server.address).host}`;
  const creds = `anyone:${key}`;
  // With several sources a repository's name begins with its source's.
  expect(await skopeoCopy(`dir:${CLEAN.folder}`, `${gateway}/named/org/model:v1`, '--dest-creds', creds)).toEqual(ok);
  expect(realm.asked).toContain('repository:org/model:pull,push');
  expect(await skopeoCopy(`${gateway}/named/org/model:v1`, `dir:${tempFolder()}`, '--src-creds', creds)).toEqual(ok);
  const before = realm.asked.length;
  const ask = async (source: string): Promise<string> => {
    const answer = await fetch(`${server.address}/v2/${source}/org/model/manifests/v1`, { headers: login(key) });
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await ask('elsewhere')).toMatch(/^502 .*redirects/);
  expect(realm.asked.length).toBe(before);
  expect(await ask('stranger')).toMatch(/^502 .*gives no token/);
  expect(server.log() + [...filesOf(server.dataDir).values()].join()).not.toContain('secret-of-the-realm');
});

it('pulls without a server: files under their titles, and no index', async (context) => {
  const { registry, upstream } = start(context);
  expect(await skopeoCopy(`dir:${CLEAN.folder}`, `${upstream}org/offline:latest`)).toEqual(ok);
  expect(await skopeoCopy(`dir:${writeIndex([CLEAN])}`, `${upstream}org/offline:index`, '--all')).toEqual(ok);
  const loaded = testConfig({ artifacts: { sources: { reg: { kind: 'oci', baseUrl: registry.url } } } });
  const out = tempFolder();
  const pulled = await pullModel(loaded, 'reg:org/offline', out);
  expect(pulled).toMatchObject({ ok: true, model: `reg:org/offline@${CLEAN.digest}` });
  expect(readFileSync(join(out, 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  expect(sha256(readFileSync(join(out, '.oci/manifest.json')))).toBe(CLEAN.digest.slice(7));
  expect(await pullModel(loaded, `reg:org/offline@${CLEAN.digest}`, tempFolder())).toMatchObject({ ok: true });
  await expect(pullModel(loaded, 'reg:org/offline@index', tempFolder())).rejects.toMatchObject({ code: 'usage' });
});
