// A name of a model that containment has stand for another version: who asks for it gets that, until it is lifted.
import { beforeAll, expect, it } from 'vitest';
import { failureOf } from '../harness/clients.ts';
import { POISON, type HubUpstream, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';

const config = (word: string): Buffer => Buffer.from(JSON.stringify({ model_type: word }));
const REPOS = {
  'org/model': { 'config.json': config('new'), 'model.safetensors': safetensors(100) },
  'org/model@v1': { 'config.json': config('old'), 'model.safetensors': safetensors(100) },
  'org/model@bad': { 'config.json': config('bad'), 'pytorch_model.bin': POISON },
};
let hub: HubUpstream;
let server: TestServer;
let key: string;

beforeAll(async () => {
  hub = await startHubUpstream(REPOS);
  server = await startTestServer({
    artifacts: { sources: { hub: { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn] } } },
  });
  ({ key } = await server.createKey({ artifacts: ['hub:org/*'] }));
});

async function pull(revision: string, file = 'config.json') {
  const answer = await fetch(`${server.address}/hf/org/model/resolve/${revision}/${file}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: answer.status, commit: answer.headers.get('x-repo-commit'), text: await answer.text() };
}

it('gives the admitted version that is named, at once, and the one before when it is lifted', async () => {
  const old = hub.commit('org/model@v1');
  const target = { model: 'hub:org/model@main' };
  expect((await pull('main')).text).toContain('new');
  expect((await pull(old)).text).toContain('old');
  const asked = { action: 'repoint', target, with: { to: old } } as const;
  expect(await server.admin.previewContainment(asked)).toMatchObject({
    models: [`hub:org/model@${old}`],
    lastDay: 2,
  });
  const contained = await server.admin.contain(asked);
  expect(contained).toMatchObject({ state: 'effective', effectMs: expect.any(Number) as number });
  expect(await pull('main')).toMatchObject({
    status: 200,
    commit: old,
    text: expect.stringContaining('old') as string,
  });
  // Who names the version gets that.
  expect((await pull(hub.commit('org/model'))).text).toContain('new');
  const { pulls } = await server.admin.listPulls({ model: `hub:org/model@${old}` });
  expect(pulls).toHaveLength(2);
  // One that is withdrawn meanwhile is nobody's, and what the name stood for is not given in its place.
  await server.admin.setModelState({ id: `hub:org/model@${old}`, state: 'retired', reason: 'bad as well' });
  expect((await pull('main')).status).toBe(403);
  await server.admin.liftContainment({ id: contained.id });
  expect((await pull('main')).text).toContain('new');
});

it.each([
  [{ model: 'hub:org/model@main' }, {}, 'with.to'],
  [{ model: 'hub:org/model@main' }, { to: 'f'.repeat(40) }, 'with.to'],
  [{ model: 'hub:org/*@main' }, { to: 'x' }, 'target.model'],
  [{ model: 'hub:org/model' }, { to: 'x' }, 'target.model'],
])('says what cannot be done: %j %j', async (target, values, at) => {
  expect(await failureOf(server.admin.contain({ action: 'repoint', target, with: values }))).toMatchObject({ at });
});

it('a version that is not admitted, and a version in the place of a name, are refused', async () => {
  const bad = hub.commit('org/model@bad');
  expect((await pull(bad, 'pytorch_model.bin')).status).toBe(403);
  const main = { model: 'hub:org/model@main' };
  expect(await failureOf(server.admin.contain({ action: 'repoint', target: main, with: { to: bad } }))).toMatchObject({
    code: 'conflict',
  });
  const version = { model: `hub:org/model@${bad}` };
  const failure = await failureOf(server.admin.contain({ action: 'repoint', target: version, with: { to: bad } }));
  expect(failure).toMatchObject({ at: 'target.model' });
});
