// A source that demands attestations: what lies in the version and what people give count where they are signed by whom the
// configuration trusts, of this version; nothing else does.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { attest, digestModel, signModel } from '../../src/attest/index.ts';
import type { AttestationKind } from '../../src/contract/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { type HubFiles, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { eventually, startTestServer } from '../harness/server.ts';

const FILES = {
  'config.json': Buffer.from('{"model_type":"bert"}'),
  'nested/tokenizer.json': Buffer.from('{"version":"1.0"}'),
  'model.safetensors': safetensors(5000),
};
const TIME = '2026-01-02T03:04:05Z';
const PREDICATES: Readonly<Record<Exclude<AttestationKind, 'training' | 'robustness'>, unknown>> = {
  scan: {
    scanner: { name: 'ancile', version: '1' },
    time: TIME,
    verdict: 'clean',
    files: 3,
    findings: [],
    reportSha256: 'ab'.repeat(32),
  },
  test: { suite: 'robustness', time: TIME, result: 'passed' },
  approval: { approvedBy: 'alice@example.org', time: TIME, reason: 'looked at it' },
};

interface Attester {
  readonly publicKey: string;
  /** An attestation of these files, as they lie in a folder. */
  attest(files: HubFiles, kind: keyof typeof PREDICATES, more?: Record<string, unknown>): Promise<string>;
  /** A signature of these files. */
  sign(files: HubFiles): Promise<string>;
}

function writeModel(files: HubFiles): string {
  const folder = tempFolder();
  mkdirSync(join(folder, 'nested'));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  return folder;
}

function createAttester(): Attester {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = join(tempFolder(), 'public.pem');
  writeFileSync(pem, publicKey.export({ type: 'spki', format: 'pem' }));
  return {
    publicKey: pem,
    async attest(files, kind, more = {}) {
      const folder = writeModel(files);
      const predicate = { ...(PREDICATES[kind] as object), ...more };
      return attest(await digestModel(folder), kind, predicate, { key: privateKey }).bundle;
    },
    sign: async (files) => (await signModel(writeModel(files), { key: privateKey })).bundle,
  };
}

async function start(repos: Readonly<Record<string, HubFiles>>, trusted: Attester, more: Record<string, unknown>) {
  const hub = await startHubUpstream(repos);
  const source = { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn], ...more };
  const server = await startTestServer({
    artifacts: { sources: { hub: source }, trust: { keys: [trusted.publicKey] } },
  });
  const { key } = await server.createKey({ artifacts: ['hub:org/*'] });
  return {
    server,
    /** Whom the configuration trusts from now on. */
    async trust(keys: readonly string[]): Promise<void> {
      server.configure({ artifacts: { sources: { hub: source }, trust: { keys } } });
      await server.reload();
    },
    idOf: (repo: string) => `hub:${repo}@${hub.commit(repo)}`,
    async pull(repo: string): Promise<{ status: number; body: string }> {
      const answer = await fetch(`${server.address}/hf/${repo}/resolve/main/model.safetensors`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return { status: answer.status, body: await answer.text() };
    },
  };
}

it('waits for what is demanded, and takes it from the version itself and from people', async () => {
  const [house, stranger] = [createAttester(), createAttester()];
  const scan = Buffer.from(await house.attest(FILES, 'scan'));
  const repos = {
    'org/attested': { ...FILES, 'scan.intoto.jsonl': scan },
    'org/strangers': { ...FILES, 'scan.intoto.jsonl': Buffer.from(await stranger.attest(FILES, 'scan')) },
    'org/changed': { ...FILES, 'config.json': Buffer.from('{"model_type":"gpt2"}'), 'scan.intoto.jsonl': scan },
  };
  const { server, idOf, pull } = await start(repos, house, { require: ['scan', 'approval'] });
  const { admin } = server;
  const give = (repo: string, attestation: string) => admin.addModelEvidence({ id: idOf(repo), attestation });
  const approval = await house.attest(FILES, 'approval');

  await expect(give('org/attested', approval)).rejects.toMatchObject({ code: 'not_found' });
  expect(await pull('org/attested')).toMatchObject({ status: 403, body: expect.stringMatching(/\(approval\)/) });
  for (const repo of ['org/strangers', 'org/changed']) {
    expect(await pull(repo)).toMatchObject({ status: 403, body: expect.stringMatching(/\(scan, approval\)/) });
  }
  await expect(give('org/attested', await stranger.attest(FILES, 'approval'))).rejects.toMatchObject({
    code: 'request_invalid',
  });
  await expect(give('org/changed', approval)).rejects.toThrow('about another model');
  const expired = await house.attest(FILES, 'approval', { expires: '2026-01-03T00:00:00Z' });
  await expect(give('org/attested', expired)).rejects.toThrow('expired');
  await expect(give('org/attested', 'no bundle')).rejects.toMatchObject({ code: 'request_invalid' });

  const given = await give('org/attested', approval);
  expect(given.evidence).toMatchObject([
    { kind: 'scan', says: 'clean', from: 'scan.intoto.jsonl' },
    { kind: 'approval', says: 'alice@example.org', from: 'cli (socket)' },
  ]);
  expect((await give('org/attested', approval)).evidence).toHaveLength(2);
  expect((await pull('org/attested')).status).toBe(200);
  expect((await pull('org/strangers')).status).toBe(403);

  const records = (await server.records({ kind: 'model.evidence' })).flatMap((each) =>
    each.kind === 'model.evidence' ? [each] : [],
  );
  const own = records.filter(({ actor }) => actor === 'policy').map(({ model, outcome }) => [model, outcome]);
  // What does not count is said once, however often it is pulled.
  expect(own.sort()).toEqual([
    [idOf('org/attested'), 'accepted'],
    [idOf('org/changed'), 'refused'],
    [idOf('org/strangers'), 'refused'],
  ]);
  // Kubernetes may be told the digest that is attested.
  const manifest = JSON.stringify({
    kind: 'InferenceService',
    metadata: { annotations: { 'ancile.dev/model': `sha256:${given.contentDigest}` } },
    spec: { predictor: { model: { storageUri: 'pvc://claim/model' } } },
  });
  expect(await admin.checkAdmission({ manifest })).toMatchObject({ allowed: true });
});

it('counts nobody’s word any more whom the configuration has ceased to trust', async () => {
  const [house, other] = [createAttester(), createAttester()];
  const { server, idOf, pull, trust } = await start({ 'org/attested': FILES }, house, { require: ['approval'] });
  const { admin } = server;
  const id = idOf('org/attested');
  const revision = id.split('@')[1]!;
  const manifest = JSON.stringify({
    kind: 'InferenceService',
    spec: { predictor: { model: { storageUri: `hf://org/attested:${revision}` } } },
  });
  const admitted = async (): Promise<boolean> => (await admin.checkAdmission({ manifest })).allowed;
  await pull('org/attested');
  await admin.addModelEvidence({ id, attestation: await house.attest(FILES, 'approval') });
  expect((await pull('org/attested')).status).toBe(200);
  expect(await admitted()).toBe(true);

  await trust([other.publicKey]);
  // Of those that serve nothing at the moment as well.
  await eventually(async () => ((await admitted()) ? undefined : true));
  expect(await pull('org/attested')).toMatchObject({ status: 403, body: expect.stringMatching(/\(approval\)/) });
  const { evidence } = await admin.getModel({ id });
  expect(evidence).toMatchObject([{ kind: 'approval', revoked: expect.stringContaining('another key') }]);

  await trust([other.publicKey, house.publicKey]);
  expect((await pull('org/attested')).status).toBe(200);
  expect(await admitted()).toBe(true);
  const records = (await server.records({ kind: 'model.evidence' })) as { outcome: string; reason?: string }[];
  expect(records.map(({ outcome }) => outcome)).toEqual(['accepted', 'revoked', 'accepted']);
});

it('looks at signatures anew once their signer is trusted no more', async () => {
  const [house, other] = [createAttester(), createAttester()];
  const signed = { ...FILES, 'model.sig': Buffer.from(await house.sign(FILES)) };
  const { server, idOf, pull, trust } = await start({ 'org/signed': signed }, house, { requireSignature: true });
  expect((await pull('org/signed')).status).toBe(200);
  expect((await server.admin.getModel({ id: idOf('org/signed') })).signature.state).toBe('valid');
  await trust([other.publicKey]);
  expect(await pull('org/signed')).toMatchObject({ status: 403 });
  expect((await server.admin.getModel({ id: idOf('org/signed') })).signature.state).toBe('invalid');
});

it('does not start where evidence is demanded and nobody is trusted', async () => {
  const sources = { hub: { kind: 'huggingface', require: ['test'] } };
  await expect(startTestServer({ artifacts: { sources } })).rejects.toThrow('artifacts.sources.hub.require');
});
