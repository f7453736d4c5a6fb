// Models of an MLflow tracking server through a running gateway, by the calls that its client makes; and webhooks that tell of
// versions, with what comes of them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { POISON, safetensors } from '../harness/hub-upstream.ts';
import { startMlflowUpstream, toWebhook } from '../harness/mlflow-upstream.ts';
import { eventually, filesOf, startTestServer } from '../harness/server.ts';

// Each test starts a scanner, which takes its time on a machine that is busy.
vi.setConfig({ testTimeout: 180_000 });

const WEIGHTS = safetensors(30_000);
const MODEL = (id: string): Buffer => Buffer.from(`flavors: {}\nmodel_uuid: ${id}\nutc_time_created: '2026-01-02'\n`);
const [RUN, BAD_RUN] = ['a'.repeat(32), 'b'.repeat(32)];
const LOGGED = `m-${'c'.repeat(32)}`;
const GOOD: Readonly<Record<string, Buffer>> = {
  MLmodel: MODEL('good'),
  'data/model.safetensors': WEIGHTS,
  'requirements.txt': Buffer.from('numpy==2.0.0\n'),
};
const below = (folder: string, files: Readonly<Record<string, Buffer>>): Record<string, Buffer> =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`${folder}/${path}`, bytes]));
const CONTENT = {
  artifacts: {
    ...below(`0/${RUN}/artifacts/model`, GOOD),
    [`0/${RUN}/artifacts/notes.json`]: Buffer.from('{"note":1}'),
    ...below(`0/${BAD_RUN}/artifacts/model`, { MLmodel: MODEL('bad'), 'model.pkl': POISON }),
    ...below(`0/models/${LOGGED}/artifacts`, { MLmodel: MODEL('logged'), 'model.safetensors': WEIGHTS }),
  },
  versions: [
    { name: 'iris', version: '1', source: `mlflow-artifacts:/0/${RUN}/artifacts/model` },
    { name: 'iris', version: '2', source: `mlflow-artifacts:/0/${BAD_RUN}/artifacts/model` },
    { name: 'iris', version: '3', source: `models:/${LOGGED}` },
    { name: 'away', version: '1', source: 's3://elsewhere/model' },
  ],
  uris: {
    [LOGGED]: `mlflow-artifacts:/0/models/${LOGGED}/artifacts`,
    [RUN]: `mlflow-artifacts:/0/${RUN}/artifacts`,
  },
};
const SECRET = 'hook secret';

async function start(source: Record<string, unknown> = {}, scope: string[] = ['flow:0/*']) {
  const upstream = await startMlflowUpstream(CONTENT);
  const dir = tempFolder();
  writeFileSync(join(dir, 'token'), 'upstream_secret');
  writeFileSync(join(dir, 'hook'), SECRET);
  const flow = { kind: 'mlflow', baseUrl: upstream.url, token: { file: 'token' }, ...source };
  const server = await startTestServer({ artifacts: { sources: { flow } } }, { dir });
  const { key } = await server.createKey({ artifacts: scope });
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${server.address}/mlflow/flow/api/2.0/${path}`, { headers: { authorization: `Bearer ${key}` }, ...init });
  const hook = (init: RequestInit): Promise<Response> => fetch(`${server.address}/hooks/mlflow/flow`, init);
  const events = async () =>
    (await server.records({ kind: 'registry.event' })).flatMap((each) =>
      each.kind === 'registry.event' && each.outcome !== 'waiting' ? [each] : [],
    );
  return { upstream, server, ask, hook, events };
}
type Started = Awaited<ReturnType<typeof start>>;

/** What `mlflow artifacts download` does: lists folder by folder, and fetches what is none. */
async function downloadAll({ ask }: Started, root: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const queue = [''];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    const path = encodeURIComponent(at === '' ? root : `${root}/${at}`);
    const listed = await ask(`mlflow-artifacts/artifacts?path=${path}`);
    const { files } = (await listed.json()) as { files: { path: string; is_dir: boolean }[] };
    for (const { path: name, is_dir } of files) {
      const full = at === '' ? name : `${at}/${name}`;
      if (is_dir) queue.push(full);
      else {
        const got = await ask(`mlflow-artifacts/artifacts/${root}/${full}`);
        if (got.status !== 200) throw new Error(`${got.status} ${await got.text()}`);
        found.set(full, Buffer.from(await got.arrayBuffer()));
      }
    }
  }
  return found;
}

const rootOf = (uri: string): string => uri.replace('mlflow-artifacts:/', '');

it('gives what models:/iris/1 stands for, byte for byte, by the calls of its client', async () => {
  const started = await start();
  const { ask, server, upstream } = started;
  const uri = await ask('mlflow/model-versions/get-download-uri?name=iris&version=1');
  const { artifact_uri } = (await uri.json()) as { artifact_uri: string };
  const got = await downloadAll(started, rootOf(artifact_uri));
  expect([...got.keys()].sort()).toEqual(Object.keys(GOOD).sort());
  for (const [path, bytes] of got) expect(bytes.equals(GOOD[path]!)).toBe(true);
  const part = await ask(`mlflow-artifacts/artifacts/${rootOf(artifact_uri)}/data/model.safetensors`, {
    headers: { ...(await bearer(started)), range: 'bytes=5-9' },
  });
  expect([part.status, Buffer.from(await part.arrayBuffer()).equals(WEIGHTS.subarray(5, 10))]).toEqual([206, true]);
  const version = await ask('mlflow/model-versions/get?name=iris&version=1');
  const told = (await version.json()) as { model_version: object };
  expect(told.model_version).toMatchObject({ name: 'iris', version: '1', status: 'READY' });
  expect(told.model_version).not.toHaveProperty('surplus');
  const { models } = await server.admin.listModels({});
  expect(models).toMatchObject([{ repo: `0/${RUN}/artifacts/model`, state: 'admitted', files: 3 }]);
  // A file that the run keeps beside its models.
  expect(await (await ask(`mlflow-artifacts/artifacts/0/${RUN}/artifacts/notes.json`)).text()).toBe('{"note":1}');
  const run = await ask(`mlflow-artifacts/artifacts?path=0/${RUN}/artifacts`);
  expect(await run.json()).toEqual({
    files: [
      { path: 'model', is_dir: true },
      { path: 'notes.json', is_dir: false, file_size: 10 },
    ],
  });
  for (const { token } of upstream.asked) expect(token).toBe('Bearer upstream_secret');
  expect(JSON.stringify([...filesOf(server.dataDir).values()])).not.toContain('upstream_secret');
});

/** The key's header once more, for calls that bring headers of their own. */
async function bearer({ server }: Started): Promise<Record<string, string>> {
  const { key } = await server.createKey({ artifacts: ['flow:0/*'] });
  return { authorization: `Bearer ${key}` };
}

it('goes by alias, by latest, and by way of a logged model', async () => {
  const started = await start();
  const { ask, upstream } = started;
  upstream.aliases.set('iris@champion', '3');
  const alias = await ask('mlflow/registered-models/alias?name=iris&alias=champion');
  expect(await alias.json()).toMatchObject({ model_version: { version: '3', source: `models:/${LOGGED}` } });
  const logged = await ask(`mlflow/logged-models/${LOGGED}`);
  const { model } = (await logged.json()) as { model: { info: { artifact_uri: string } } };
  expect((await downloadAll(started, rootOf(model.info.artifact_uri))).size).toBe(2);
  const body = JSON.stringify({ name: 'iris', stages: [] });
  const latest = await ask('mlflow/registered-models/get-latest-versions', {
    method: 'POST',
    body,
    headers: await bearer(started),
  });
  const { model_versions } = (await latest.json()) as { model_versions: { version: string }[] };
  expect(model_versions.map(({ version }) => version)).toEqual(['1', '2', '3']);
  expect(await (await ask(`mlflow/runs/get?run_id=${RUN}`)).json()).toEqual({
    run: { info: { run_id: RUN, artifact_uri: `mlflow-artifacts:/0/${RUN}/artifacts` } },
  });
});

it('tells of a registered model what the key reaches, and gives a run’s artifact by its id', async () => {
  const scope = [`flow:0/${RUN}/*`];
  const { ask, server, upstream } = await start({}, scope);
  upstream.aliases.set('iris@champion', '1').set('iris@challenger', '2');
  const told = (await (await ask('mlflow/registered-models/get?name=iris')).json()) as {
    registered_model: { latest_versions: { version: string }[] };
  };
  expect(told.registered_model).toMatchObject({ name: 'iris', aliases: [{ alias: 'champion', version: '1' }] });
  expect(told.registered_model.latest_versions.map(({ version }) => version)).toEqual(['1']);
  expect(told.registered_model).not.toHaveProperty('user_id');
  expect((await ask('mlflow/registered-models/get?name=away')).status).toBe(403);
  expect((await ask('mlflow/registered-models/get?name=none')).status).toBe(404);

  const { key } = await server.createKey({ artifacts: scope });
  const get = (query: string): Promise<Response> =>
    fetch(`${server.address}/mlflow/flow/get-artifact?${query}`, { headers: { authorization: `Bearer ${key}` } });
  for (const name of ['run_id', 'run_uuid']) {
    const got = await get(`${name}=${RUN}&path=model/data/model.safetensors`);
    expect([got.status, Buffer.from(await got.arrayBuffer()).equals(WEIGHTS)]).toEqual([200, true]);
  }
  const outside = `model/../../../${BAD_RUN}/artifacts/model/model.pkl`;
  expect((await get(`run_id=${RUN}&path=${encodeURIComponent(outside)}`)).status).toBe(404);
  expect((await get(`run_id=${LOGGED}&path=MLmodel`)).status).toBe(403);
  expect((await get(`path=model/MLmodel`)).status).toBe(400);
});

it('refuses a poisoned version in the form of MLflow, and what would lead past the gateway', async () => {
  const started = await start();
  const bad = await started.ask(`mlflow-artifacts/artifacts/0/${BAD_RUN}/artifacts/model/MLmodel`);
  expect([bad.status, await bad.json()]).toEqual([
    403,
    { error_code: 'PERMISSION_DENIED', message: expect.stringMatching(/flow:0\/b+\/artifacts\/model@.*pickle\./) },
  ]);
  const away = await started.ask('mlflow/model-versions/get-download-uri?name=away&version=1');
  expect([away.status, await away.json()]).toMatchObject([403, { error_code: 'PERMISSION_DENIED' }]);
  const { pulls } = await started.server.admin.listPulls({});
  expect(pulls.map(({ outcome }) => outcome)).toEqual(['refused']);
});

it('is closed by default: no key, out of scope, writes, other calls, other places', async () => {
  const started = await start({}, ['flow:1/*']);
  const { server, ask, upstream } = started;
  const bare = await fetch(`${server.address}/mlflow/flow/api/2.0/mlflow/runs/get?run_id=${RUN}`);
  expect([bare.status, await bare.json()]).toMatchObject([401, { error_code: 'UNAUTHENTICATED' }]);
  expect((await ask(`mlflow-artifacts/artifacts/0/${RUN}/artifacts/model/MLmodel`)).status).toBe(403);
  expect((await ask(`mlflow-artifacts/artifacts?path=0/${RUN}/artifacts/model`)).status).toBe(403);
  expect((await ask('mlflow/model-versions/get?name=iris&version=1')).status).toBe(403);
  expect((await ask(`mlflow/runs/get?run_id=${RUN}`)).status).toBe(403);
  expect((await ask('mlflow-artifacts/artifacts/0/plain/file')).status).toBe(404);
  expect((await ask(`mlflow-artifacts/artifacts/0/${RUN}/artifacts/..%2f..%2fx`)).status).toBe(404);
  upstream.asked.length = 0;
  const headers = await bearer(started);
  expect((await ask('mlflow/model-versions/set-tag', { method: 'POST', body: '{}', headers })).status).toBe(404);
  expect((await ask('mlflow/registered-models/alias', { method: 'DELETE', headers })).status).toBe(404);
  expect((await ask('mlflow/experiments/search')).status).toBe(404);
  expect(upstream.asked).toEqual([]);
});

it('looks at versions that webhooks tell of, marks them, and takes the alias of a refused one', async () => {
  const webhook = { secret: { file: 'hook' }, act: 'protect' };
  const { upstream, hook, events, server } = await start({ webhook });
  const created = (version: string): RequestInit =>
    toWebhook('model_version.created', { name: 'iris', version, source: 'x', run_id: null, tags: {} }, SECRET);
  expect((await hook(created('1'))).status).toBe(202);
  const good = await eventually(async () => (await events())[0], 120_000);
  expect(good).toMatchObject({ outcome: 'admitted', subject: 'iris/1', done: ['tag'], source: 'flow' });
  expect(upstream.versions[0]?.tags).toEqual({ 'ancile.state': 'admitted' });
  upstream.aliases.set('iris@champion', '2');
  const aliased = { name: 'iris', alias: 'champion', version: '2' };
  const told = toWebhook('model_version_alias.created', aliased, SECRET);
  expect((await hook(told)).status).toBe(202);
  const again = await hook(told);
  expect([again.status, await again.json()]).toEqual([202, { status: 'known' }]);
  const bad = await eventually(async () => (await events())[1], 120_000);
  expect(bad).toMatchObject({ outcome: 'refused', alias: 'champion', done: ['alias.deleted', 'tag'] });
  expect(bad.reason).toMatch(/pickle\./);
  expect(upstream.aliases.size).toBe(0);
  expect(upstream.versions[1]?.tags).toEqual({ 'ancile.state': 'quarantined' });
  // What lies elsewhere was not looked at, and so is not taken for good; what is not there is a fault.
  await hook(toWebhook('model_version.created', { name: 'away', version: '1' }, SECRET));
  await hook(toWebhook('model_version.created', { name: 'example_model', version: '1' }, SECRET));
  const all = await eventually(async () => ((await events()).length === 4 ? events() : undefined), 120_000);
  expect(
    all
      .slice(2)
      .map(({ subject, outcome }) => `${subject} ${outcome}`)
      .sort(),
  ).toEqual(['away/1 refused', 'example_model/1 fault']);
  expect((await hook(toWebhook('registered_model.created', { name: 'iris' }, SECRET))).status).toBe(200);
  const { pulls } = await server.admin.listPulls({});
  expect(pulls.map(({ outcome, principal }) => [outcome, principal])).toEqual([['refused', 'webhook flow']]);
});

it('takes up what it was told before it stopped, once', async () => {
  const upstream = await startMlflowUpstream(CONTENT);
  const dir = tempFolder();
  writeFileSync(join(dir, 'hook'), SECRET);
  const flow = { kind: 'mlflow', baseUrl: upstream.url, webhook: { secret: { file: 'hook' }, act: 'tag' } };
  const overrides = { artifacts: { sources: { flow } } };
  const first = await startTestServer(overrides, { dir });
  const told = toWebhook('model_version.created', { name: 'iris', version: '2' }, SECRET);
  expect((await fetch(`${first.address}/hooks/mlflow/flow`, told)).status).toBe(202);
  await first.close();
  const second = await startTestServer(overrides, { dir });
  const again = await fetch(`${second.address}/hooks/mlflow/flow`, told);
  expect(await again.json()).toEqual({ status: 'known' });
  const outcomes = async () =>
    (await second.records({ kind: 'registry.event' })).map((each) => (each as { outcome: string }).outcome);
  await eventually(async () => ((await outcomes()).length === 2 ? true : undefined), 120_000);
  expect(await outcomes()).toEqual(['waiting', 'refused']);
  expect(upstream.versions[1]?.tags).toEqual({ 'ancile.state': 'quarantined' });
  await second.close();
  const third = await startTestServer(overrides, { dir });
  expect((await third.records({ kind: 'registry.event' })).length).toBe(2);
});

it('does nothing for who cannot sign, and by itself only records', async () => {
  const { upstream, hook, events, server } = await start({ webhook: { secret: { file: 'hook' } } });
  const data = { name: 'iris', version: '2' };
  expect((await hook(toWebhook('model_version.created', data, 'wrong'))).status).toBe(401);
  const { headers, ...rest } = toWebhook('model_version.created', data, SECRET);
  const { 'x-mlflow-signature': _gone, ...unsigned } = headers as Record<string, string>;
  expect((await hook({ ...rest, headers: unsigned })).status).toBe(401);
  const other = await fetch(`${server.address}/hooks/mlflow/other`, toWebhook('model_version.created', data, SECRET));
  expect(other.status).toBe(401);
  expect(upstream.asked).toEqual([]);
  expect((await hook(toWebhook('model_version.created', data, SECRET))).status).toBe(202);
  const only = await eventually(async () => (await events())[0], 120_000);
  expect(only).toMatchObject({ outcome: 'refused', done: [] });
  expect(upstream.versions[1]?.tags).toEqual({});
  expect((await server.admin.listModels({})).models).toMatchObject([{ state: 'quarantined', verdict: 'malicious' }]);
});
