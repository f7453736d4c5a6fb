// Images that must be signed: signatures as cosign puts them into a registry, by keys of the configuration, over an image or over the
// index that names it; docker-registry behind the gateway, skopeo before it.
import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { safetensors } from '../harness/hub-upstream.ts';
import {
  requireRegistry,
  sha256,
  skopeoCopy,
  startOciRegistry,
  writeArtifact,
  writeIndex,
} from '../harness/oci-registry.ts';
import { startTestServer } from '../harness/server.ts';

vi.setConfig({ testTimeout: 180_000 });

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const model = (size: number) => writeArtifact([{ bytes: safetensors(size), title: 'model.safetensors' }]);
const SIGNED = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** What `cosign sign --key` puts under the tag of a digest's name. */
function signatureOf(digest: string, key: KeyObject): ReturnType<typeof writeArtifact> {
  const image = { 'docker-manifest-digest': digest };
  const critical = { identity: { 'docker-reference': 'r' }, image, type: 'cosign container image signature' };
  const bytes = Buffer.from(JSON.stringify({ critical, optional: null }));
  const signature = sign('sha256', bytes, key).toString('base64');
  return writeArtifact([
    { bytes, mediaType: SIGNED, annotations: { 'dev.cosignproject.cosign/signature': signature } },
  ]);
}

async function start() {
  const registry = await startOciRegistry();
  const [mine, other] = [pair(), pair()];
  const dir = tempFolder();
  for (const [name, { publicKey }] of Object.entries({ mine, other })) {
    writeFileSync(join(dir, `${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
  const sources = { reg: { kind: 'oci', baseUrl: registry.url, requireSignature: true } };
  const trusting = (...names: string[]) => ({
    artifacts: { sources, trust: { keys: names.map((name) => `${name}.pub`) } },
  });
  const server = await startTestServer(trusting('mine'), { dir });
  const { key } = await server.createKey({ artifacts: ['reg:*'], artifactsPush: ['reg:*'] });
  const upstream = `docker://${registry.host}/`;
  const gateway = `docker://${new URL(server.address).host}/`;
  const tagOf = (digest: string): string => digest.replace(':', '-');
  return {
    server,
    mine: mine.privateKey,
    other: other.privateKey,
    put: (folder: string, name: string, ...options: string[]) =>
      skopeoCopy(`dir:${folder}`, `${upstream}${name}`, ...options),
    push: (folder: string, name: string) =>
      skopeoCopy(`dir:${folder}`, `${gateway}${name}`, '--dest-creds', `x:${key}`),
    sign: async (repo: string, digest: string, by: KeyObject, of = digest) =>
      skopeoCopy(`dir:${signatureOf(of, by).folder}`, `${upstream}${repo}:${tagOf(digest)}.sig`),
    async trust(...names: string[]): Promise<void> {
      server.configure(trusting(...names));
      await server.reload();
    },
    async get(repo: string, reference: string): Promise<{ status: number; text: string }> {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await fetch(`${server.address}/v2/${repo}/manifests/${reference}`, { headers });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

it('gives what a key of the configuration has signed, and nothing else', async (context) => {
  requireRegistry(context);
  const { put, sign, get, mine, other, trust, server } = await start();
  const { folder, digest, manifest } = model(5000);
  await put(folder, 'org/model:v1');
  const unsigned = await get('org/model', 'v1');
  expect([unsigned.status, unsigned.text]).toEqual([403, expect.stringContaining('demands a signature')]);
  // Anybody who may push can put something there: it spoils nothing for later.
  for (const [by, of] of [
    [other, digest],
    [mine, `sha256:${'0'.repeat(64)}`],
  ] as const) {
    expect((await sign('org/model', digest, by, of)).code).toBe(0);
    expect((await get('org/model', digest)).status).toBe(403);
  }
  await sign('org/model', digest, mine);
  const signed = await get('org/model', 'v1');
  expect([signed.status, signed.text]).toEqual([200, manifest.toString('utf8')]);
  // Whoever verifies by himself gets the signature as well.
  const signature = await get('org/model', `${digest.replace(':', '-')}.sig`);
  expect([signature.status, signature.text]).toEqual([200, expect.stringContaining(SIGNED)]);

  const id = `reg:org/model@${digest}`;
  const spec = { predictor: { model: { storageUri: `oci://r.example/org/model@${digest}` } } };
  const admitted = async (): Promise<boolean> =>
    (await server.admin.checkAdmission({ manifest: JSON.stringify({ kind: 'InferenceService', spec }) })).allowed;
  expect(await admitted()).toBe(true);
  await trust('mine', 'other');
  expect([await admitted(), (await server.admin.getModel({ id })).signature.state]).toEqual([true, 'valid']);
  await trust('other');
  expect([await admitted(), (await get('org/model', 'v1')).status]).toEqual([false, 403]);
  await trust('mine');
  expect((await get('org/model', 'v1')).status).toBe(200);
  expect(await admitted()).toBe(true);
});

it('takes a signed index’s word for what it names', async (context) => {
  requireRegistry(context);
  const { put, sign, get, mine } = await start();
  const [first, second] = [model(3000), model(4000)];
  const index = writeIndex([first, second]);
  const copied = await put(index, 'org/many:v1', '--all');
  expect(copied.code).toBe(0);
  const digest = `sha256:${sha256(readFileSync(join(index, 'manifest.json')))}`;
  await sign('org/many', digest, mine);
  // Before anybody has asked for the index, nothing vouches for one of them.
  expect((await get('org/many', first.digest)).status).toBe(403);
  expect((await get('org/many', 'v1')).status).toBe(200);
  expect((await get('org/many', first.digest)).status).toBe(200);
  const alone = model(6000);
  await put(alone.folder, 'org/many:alone');
  expect((await get('org/many', 'alone')).status).toBe(403);
});

it('takes in what is pushed before it can be signed, and gives it to nobody until it is', async (context) => {
  requireRegistry(context);
  const { push, sign, get, mine } = await start();
  const { folder, digest } = model(2000);
  expect(await push(folder, 'org/pushed:v1')).toMatchObject({ code: 0 });
  expect((await get('org/pushed', 'v1')).status).toBe(403);
  await sign('org/pushed', digest, mine);
  expect((await get('org/pushed', 'v1')).status).toBe(200);
});

it('does not start where images must be signed and no key is trusted', async () => {
  const sources = { reg: { kind: 'oci', baseUrl: 'http://127.0.0.1:1', requireSignature: true } };
  await expect(startTestServer({ artifacts: { sources } })).rejects.toThrow('artifacts.sources.reg.requireSignature');
});
