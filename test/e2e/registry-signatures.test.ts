// A source that demands signatures: what is signed by who is trusted comes in, everything else stays out, with the reason.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { signModel } from '../../src/attest/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { type HubFiles, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { startTestServer } from '../harness/server.ts';

const FILES = { 'config.json': Buffer.from('{"model_type":"bert"}'), 'model.safetensors': safetensors(5000) };

interface Signer {
  /** PEM file of the public half. */
  readonly publicKey: string;
  sign(files: HubFiles): Promise<HubFiles>;
}

function createSigner(): Signer {
  const dir = tempFolder();
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const pem = join(dir, 'public.pem');
  writeFileSync(pem, publicKey.export({ type: 'spki', format: 'pem' }));
  return {
    publicKey: pem,
    async sign(files) {
      const model = tempFolder();
      for (const [path, content] of Object.entries(files)) writeFileSync(join(model, path), content);
      const { bundle } = await signModel(model, { key: privateKey });
      return { ...files, 'model.sig': Buffer.from(bundle) };
    },
  };
}

it('lets in what is signed by whom the configuration trusts, and nothing else', async () => {
  const [maker, stranger] = [createSigner(), createSigner()];
  const signed = await maker.sign(FILES);
  const repos = {
    'org/signed': signed,
    'org/changed': { ...signed, 'config.json': Buffer.from('{"model_type":"gpt2"}') },
    'org/added': { ...signed, 'extra.json': Buffer.from('{}') },
    'org/unsigned': FILES,
    'org/strangers': await stranger.sign(FILES),
  };
  const hub = await startHubUpstream(repos);
  const server = await startTestServer({
    artifacts: {
      sources: { hub: { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn], requireSignature: true } },
      trust: { keys: [maker.publicKey] },
    },
  });
  const { key } = await server.createKey({ artifacts: ['hub:org/*'] });
  const pull = async (repo: string): Promise<{ status: number; body: string }> => {
    const answer = await fetch(`${server.address}/hf/${repo}/resolve/main/model.safetensors`, {
      headers: { authorization: `Bearer ${key}` },
    });
    return { status: answer.status, body: await answer.text() };
  };
  expect((await pull('org/signed')).status).toBe(200);
  for (const repo of ['org/changed', 'org/added', 'org/unsigned', 'org/strangers']) {
    const { status, body } = await pull(repo);
    expect({ repo, status }).toEqual({ repo, status: 403 });
    expect(body).toContain('signature');
  }
  const { models } = await server.admin.listModels({});
  const states = Object.fromEntries(models.map(({ repo, signature, state }) => [repo, `${signature.state} ${state}`]));
  expect(states).toEqual({
    'org/signed': 'valid admitted',
    'org/changed': 'invalid quarantined',
    'org/added': 'invalid quarantined',
    'org/unsigned': 'none quarantined',
    'org/strangers': 'invalid quarantined',
  });
});

it('is not started where signatures are demanded and nobody is trusted, or a key cannot be read', async () => {
  const sources = { hub: { kind: 'huggingface', requireSignature: true } };
  await expect(startTestServer({ artifacts: { sources } })).rejects.toThrow("nobody's signature counts");
  const trust = { keys: ['no-such.pem'] };
  await expect(startTestServer({ artifacts: { sources, trust } })).rejects.toThrow('artifacts.trust.keys.0');
});
