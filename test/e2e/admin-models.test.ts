// Models for people: lists with search and pages, a version with its files and rules, what it is made of, and who pulled what.
import { beforeAll, expect, it } from 'vitest';
import { type HubUpstream, POISON, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';
import { joinAs } from '../harness/people.ts';

const WEIGHTS = safetensors(20_000);
const CARD = `---
license: apache-2.0
pipeline_tag: text-classification
base_model: google-bert/bert-base-uncased
base_model_relation: finetune
datasets: [stanfordnlp/imdb]
---
# Reviews

## Limitations

English only.
`;
const REPOS = {
  'org/reviews': {
    'README.md': Buffer.from(CARD),
    'config.json': Buffer.from('{"model_type":"bert","architectures":["BertForSequenceClassification"]}'),
    'model.safetensors': WEIGHTS,
    'other.safetensors': safetensors(400_000),
  },
  'org/reviews@next': {
    'README.md': Buffer.from(CARD.replace('apache-2.0', 'mit')),
    'config.json': Buffer.from('{"model_type":"bert","architectures":["BertForSequenceClassification"]}'),
    'model.safetensors': safetensors(20_001),
  },
  'org/poisoned': { 'config.json': Buffer.from('{}'), 'pytorch_model.bin': POISON },
};

let hub: HubUpstream;
let server: TestServer;
let key: string;
let keyId: string;
const idOf = (repo: string): string => `hub:${repo.replace(/@.*/, '')}@${hub.commit(repo)}`;

async function pull(repo: string, revision: string, file: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.address}/hf/${repo}/resolve/${revision}/${file}`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

beforeAll(async () => {
  hub = await startHubUpstream(REPOS);
  server = await startTestServer({
    artifacts: {
      sources: {
        hub: { kind: 'huggingface', baseUrl: hub.url.replace('//', '//user:secret@'), redirects: [hub.cdn] },
      },
    },
  });
  ({ key, id: keyId } = await server.createKey({ artifacts: ['hub:org/*'] }));
  expect(await pull('org/reviews', 'main', 'model.safetensors')).toBe(200);
  expect(await pull('org/reviews', 'next', 'model.safetensors')).toBe(200);
  expect(await pull('org/poisoned', 'main', 'pytorch_model.bin')).toBe(403);
}, 60_000);

it('names sources without their secrets, and counts states', async () => {
  expect(await server.admin.getRegistry({})).toEqual({
    sources: [{ name: 'hub', kind: 'huggingface', baseUrl: hub.url, requireSignature: false }],
    states: { quarantined: 1, admitted: 2, retired: 0 },
  });
});

it('finds models by words, and goes from page to page', async () => {
  const listed = async (text: string): Promise<string[]> =>
    (await server.admin.listModels({ text })).models.map(({ id }) => id).sort();
  expect(await listed('REVIEWS hub:')).toEqual([idOf('org/reviews'), idOf('org/reviews@next')].sort());
  expect(await listed('rev%')).toEqual([]);
  const all = (await server.admin.listModels({})).models.map(({ id }) => id);
  const seen: string[] = [];
  let before: string | undefined;
  do {
    const page = await server.admin.listModels({ limit: 1, before });
    seen.push(...page.models.map(({ id }) => id));
    before = page.next;
  } while (before !== undefined);
  expect(seen).toEqual(all);
  await expect(server.admin.listModels({ before: 'x' })).rejects.toThrow('next');
});

it('shows a version with where copies are, and what its findings mean', async () => {
  const clean = await server.admin.getModel({ id: idOf('org/reviews') });
  expect(clean.files.map(({ path, copy }) => [path, copy])).toEqual([
    ['README.md', 'quarantine'],
    ['config.json', 'quarantine'],
    ['model.safetensors', 'served'],
    ['other.safetensors', undefined],
  ]);
  const poisoned = await server.admin.getModel({ id: idOf('org/poisoned') });
  const [finding] = poisoned.files.find(({ path }) => path === 'pytorch_model.bin')!.findings!;
  expect(finding).toMatchObject({ rule: expect.stringContaining('pickle.'), offset: expect.any(Number) });
  expect(poisoned.rules[finding!.rule]).toEqual({ title: expect.any(String), help: expect.any(String) });
});

it('says what a version is made of by its files, and what could not be read', async () => {
  const facts = await server.admin.getModelFacts({ id: idOf('org/reviews') });
  expect(facts.baseModels).toEqual([
    { name: 'google-bert/bert-base-uncased', relation: 'finetune', source: 'README.md' },
  ]);
  expect(facts.licences.map(({ id, source }) => [id, source])).toEqual([
    ['Apache-2.0', 'README.md'],
    ['MIT', 'the registry'],
  ]);
  expect(facts.single).toContainEqual({ field: 'task', value: 'text-classification', source: 'README.md' });
  expect(facts.single).toContainEqual({
    field: 'version',
    value: hub.commit('org/reviews'),
    source: 'the registry',
  });
  expect(facts.properties).toContainEqual({ name: 'parameters', value: '20000', source: 'model.safetensors' });
  expect(facts.unread).toEqual([{ path: 'other.safetensors', reason: 'there is no copy of it here' }]);
  expect(facts.score).toBeGreaterThan(30);
  expect(facts.missing).toContain('performance metrics');
  // A poisoned one is described and never loaded.
  expect((await server.admin.getModelFacts({ id: idOf('org/poisoned') })).files).toHaveLength(2);
});

it('gives documents, and compares versions', async () => {
  const id = idOf('org/reviews');
  const { document } = await server.admin.getModelBom({ id });
  const { sha256 } = (await server.admin.getModel({ id })).files.find(({ path }) => path === 'model.safetensors')!;
  expect(document).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'org/reviews', licenses: [{ license: { id: 'Apache-2.0' } }, {}] } },
  });
  expect(JSON.stringify(document)).toContain(sha256);
  const spdx = await server.admin.getModelBom({ id, format: 'spdx' });
  expect(spdx.document).toHaveProperty(['@context']);
  const { changes, left } = await server.admin.compareModels({ id: idOf('org/reviews@next'), with: id });
  expect(left).toBe(0);
  expect(
    changes.filter(({ kind }) => kind === 'licence' || kind === 'file').map(({ change, name }) => [change, name]),
  ).toEqual([
    ['removed', 'Apache-2.0'],
    ['changed', 'README.md'],
    ['changed', 'model.safetensors'],
  ]);
  await expect(server.admin.compareModels({ id, with: 'hub:org/none@1' })).rejects.toMatchObject({ at: 'with' });
  const auditor = await joinAs(server, ['auditor']);
  const answer = await auditor.ask('GET', `/model/bom?id=${encodeURIComponent(id)}`);
  expect(answer.status).toBe(200);
});

it('lists pulls by outcome, and sums them up', async () => {
  await eventually(async () => ((await server.admin.listPulls({})).pulls.length === 3 ? true : undefined));
  const refused = await server.admin.listPulls({ outcome: 'refused' });
  expect(refused.pulls.map(({ model, principal }) => [model, principal])).toEqual([[idOf('org/poisoned'), keyId]]);
  expect(refused.next).toBeUndefined();
  const first = await server.admin.listPulls({ limit: 1 });
  const second = await server.admin.listPulls({ limit: 2, before: first.next });
  expect(second.pulls).toHaveLength(2);
  expect((await server.admin.listPulls({ unusual: 'true' })).pulls.every(({ unusual }) => unusual !== undefined)).toBe(
    true,
  );
  const to = new Date(Date.now() + 60_000).toISOString();
  const from = new Date(Date.now() - 86_400_000).toISOString();
  const figures = await server.admin.getPullFigures({ from, to });
  const bytes = WEIGHTS.length + safetensors(20_001).length;
  expect(figures).toMatchObject({ complete: true, bytes, outcomes: { served: 2, refused: 1, cut: 0, fault: 0 } });
  expect(figures.principals).toEqual([{ id: keyId, bytes, pulls: 3, refused: 1 }]);
  expect(figures.series.reduce((sum, step) => sum + step.bytes, 0)).toBe(bytes);
  await expect(server.admin.getPullFigures({ from: to, to: from })).rejects.toMatchObject({ at: 'to' });
});
