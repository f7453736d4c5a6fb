// A Kubernetes API server's reviews over TLS: a model that was pulled and admitted passes, everything else is refused with the
// reason, whoever is not the API server gets nothing, and the ledger has it all.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { type TestContext, expect, it } from 'vitest';
import { type Authority, createAuthority, hasOpenssl, readPair } from '../harness/certificates.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { POISON, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { readReview } from '../harness/reviews.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';
import { requireOrSkip } from '../skips.ts';

const CLEAN = { 'config.json': Buffer.from('{"model_type":"bert"}'), 'model.safetensors': safetensors(100) };
const TOKEN = 'the-token-of-the-api-server';

interface Answer {
  readonly status: number;
  readonly body: {
    readonly kind?: string;
    readonly response?: {
      readonly uid: string;
      readonly allowed: boolean;
      readonly status?: { readonly message: string; readonly code: number };
      readonly warnings?: readonly string[];
    };
    readonly error?: { readonly code: string; readonly message: string };
  };
}

interface Cluster {
  readonly server: TestServer;
  readonly commit: (repo: string) => string;
  /** Posts a review as the API server does, or as somebody else. */
  ask(
    review: string,
    as?: { readonly client?: { cert: Buffer; key: Buffer } | undefined; readonly token?: string },
  ): Promise<Answer>;
}

const needsOpenssl = (context: TestContext): void =>
  requireOrSkip(context, hasOpenssl(), 'openssl is not here to make certificates');

async function start(own: Authority, admission: Record<string, unknown> = {}, dir = tempFolder()): Promise<Cluster> {
  const apiServer = createAuthority('api server authority');
  const client = readPair(apiServer.issue('kube-apiserver'));
  const { cert, key } = own.issue('ancile.inference.svc');
  copyFileSync(cert, join(dir, 'admission.pem'));
  copyFileSync(key, join(dir, 'admission.key'));
  writeFileSync(join(dir, 'token'), TOKEN);
  const hub = await startHubUpstream({ 'org/clean': CLEAN, 'org/poisoned': { ...CLEAN, 'pytorch_model.bin': POISON } });
  const server = await startTestServer(
    {
      artifacts: { sources: { hub: { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn] } } },
      admission: {
        port: 0,
        tls: { cert: 'admission.pem', key: 'admission.key' },
        clientCa: apiServer.cert,
        clientNames: ['kube-apiserver'],
        token: { file: 'token' },
        onFault: 'deny',
        ...admission,
      },
    },
    { dir },
  );
  const address = /"address":"(https:[^"]+)","mode"/.exec(server.log())![1]!;
  return {
    server,
    commit: (repo) => hub.commit(repo),
    ask: (review, as = {}) =>
      new Promise((resolve, reject) => {
        const { client: shown = client, token = TOKEN } = as;
        const options = {
          method: 'POST',
          ca: readFileSync(own.cert),
          ...('client' in as && as.client === undefined ? {} : shown),
          servername: 'ancile.inference.svc',
          agent: false as const,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(review),
            authorization: `Bearer ${token}`,
          },
        };
        const url = `${address}/admission/kubernetes?timeout=10s`;
        const request = httpsRequest(url, options, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) as Answer['body'] }));
        });
        request.on('error', reject);
        request.end(review);
      }),
  };
}

const reviews = async (server: TestServer) =>
  (await server.records({ kind: 'admission.review' })).flatMap((each) =>
    each.kind === 'admission.review' ? [each] : [],
  );

async function pull({ server }: Cluster, repo: string): Promise<number> {
  const { key } = await server.createKey({ artifacts: ['hub:*'] });
  const answer = await fetch(`${server.address}/hf/${repo}/resolve/main/model.safetensors`, {
    headers: { authorization: `Bearer ${key}` },
  });
  await answer.arrayBuffer();
  return answer.status;
}

it('admits what was pulled and admitted, refuses the rest, and follows the inventory', async (context) => {
  needsOpenssl(context);
  const cluster = await start(createAuthority('cluster'));
  const { server, ask, commit } = cluster;
  const pinned = readReview('pod-create', { COMMIT: commit('org/clean') });

  const before = await ask(pinned);
  expect(before).toMatchObject({ status: 200, body: { kind: 'AdmissionReview', response: { allowed: false } } });
  expect(before.body.response!.status!.message).toContain('was never pulled');

  expect(await pull(cluster, 'org/clean')).toBe(200);
  const after = await ask(pinned);
  expect(after.body.response).toMatchObject({ uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true });
  const moving = await ask(readReview('deployment-update'));
  expect(moving.body.response!.status!.message).toContain(commit('org/clean'));

  expect(await pull(cluster, 'org/poisoned')).toBe(403);
  const poisoned = await ask(readReview('pod-create', { 'org/clean': 'org/poisoned', COMMIT: commit('org/poisoned') }));
  expect(poisoned.body.response).toMatchObject({ allowed: false, status: { code: 403 } });
  expect(poisoned.body.response!.status!.message).toContain('quarantined');

  const id = `hub:org/clean@${commit('org/clean')}`;
  await server.admin.setModelState({ id, state: 'retired', reason: 'superseded' });
  expect((await ask(pinned)).body.response!.status!.message).toContain('retired: superseded');

  const seen = await reviews(server);
  expect(seen.map(({ outcome }) => outcome)).toEqual(['denied', 'allowed', 'denied', 'denied', 'denied']);
  expect(seen[1]).toMatchObject({
    principal: 'kubernetes:system:serviceaccount:kube-system:replicaset-controller',
    references: [{ verdict: 'admitted', model: id }],
  });
});

it('answers nobody but the API server', async (context) => {
  needsOpenssl(context);
  const { server, ask } = await start(createAuthority('cluster'));
  const review = readReview('pod-create', { COMMIT: 'main' });
  const stranger = readPair(createAuthority('stranger').issue('kube-apiserver'));
  expect(await ask(review, { client: undefined })).toMatchObject({
    status: 401,
    body: { error: { code: 'unauthenticated' } },
  });
  expect(await ask(review, { client: stranger })).toMatchObject({ status: 401 });
  expect(await ask(review, { token: 'another' })).toMatchObject({ status: 401 });
  expect(await ask('{"kind":"Pod"}')).toMatchObject({ status: 400, body: { error: { code: 'request_invalid' } } });
  expect(await ask('x'.repeat(9_000_000)).catch(() => ({ status: 413 }))).toMatchObject({ status: 413 });
  expect(await reviews(server)).toEqual([]);
  expect(server.log()).not.toContain(TOKEN);
});

it('refuses a certificate of the right authority with another name', async (context) => {
  needsOpenssl(context);
  const { ask } = await start(createAuthority('cluster'), { clientNames: ['somebody-else'] });
  expect(await ask(readReview('pod-create'))).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
});

it('warns instead once the configuration says so, without a restart', async (context) => {
  needsOpenssl(context);
  const dir = tempFolder();
  const { server, ask } = await start(createAuthority('cluster'), {}, dir);
  const review = readReview('pod-create', { COMMIT: 'main' });
  expect((await ask(review)).body.response!.allowed).toBe(false);
  const file = join(dir, 'ancile.yaml');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { admission: Record<string, unknown> };
  const admission = { ...config.admission, mode: 'warn', port: 1 };
  writeFileSync(file, JSON.stringify({ ...config, admission }));
  expect(await server.reload()).toEqual({ changed: ['admission.mode'], needsRestart: ['admission.port'] });
  const { allowed, warnings } = (await ask(review)).body.response!;
  expect([allowed, warnings?.length]).toEqual([true, 1]);
  expect((await reviews(server)).map(({ outcome }) => outcome)).toEqual(['denied', 'warned']);
});

it.each([
  ['no TLS', { host: '0.0.0.0', token: { file: 'token' } }, 'there is no TLS'],
  ['nobody to be known by', { host: '0.0.0.0', tls: { cert: 'a', key: 'b' } }, 'from anybody else'],
  ['a certificate that is not there', { tls: { cert: 'none.pem', key: 'none.pem' } }, 'admission.tls.cert'],
  ['authorities without TLS', { clientCa: 'ca.pem' }, 'admission.clientCa'],
])('does not start with %s', async (_, admission, message) => {
  await expect(startTestServer({ admission: { port: 0, onFault: 'deny', ...admission } })).rejects.toThrow(message);
});
