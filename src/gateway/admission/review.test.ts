// Reviews as kube-apiserver sends them, held against an inventory: the answer, the record, and what is not looked at.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import type { Admission, ModelAsset, RecordBody } from '../../contract/index.ts';
import type { Inventory } from '../../inventory/index.ts';
import { readReview } from '../../../test/harness/reviews.ts';
import { readPlaces } from './places.ts';
import { type AdmissionAnswer, createReview } from './review.ts';

const file = new URL('../../../content/admission/kubernetes.yaml', import.meta.url);
const places = readPlaces(readFileSync(file, 'utf8'), 'kubernetes.yaml');
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const DIGEST = 'ab'.repeat(32);

function asset(more: Partial<ModelAsset> = {}): ModelAsset {
  const { source = 'hub', repo = 'org/clean', revision = COMMIT } = more;
  const time = '2026-01-01T00:00:00.000Z';
  return {
    id: `${source}:${repo}@${revision}`,
    source,
    repo,
    revision,
    digest: 'cd'.repeat(32),
    state: 'admitted',
    files: [{ path: 'a', size: 1, etag: 'x', verdict: 'clean', sha256: DIGEST }],
    bytes: 1,
    signature: { state: 'none' },
    firstSeen: time,
    changed: time,
    pulls: 0,
    pulledBy: [],
    ...more,
  };
}

interface Asked {
  readonly response: AdmissionAnswer['response'];
  readonly records: Extract<RecordBody, { kind: 'admission.review' }>[];
}

interface World {
  readonly assets?: readonly ModelAsset[];
  readonly settings?: Partial<Admission>;
  /** Takes the place of the inventory's own. */
  readonly broken?: boolean;
}

async function ask(text: string, { assets = [asset()], settings = {}, broken = false }: World = {}): Promise<Asked> {
  const records: Asked['records'] = [];
  const fail = (): never => {
    throw new AncileError('store_fault', 'the disk is /secret/path');
  };
  const inventory: Pick<Inventory, 'get' | 'list' | 'findByContent'> = {
    get: async (id) => (broken ? fail() : assets.find((each) => each.id === id)),
    list: async ({ repo, revision }) =>
      broken
        ? fail()
        : assets.filter((each) => (repo ?? each.repo) === each.repo && (revision ?? each.revision) === each.revision),
    findByContent: async (sha256) => assets.filter(({ files }) => files.some((each) => each.sha256 === sha256)),
  };
  const review = createReview({
    inventory,
    kindOf: (source) => ({ hub: 'huggingface', registry: 'oci' })[source],
    places,
    lacks: ({ repo }) => (repo === 'org/lacking' ? 'its source demands an attestation (approval)' : undefined),
    settings: () => ({
      mode: 'enforce',
      onFault: 'deny',
      unscanned: 'deny',
      exemptNamespaces: ['kube-*'],
      ...settings,
    }),
    append: async (body) => void (body.kind === 'admission.review' && records.push(body)),
    onFault: () => undefined,
  });
  const { response } = await review(Buffer.from(text));
  return { response, records };
}

const pinned = { COMMIT };

it('lets in a pod whose model is admitted, and puts that on record', async () => {
  const { response, records } = await ask(readReview('pod-create', pinned));
  expect(response).toEqual({
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    allowed: true,
    auditAnnotations: { outcome: 'allowed', models: `hub:org/clean@${COMMIT} admitted` },
  });
  expect(records).toEqual([
    {
      kind: 'admission.review',
      review: '705ab4f5-6393-11e8-b7cc-42010a800002',
      principal: 'kubernetes:system:serviceaccount:kube-system:replicaset-controller',
      operation: 'CREATE',
      object: { group: '', version: 'v1', kind: 'Pod', namespace: 'inference', name: 'llm-6d5f8c7b9-' },
      references: [
        { at: 'spec.containers[0].args[1]', text: 'org/clean', verdict: 'admitted', model: `hub:org/clean@${COMMIT}` },
      ],
      mode: 'enforce',
      outcome: 'allowed',
    },
  ]);
});

it('refuses a name that moves, with the commit to pin it to', async () => {
  const { response, records } = await ask(readReview('deployment-update'));
  expect(response).toMatchObject({ allowed: false, status: { status: 'Failure', code: 403, reason: 'Forbidden' } });
  expect(response.status!.message).toContain(`spec.template.spec.containers[0].args[1]: org/clean`);
  expect(response.status!.message).toContain(COMMIT);
  expect(records).toMatchObject([{ outcome: 'denied', principal: 'kubernetes:alice@example.org' }]);
  const branch = await ask(readReview('pod-create', { COMMIT: 'main' }));
  expect(branch.response.allowed).toBe(false);
});

it('refuses a version that nobody pulled, one that is quarantined and one that is retired', async () => {
  const unknown = await ask(readReview('pod-create', pinned), { assets: [] });
  expect(unknown.response.status?.message).toContain('was never pulled through the gateway');
  for (const state of ['quarantined', 'retired'] as const) {
    const { response, records } = await ask(readReview('pod-create', pinned), {
      assets: [asset({ state, reason: 'a file of it would run something' })],
    });
    expect(response.status?.message).toContain(`is ${state}: a file of it would run something`);
    expect(records[0]!.references[0]!.verdict).toBe(state);
  }
});

it('in warn mode lets in with warnings that are short and plain', async () => {
  const long = `org/${'a'.repeat(90)}`;
  const text = readReview('deployment-update', { 'org/clean': `${long}\\u0007\\u202e` });
  const { response, records } = await ask(text, { settings: { mode: 'warn' } });
  expect(response.allowed).toBe(true);
  expect(response.status).toBeUndefined();
  expect(response.warnings!.length).toBeGreaterThan(0);
  for (const warning of response.warnings!) {
    expect(warning.length).toBeLessThan(256);
    expect(warning).not.toMatch(/[\u0000-\u001f\u202e]/);
  }
  expect(records).toMatchObject([{ outcome: 'warned', mode: 'warn' }]);
});

it('refuses a version of which only a part was scanned, or says so where that is enough', async () => {
  const files = [...asset().files, { path: 'b', size: 1, etag: 'y' }];
  const assets = [asset({ files })];
  const strict = await ask(readReview('pod-create', pinned), { assets });
  expect(strict.response.allowed).toBe(false);
  expect(strict.response.status!.message).toContain('only 1 of 2 files');
  expect(strict.response.status!.message).toContain(`ancile pull hub:org/clean@${COMMIT}`);
  expect(strict.records[0]!.references[0]!.verdict).toBe('unscanned');
  const lax = await ask(readReview('pod-create', pinned), { assets, settings: { unscanned: 'warn' } });
  expect(lax.response.allowed).toBe(true);
  expect(lax.response.warnings).toEqual([expect.stringContaining('only 1 of 2 files')]);
});

it('refuses what is admitted and has lost what its source demands', async () => {
  const review = readReview('pod-create', { ...pinned, 'org/clean': 'org/lacking' });
  const { response, records } = await ask(review, { assets: [asset({ repo: 'org/lacking' })] });
  expect(response.status?.message).toContain('demands an attestation (approval)');
  expect(records[0]!.references[0]!.verdict).toBe('unattested');
});

it('takes no file of a model for an image, and no index of images for one', async () => {
  const image = (digest: string): string => claim(`oci://elsewhere.example/x@sha256:${digest}`);
  // A file that anybody can have admitted may be a manifest that names anything.
  const file = await ask(image(DIGEST));
  expect(file.response.allowed).toBe(false);
  const files = [{ path: '.oci/index.json', size: 1, etag: DIGEST, verdict: 'clean' as const, sha256: DIGEST }];
  const index = asset({ source: 'registry', repo: 'x', revision: `sha256:${DIGEST}`, files });
  const { response } = await ask(image(DIGEST), { assets: [index] });
  expect(response.allowed).toBe(false);
  expect(response.status!.message).toContain('index');
});

it('reads KServe’s services, and notes a dry run', async () => {
  const { response, records } = await ask(readReview('inferenceservice-create', pinned));
  expect(response.allowed).toBe(true);
  expect(records).toMatchObject([
    { dryRun: true, object: { group: 'serving.kserve.io', kind: 'InferenceService', name: 'iris' } },
  ]);
  expect(records[0]!.references.map(({ at }) => at)).toEqual(['spec.predictor.model.storageUri']);
});

it('looks at containers that are added to a running pod', async () => {
  const { response, records } = await ask(readReview('ephemeral-update', pinned));
  expect(response.allowed).toBe(false);
  expect(response.status?.message).toContain('spec.ephemeralContainers[0].command[2]: org/other');
  expect(records[0]!.object.subresource).toBe('ephemeralcontainers');
});

it.each(['status-update', 'pod-delete', 'pod-exec'] as const)('lets %s through, on record', async (name) => {
  const { response, records } = await ask(readReview(name, pinned), { assets: [] });
  expect(response.allowed).toBe(true);
  expect(records).toMatchObject([{ outcome: 'allowed', references: [] }]);
});

it('lets what is being deleted lose its finalizers', async () => {
  const { response } = await ask(readReview('deployment-finalize'), { assets: [] });
  expect(response.allowed).toBe(true);
});

it('does not look at exempt namespaces', async () => {
  const text = readReview('deployment-update', { '"inference"': '"kube-system"' });
  const { response, records } = await ask(text, { assets: [] });
  expect([response.allowed, records[0]!.outcome]).toEqual([true, 'exempt']);
});

const claim = (storageUri: string, annotation?: string): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '1',
      kind: { group: 'serving.kserve.io', version: 'v1beta1', kind: 'InferenceService' },
      resource: { group: 'serving.kserve.io', version: 'v1beta1', resource: 'inferenceservices' },
      operation: 'CREATE',
      userInfo: {},
      object: {
        kind: 'InferenceService',
        metadata: { name: 'x', ...(annotation && { annotations: { 'ancile.dev/model': annotation } }) },
        spec: { predictor: { model: { storageUri } } },
      },
    },
  });

it.each([
  ['pvc://claim/model', undefined, false],
  ['s3://bucket/model', undefined, false],
  ['weird://x', undefined, false],
  // What fetches it takes no part of it for a version, and another cloud's bucket has the same name.
  [`gs://org/clean@${COMMIT}`, undefined, false],
  [`https://org/clean?versionId=${COMMIT}`, undefined, false],
  ['pvc://claim/model', `hub:org/clean@${COMMIT}`, true],
  ['s3://bucket/model', `sha256:${DIGEST}`, true],
  ['pvc://claim/model', `hub:org/clean@${'0'.repeat(40)}`, false],
  ['pvc://claim/model', `hub:org/clean@${COMMIT}, sha256:${'0'.repeat(64)}`, false],
  ['pvc://claim/model', 'org/clean', false],
  // An annotation does not make a name stand still.
  ['hf://org/clean', `hub:org/clean@${COMMIT}`, false],
  [`oci://registry.example.org/models/iris:1@sha256:${'ef'.repeat(32)}`, undefined, true],
  ['oci://registry.example.org/models/iris:1', undefined, false],
])('of %s with the annotation %s says %s', async (uri, annotation, allowed) => {
  const image = asset({ source: 'registry', repo: 'models/iris', revision: `sha256:${'ef'.repeat(32)}`, files: [] });
  const { response } = await ask(claim(uri, annotation), { assets: [asset(), image] });
  expect({ allowed: response.allowed, message: response.status?.message }).toMatchObject({ allowed });
});

it('answers a fault as the configuration says, and tells nobody more than its code', async () => {
  const denied = await ask(readReview('pod-create', pinned), { broken: true });
  expect(denied.response).toMatchObject({ allowed: false, status: { code: 503 } });
  expect(JSON.stringify(denied.response)).not.toContain('secret');
  expect(denied.records).toMatchObject([{ outcome: 'denied', reason: expect.stringContaining('store_fault') }]);
  const allowed = await ask(readReview('pod-create', pinned), { broken: true, settings: { onFault: 'allow' } });
  expect(allowed.response).toMatchObject({
    allowed: true,
    warnings: [expect.stringContaining('could not be checked')],
  });
});

it.each([
  ['what is no JSON', '{'],
  ['another version', JSON.stringify({ apiVersion: 'admission.k8s.io/v1beta1', kind: 'AdmissionReview', request: {} })],
  ['no request', JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })],
])('refuses %s', async (_, text) => {
  await expect(ask(text)).rejects.toMatchObject({ code: 'request_invalid' });
});
