// Manifests held against the inventory by hand, before anybody applies them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ancile, ensureBuilt } from '../harness/cli.ts';
import { safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { readReview } from '../harness/reviews.ts';
import { startTestServer } from '../harness/server.ts';

beforeAll(ensureBuilt, 120_000);

const CLEAN = { 'config.json': Buffer.from('{"model_type":"bert"}'), 'model.safetensors': safetensors(100) };

it('checks manifests by hand, with and without a server', async () => {
  const hub = await startHubUpstream({ 'org/clean': CLEAN });
  const server = await startTestServer({
    artifacts: { sources: { hub: { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn] } } },
  });
  const { dir } = server;
  const { key } = await server.createKey({ artifacts: ['hub:*'] });
  await fetch(`${server.address}/hf/org/clean/resolve/main/model.safetensors`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const manifest = (revision: string): string =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: llm }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: llm }\nspec:\n  containers:\n    - { name: vllm, image: vllm/vllm-openai, args: [--model, org/clean${revision}] }\n`;
  writeFileSync(join(dir, 'good.yaml'), manifest(`, --revision, ${hub.commit('org/clean')}`));
  writeFileSync(join(dir, 'bad.yaml'), manifest(''));
  writeFileSync(join(dir, 'review.json'), readReview('deployment-update'));
  writeFileSync(join(dir, 'none.yaml'), 'a: [');
  const good = await ancile(['model', 'admission', 'good.yaml'], { cwd: dir });
  expect([good.code, good.stdout]).toEqual([0, expect.stringContaining('admitted')]);
  const bad = await ancile(['model', 'admission', 'good.yaml', 'bad.yaml', '--json'], { cwd: dir });
  expect(bad.code).toBe(1);
  expect(JSON.parse(bad.stdout)).toMatchObject({ allowed: false, files: [{ allowed: true }, { allowed: false }] });
  await server.close();
  const review = await ancile(['model', 'admission', 'review.json'], { cwd: dir });
  expect([review.code, review.stdout]).toEqual([1, expect.stringContaining('pin its commit')]);
  expect((await ancile(['model', 'admission', 'none.yaml'], { cwd: dir })).code).toBe(2);
});
