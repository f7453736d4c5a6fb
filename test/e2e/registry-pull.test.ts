// What the owner pulls while his server has the data folder, and what keys have pulled before the server was started anew.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pullModel } from '../../src/app/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { POISON, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { startTestServer } from '../harness/server.ts';

const CLEAN = {
  'config.json': Buffer.from('{"model_type":"bert"}'),
  'nested/tokenizer.json': Buffer.from('{"version":"1.0"}'),
  'model.safetensors': safetensors(5000),
};

async function start(limits: Record<string, unknown> = {}) {
  const hub = await startHubUpstream({ 'org/clean': CLEAN, 'org/poisoned': { ...CLEAN, 'pytorch_model.bin': POISON } });
  const overrides = {
    artifacts: { sources: { hub: { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn] } }, limits },
  };
  return { hub, overrides, server: await startTestServer(overrides) };
}

it('pulls through the server that has the data folder', async () => {
  const { server } = await start();
  const loaded = loadConfig(join(server.dir, 'ancile.yaml'));
  const out = join(tempFolder(), 'clean');
  const pulled = await pullModel(loaded, 'hub:org/clean', out);
  expect(pulled).toMatchObject({ ok: true, findings: [] });
  for (const [path, bytes] of Object.entries(CLEAN)) expect(readFileSync(join(out, path)).equals(bytes)).toBe(true);
  const poisoned = await pullModel(loaded, 'hub:org/poisoned@main', join(out, 'bad'));
  expect(poisoned).toMatchObject({ ok: false, refused: expect.stringContaining('pickle.'), files: [] });
  expect(existsSync(join(out, 'bad'))).toBe(false);
  await expect(pullModel(loaded, 'elsewhere:org/clean', out)).rejects.toMatchObject({ code: 'not_found' });
  await expect(pullModel(loaded, 'nonsense', out)).rejects.toMatchObject({ code: 'usage' });
  const { pulls } = await server.admin.listPulls({});
  expect(pulls.every(({ principal }) => principal === 'cli (socket)')).toBe(true);
  expect(pulls.map(({ outcome }) => outcome).sort()).toEqual(['refused', 'served', 'served', 'served']);
});

it('counts what a key pulled before a restart', async () => {
  const size = CLEAN['model.safetensors'].length;
  const { server, overrides } = await start({ perPrincipal: { bytes: size + 100 } });
  const { key } = await server.createKey({ artifacts: ['hub:*'] });
  const pull = async (address: string): Promise<number> => {
    const answer = await fetch(`${address}/hf/org/clean/resolve/main/model.safetensors`, {
      headers: { authorization: `Bearer ${key}` },
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  expect(await pull(server.address)).toBe(200);
  expect(await pull(server.address)).toBe(429);
  await server.close();
  const again = await startTestServer(overrides, { dir: server.dir });
  expect(await pull(again.address)).toBe(429);
  const other = await again.createKey({ artifacts: ['hub:*'] });
  const answer = await fetch(`${again.address}/hf/org/clean/resolve/main/model.safetensors`, {
    headers: { authorization: `Bearer ${other.key}` },
  });
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
});

it('does not make a data folder for a name that means nothing', async () => {
  const dir = tempFolder();
  writeFileSync(join(dir, 'ancile.yaml'), 'dataDir: data\n');
  const loaded = loadConfig(join(dir, 'ancile.yaml'));
  await expect(pullModel(loaded, 'hub:org/clean', join(dir, 'out'))).rejects.toMatchObject({ code: 'not_found' });
  expect(existsSync(join(dir, 'data'))).toBe(false);
});
