// States of models by people's word: what is held waits for a yes, what is withdrawn stops under way; and what a crash leaves.
import { get } from 'node:http';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt, serve } from '../harness/cli.ts';
import { POISON, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';

const WEIGHTS = safetensors(3_000_000);
const REPOS = {
  'org/clean': { 'config.json': Buffer.from('{"model_type":"bert"}'), 'model.safetensors': WEIGHTS },
  // A format that nobody knows is not analysed, and so is held.
  'org/strange': { 'config.json': Buffer.from('{}'), 'weights.xyz': Buffer.alloc(5000, 0xfe) },
  'org/halves': { 'first.xyz': Buffer.alloc(1_100_000, 0xfe), 'second.xyz': Buffer.alloc(1_200_000, 0xfd) },
  'org/poisoned': { 'config.json': Buffer.from('{}'), 'pytorch_model.bin': POISON },
};

const sources = (hub: { url: string; cdn: string }) => ({
  artifacts: { sources: { hub: { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn] } } },
});

async function start() {
  const hub = await startHubUpstream(REPOS);
  const server = await startTestServer(sources(hub));
  const { key, id } = await server.createKey({ artifacts: ['hub:org/*'] });
  const ask = (path: string): Promise<Response> =>
    fetch(`${server.address}/hf${path}`, { headers: { authorization: `Bearer ${key}` } });
  return { hub, server, key, id, ask };
}

/** Begins to take a file and stops reading. Resolves with what reads on, and tells how it ended. */
function takeSlowly(server: TestServer, key: string, path: string): Promise<() => Promise<string>> {
  return new Promise((resolve, reject) => {
    get(`${server.address}/hf${path}`, { headers: { authorization: `Bearer ${key}` } }, (response) => {
      const ended = new Promise<string>((end) => {
        response.on('end', () => end('whole'));
        response.on('error', () => end('cut'));
      });
      response.once('data', () => {
        response.pause();
        resolve(() => {
          response.resume();
          return ended;
        });
      });
    }).on('error', reject);
  });
}

it('what is held waits for a person, whose yes covers what he saw', async () => {
  const { server, ask } = await start();
  const path = '/org/strange/resolve/main/weights.xyz';
  const held = await ask(path);
  expect([held.status, ((await held.json()) as { code: string }).code]).toEqual([403, 'held_for_approval']);
  const { models } = await server.admin.listModels({ state: 'quarantined' });
  expect(models).toMatchObject([{ repo: 'org/strange', verdict: 'unanalyzed', files: 2, scanned: 2 }]);
  const { id } = models[0]!;
  const admitted = await server.admin.setModelState({ id, state: 'admitted', reason: 'looked at it' });
  expect(admitted).toMatchObject({ state: 'admitted', actor: expect.stringContaining('cli') });
  expect((await ask(path)).status).toBe(200);
  const { pulls } = await server.admin.listPulls({ model: id });
  expect(pulls.map(({ outcome }) => outcome)).toEqual(['served', 'refused']);
  const bySha = await server.admin.listModels({ sha256: pulls[0]!.sha256 });
  expect(bySha.models.map((model) => model.id)).toEqual([id]);
});

it('a person’s yes is no answer to what he has not seen', async () => {
  const { server, ask } = await start();
  // Who waits long for a refusal has had headers meanwhile, and is cut off.
  const pull = async (name: string): Promise<boolean> => {
    const answer = await ask(`/org/halves/resolve/main/${name}`);
    const bytes = await answer.arrayBuffer().catch(() => undefined);
    return answer.status === 200 && bytes?.byteLength === REPOS['org/halves'][name as 'first.xyz'].length;
  };
  expect(await pull('first.xyz')).toBe(false);
  const [model] = (await server.admin.listModels({ state: 'quarantined' })).models;
  expect(model).toMatchObject({ files: 2, scanned: 1 });
  await server.admin.setModelState({ id: model!.id, state: 'admitted', reason: 'looked at the first' });
  expect(await pull('first.xyz')).toBe(true);
  expect(await pull('second.xyz')).toBe(false);
  expect(await pull('first.xyz')).toBe(false);
  await server.admin.setModelState({ id: model!.id, state: 'admitted', reason: 'looked at both' });
  expect([await pull('first.xyz'), await pull('second.xyz')]).toEqual([true, true]);
});

it('a model that is retired, and a key that is revoked, stop what is under way', async () => {
  const { hub, server, key, id: keyId, ask } = await start();
  const path = '/org/clean/resolve/main/model.safetensors';
  expect((await (await ask(path)).arrayBuffer()).byteLength).toBe(WEIGHTS.length);
  const id = `hub:org/clean@${hub.commit('org/clean')}`;
  const first = await takeSlowly(server, key, path);
  await server.admin.setModelState({ id, state: 'retired', reason: 'replaced' });
  expect(await first()).toBe('cut');
  const refused = await ask(path);
  expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([
    403,
    expect.stringContaining('replaced'),
  ]);
  await server.admin.setModelState({ id, state: 'admitted', reason: 'needed after all' });
  const second = await takeSlowly(server, key, path);
  await server.admin.revokeKey({ id: keyId });
  expect(await second()).toBe('cut');
  const cuts = await eventually(async () => {
    const { pulls } = await server.admin.listPulls({ model: id });
    const found = pulls.filter(({ outcome }) => outcome === 'cut');
    return found.length === 2 ? found : undefined;
  });
  expect(cuts.map(({ reason }) => reason)).toEqual(['the key ended', 'the model was withdrawn']);
  expect(cuts.every(({ bytes }) => bytes < WEIGHTS.length)).toBe(true);
});

it('a policy that only one principal meets is his affair, and not the model’s', async () => {
  const hub = await startHubUpstream(REPOS);
  const dir = tempFolder();
  const manifest = {
    name: 'own',
    version: '1',
    onFault: { detect: 'deny', policy: 'deny', ledger: 'deny', budget: 'deny' },
    policies: ['a.cedar'],
  };
  writeFileSync(join(dir, 'policy-set.yaml'), JSON.stringify(manifest));
  writeFileSync(
    join(dir, 'a.cedar'),
    `@id("all") @action("allow") @reason("all") permit (principal, action, resource);
     @id("agents") @action("block") @reason("no agent pulls what is MIT")
     forbid (principal, action == Action::"artifact", resource)
     when { principal.kind == "agent" && context.licence == "mit" };`,
  );
  const server = await startTestServer({ ...sources(hub), policy: { set: dir } });
  const ask = async (kind: 'agent' | 'service'): Promise<number> => {
    const { key } = await server.createKey({ kind, artifacts: ['hub:*'] });
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${server.address}/hf/org/clean/resolve/main/config.json`, { headers })).status;
  };
  expect([await ask('agent'), await ask('service'), await ask('agent')]).toEqual([403, 200, 403]);
  expect((await server.admin.listModels({})).models).toMatchObject([{ state: 'admitted' }]);
});

describe('the program', () => {
  beforeAll(ensureBuilt, 180_000);

  it('killed during a pull, leaves neither half a model admitted nor a lock', async () => {
    const hub = await startHubUpstream(REPOS);
    const dir = tempFolder();
    const value = { server: { port: 0 }, dataDir: 'data', ...sources(hub) };
    writeFileSync(join(dir, 'ancile.yaml'), JSON.stringify(value));
    const made = await ancile(['key', 'create', '-n', 'x', '--artifacts', 'hub:org/*'], { cwd: dir });
    const key = made.stdout.trim();
    hub.cutNext(2_000_000, 'stall');
    const path = '/hf/org/clean/resolve/main/model.safetensors';
    const headers = { authorization: `Bearer ${key}` };
    const first = await serve(['--json'], dir);
    // Its headers may have come before: a client that waits gets them after a while.
    const pull = fetch(`${first.address}${path}`, { headers })
      .then((answer) => answer.arrayBuffer())
      .then(
        () => 'answered',
        () => 'gone',
      );
    await eventually(() => (hub.fetches('model.safetensors') === 1 ? true : undefined));
    await eventually(() => (readdirSync(join(dir, 'data/artifacts/temp')).length === 1 ? true : undefined));
    await first.end('SIGKILL');
    expect(await pull).toBe('gone');
    const second = await serve(['--json'], dir);
    expect(readdirSync(join(dir, 'data/artifacts/temp'))).toEqual([]);
    expect(readdirSync(join(dir, 'data/artifacts/blobs'))).toEqual([]);
    const answer = await fetch(`${second.address}${path}`, { headers });
    expect(Buffer.from(await answer.arrayBuffer()).equals(WEIGHTS)).toBe(true);
    const listed = await ancile(['model', 'list', '--json'], { cwd: dir });
    expect(JSON.parse(listed.stdout)).toMatchObject({ models: [{ state: 'admitted', repo: 'org/clean' }] });
  });

  it(
    'pulls without a server: a clean model into a folder, nothing of a poisoned one',
    { timeout: 120_000 },
    async () => {
      const hub = await startHubUpstream(REPOS);
      const dir = tempFolder();
      writeFileSync(join(dir, 'ancile.yaml'), JSON.stringify({ dataDir: 'data', ...sources(hub) }));
      const clean = await ancile(['pull', 'hub:org/clean', '--out', 'clean'], { cwd: dir });
      expect([clean.code, clean.stdout]).toEqual([0, expect.stringContaining('2 files')]);
      expect(readdirSync(join(dir, 'clean')).sort()).toEqual(['config.json', 'model.safetensors']);
      const id = `hub:org/clean@${hub.commit('org/clean')}`;
      const bom = await ancile(['model', 'bom', id], { cwd: dir });
      expect(JSON.parse(bom.stdout)).toMatchObject({
        bomFormat: 'CycloneDX',
        metadata: { component: { name: 'org/clean', version: hub.commit('org/clean') } },
        components: [{ name: 'config.json' }, { name: 'model.safetensors' }],
      });
      const poisoned = await ancile(['pull', 'hub:org/poisoned@main', '--out', 'bad', '--json'], { cwd: dir });
      expect(poisoned.code).toBe(1);
      expect(JSON.parse(poisoned.stdout)).toMatchObject({
        ok: false,
        files: [],
        findings: [{ rule: expect.stringMatching(/^pickle\./) }],
      });
      expect(readdirSync(dir)).not.toContain('bad');
      const { model } = JSON.parse(poisoned.stdout) as { model: string };
      const shown = await ancile(['model', 'show', model], { cwd: dir });
      expect(shown.stdout).toMatch(/quarantined[^]*malicious\.block[^]*pytorch_model\.bin/);
      const retired = await ancile(['model', 'retire', model, '--reason', 'poisoned'], { cwd: dir });
      expect(retired.stdout).toContain('is retired');
      const again = await ancile(['pull', 'hub:org/nothing', '--out', 'x'], { cwd: dir });
      expect(again.code).toBe(2);
    },
  );
});
