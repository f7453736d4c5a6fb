// What is attested of a model counts where a trusted key signed it, it is about this very model, and it says what is wanted.
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type AttestationKind, type ModelVerification, Severity } from '../contract/index.ts';
import {
  type Requirements,
  attest,
  digestModel,
  predicateType,
  signModel,
  toScanPredicate,
  verifyModel,
} from './index.ts';
import { tempFolder } from '../../test/harness/cleanup.ts';
import { FILES, bundleOf, keyPair, modelOf, sha256, statementOf } from './testing/vector.ts';

const signer = keyPair();
const attester = keyPair('P-384');
const NOW = Date.parse('2026-06-01T00:00:00Z');
const time = '2026-05-01T12:00:00Z';

const APPROVAL = { approvedBy: 'Ann', time, reason: 'reviewed' };
const TEST = { suite: 'evals', time, result: 'passed', metrics: { accuracy: 0.93 } };
const TRAINING = { time, datasets: [{ name: 'ours', sha256: 'ab'.repeat(32) }], parameters: { epochs: 3 } };

async function signedModel(files: Record<string, string | Uint8Array> = FILES): Promise<string> {
  const model = modelOf(files);
  writeFileSync(join(model, 'model.sig'), (await signModel(model, { key: signer.privateKey })).bundle);
  return model;
}

async function made(
  kind: AttestationKind,
  predicate: unknown,
  model: string,
  key = attester.privateKey,
): Promise<string> {
  const path = join(tempFolder(), `${kind}.json`);
  writeFileSync(path, attest(await digestModel(model), kind, predicate, { key }).bundle);
  return path;
}

function check(model: string, wanted: Partial<Requirements>): Promise<ModelVerification> {
  const trust = { keys: [attester.publicKey] };
  return verifyModel(model, {
    trust: { keys: [signer.publicKey] },
    now: NOW,
    require: { kinds: [], files: [], trust, ...wanted },
  });
}

/** A report of a scan that saw these contents. */
function reportOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  verdicts: Readonly<Record<string, string>> = {},
): Buffer {
  const report = {
    tool: { name: 'ancile', version: '1.2.3' },
    files: Object.entries(files).map(([path, content]) => ({
      path: `somewhere/${path}`,
      format: 'unknown',
      verdict: verdicts[path] ?? 'clean',
      size: content.length,
      sha256: sha256(content),
      findings:
        verdicts[path] === undefined
          ? []
          : [{ rule: 'pickle.call', severity: 'critical', message: 'calls', techniques: [] }],
      unseen: [],
      members: [],
      assets: [],
    })),
    summary: {
      ...{ files: 3, clean: 3, suspicious: 0, malicious: 0, unanalyzed: 0, bytes: 1 },
      ...{
        findings: Object.fromEntries(Severity.options.map((each) => [each, 0])),
        suppressed: 0,
        known: 0,
        ignored: 0,
      },
    },
    inventory: [],
    complete: true,
    notes: [],
  };
  return Buffer.from(JSON.stringify(report));
}

it('is an in-toto statement about the digest that the signature has', async () => {
  const model = await signedModel();
  const { bundle, keySha256 } = attest(await digestModel(model), 'approval', APPROVAL, { key: attester.privateKey });
  const { dsseEnvelope } = JSON.parse(bundle) as ReturnType<typeof bundleOf>;
  expect(JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString())).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: statementOf(FILES).subject,
    predicateType: 'https://ancile.dev/attestation/approval/v1',
    predicate: APPROVAL,
  });
  expect(keySha256).toBe(sha256(createPublicKey(attester.privateKey).export({ type: 'spki', format: 'der' })));
});

it('counts where everything that is required is there', async () => {
  const model = await signedModel();
  const predicate = toScanPredicate(reportOf(FILES), await digestModel(model), NOW);
  const files = [
    await made('scan', predicate, model),
    await made('approval', { ...APPROVAL, expires: '2026-07-01T00:00:00+02:00' }, model),
    await made('test', TEST, model),
    await made('training', TRAINING, model),
  ];
  const result = await check(model, { kinds: ['scan', 'approval', 'test', 'training'], files });
  expect(result.problems).toEqual([]);
  expect(result.attestations.map(({ kind, accepted }) => [kind, accepted])).toEqual([
    ['scan', true],
    ['approval', true],
    ['test', true],
    ['training', true],
  ]);
  const missing = await check(model, { kinds: ['scan', 'approval'], files: files.slice(0, 1) });
  expect(missing).toMatchObject({
    verified: false,
    problems: [{ kind: 'attestation-missing', message: expect.stringContaining('approval') }],
  });
});

it('is about these files wherever they lie, and whatever order the signer listed them in', async () => {
  const files = { 'a-b': '1', 'a/b': '2' };
  const model = modelOf(files);
  const turned = statementOf(files);
  turned.predicate.resources.reverse();
  turned.subject[0]!.digest.sha256 = sha256(
    Buffer.from(turned.predicate.resources.map(({ digest }) => digest).join(''), 'hex'),
  );
  writeFileSync(join(model, 'model.sig'), JSON.stringify(bundleOf(JSON.stringify(turned), signer.privateKey)));
  const path = await made('approval', APPROVAL, modelOf(files));
  expect((await check(model, { kinds: ['approval'], files: [path] })).verified).toBe(true);
});

describe('does not count', () => {
  it('for another model, by another key, with another content, or as another kind', async () => {
    const model = await signedModel();
    const other = modelOf({ ...FILES, 'weights.bin': 'others' });
    const broken = join(tempFolder(), 'broken.json');
    writeFileSync(broken, '{');
    const statement = {
      ...statementOf(FILES),
      predicateType: predicateType('approval'),
      predicate: { ...APPROVAL, forged: 1 },
    };
    const loose = join(tempFolder(), 'loose.json');
    writeFileSync(loose, JSON.stringify(bundleOf(JSON.stringify(statement), attester.privateKey, 'P-384')));
    const clean = toScanPredicate(reportOf(FILES), await digestModel(model), NOW);
    const cases: [path: string, said: string][] = [
      [await made('approval', APPROVAL, other), 'about another model'],
      [await made('approval', APPROVAL, model, signer.privateKey), 'signed by another key'],
      [await made('approval', { ...APPROVAL, expires: '2026-05-31T00:00:00Z' }, model), 'has expired'],
      [await made('test', { ...TEST, result: 'failed' }, model), 'has failed'],
      [await made('scan', { ...clean, verdict: 'suspicious' }, model), 'verdict is suspicious'],
      [join(model, 'model.sig'), 'signed by another key'],
      [broken, 'not acceptable JSON'],
      [loose, 'not of kind approval'],
      ['/nowhere/at/all', 'cannot be read'],
    ];
    for (const [path, said] of cases) {
      const { verified, problems } = await check(model, { files: [path] });
      expect({ verified, problems }, said).toMatchObject({
        verified: false,
        problems: [{ kind: 'attestation-refused', path, message: expect.stringContaining(said) }],
      });
    }
    const own = await check(model, { files: [join(model, 'model.sig')], trust: { keys: [signer.publicKey] } });
    expect(own.problems).toMatchObject([{ message: expect.stringContaining('another kind') }]);
    const suspicious = await made('scan', { ...clean, verdict: 'suspicious' }, model);
    const lenient = await check(model, { kinds: ['scan'], files: [suspicious], verdicts: ['clean', 'suspicious'] });
    expect(lenient.verified).toBe(true);
  });

  it('for a model that is not as it was signed', async () => {
    const model = await signedModel();
    const path = await made('approval', APPROVAL, model);
    writeFileSync(join(model, 'weights.bin'), 'changed');
    const result = await check(model, { kinds: ['approval'], files: [path] });
    expect(result).toMatchObject({ verified: false, attestations: [], problems: [{ kind: 'changed' }] });
  });
});

it('takes a scan from its report: the worst verdict, and only where all files were seen', async () => {
  const model = await digestModel(modelOf(FILES));
  const bad = toScanPredicate(reportOf(FILES, { 'weights.bin': 'malicious', 'config.json': 'unanalyzed' }), model, NOW);
  expect(bad).toMatchObject({ verdict: 'malicious', files: 3, scanner: { name: 'ancile', version: '1.2.3' } });
  expect(bad.findings[0]).toEqual({ rule: 'pickle.call', severity: 'critical', path: 'config.json' });
  expect(toScanPredicate(reportOf(FILES, { 'config.json': 'unanalyzed' }), model, NOW).verdict).toBe('unanalyzed');
  const { 'weights.bin': _, ...rest } = FILES;
  expect(() => toScanPredicate(reportOf(rest), model, NOW)).toThrow('did not see weights.bin');
  expect(() => toScanPredicate(reportOf({ ...FILES, 'weights.bin': 'older' }), model, NOW)).toThrow('as it is now');
  expect(() => toScanPredicate(Buffer.from('{}'), model, NOW)).toThrow('no report');
});

it('says what is wrong with a predicate before it signs', async () => {
  const model = await digestModel(modelOf(FILES));
  for (const [kind, predicate, said] of [
    ['approval', { ...APPROVAL, approvedBy: '' }, 'approvedBy'],
    ['approval', { ...APPROVAL, expires: 'soon' }, 'expires'],
    ['test', APPROVAL, 'suite'],
    ['training', { ...TRAINING, secret: 1 }, 'secret'],
    ['scan', null, 'predicate'],
  ] as const) {
    expect(() => attest(model, kind, predicate, { key: attester.privateKey }), said).toThrow(said);
  }
});
