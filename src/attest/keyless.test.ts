// Keyless signatures, by an authority and logs of our own, made by Sigstore's own builder: they hold for who was named alone.
import { generateKeyPairSync, sign } from 'node:crypto';
import { DSSEBundleBuilder } from '@sigstore/sign';
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';
import { type TransparencyLogEntry, bundleToJSON } from '@sigstore/bundle';
import { beforeAll, expect, it } from 'vitest';
import type { ModelVerification } from '../contract/index.ts';
import { verifyModel } from './index.ts';
import { FILES, keyPair, modelOf, place, sha256, statementOf } from './testing/vector.ts';

const IDENTITY = 'https://github.com/example/models/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const ISSUER_OID = '1.3.6.1.4.1.57264.1.8';

/** As Rekor answers; its own types are not installed. */
interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly checkpoint: string;
    };
  };
}

interface World {
  readonly trustedRoot: object;
  sign(payload: string): Promise<unknown>;
}

/** An authority and two logs, the trust root that names them, and a signer with their certificate. */
async function createWorld(): Promise<World> {
  const logs = await initializeCTLog(keyPair());
  const ca = await initializeCA(keyPair('P-384'), logs);
  const rekor = await initializeTLog('https://rekor.example.org', keyPair());
  const log = (baseUrl: string, key: Buffer) => ({
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: key.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor: { start: '2020-01-01T00:00:00Z' },
    },
    logId: { keyId: Buffer.from(sha256(key), 'hex').toString('base64') },
  });
  const root = Buffer.from(ca.rootCertificate.buffer).toString('base64');
  return {
    trustedRoot: {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [log('https://rekor.example.org', rekor.publicKey)],
      certificateAuthorities: [
        {
          subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
          uri: 'https://fulcio.example.org',
          certChain: { certificates: [{ rawBytes: root }] },
          validFor: { start: '2020-01-01T00:00:00Z' },
        },
      ],
      ctlogs: [log('https://ctfe.example.org', logs.publicKey)],
      timestampAuthorities: [],
    },
    async sign(payload) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const der = await ca.issueCertificate({
        publicKey: publicKey.export({ type: 'spki', format: 'der' }),
        subjectAltName: IDENTITY,
        extensions: [{ oid: ISSUER_OID, value: ISSUER }],
      });
      const certificate = `-----BEGIN CERTIFICATE-----\n${Buffer.from(der.buffer).toString('base64')}\n-----END CERTIFICATE-----\n`;
      const builder = new DSSEBundleBuilder({
        signer: {
          sign: (data) =>
            Promise.resolve({
              signature: sign('sha256', data, privateKey),
              key: { $case: 'x509Certificate', certificate },
            }),
        },
        witnesses: [
          {
            async testify(content) {
              if (content.$case !== 'dsseEnvelope') throw new Error('not an envelope');
              const { payload: bytes, signatures } = content.dsseEnvelope;
              const proposed = {
                apiVersion: '0.0.1',
                kind: 'dsse',
                spec: {
                  payloadHash: { algorithm: 'sha256', value: sha256(bytes) },
                  signatures: [
                    {
                      signature: signatures[0]!.sig.toString('base64'),
                      verifier: Buffer.from(certificate).toString('base64'),
                    },
                  ],
                },
              };
              const [entry] = Object.values((await rekor.log(proposed)) as Record<string, LogEntry>);
              const { verification, body, integratedTime, logID, logIndex } = entry!;
              const proof = verification.inclusionProof;
              return {
                tlogEntries: [
                  {
                    logIndex: `${logIndex}`,
                    logId: { keyId: Buffer.from(logID, 'hex') },
                    kindVersion: { kind: 'dsse', version: '0.0.1' },
                    integratedTime: `${integratedTime}`,
                    inclusionPromise: {
                      signedEntryTimestamp: Buffer.from(verification.signedEntryTimestamp, 'base64'),
                    },
                    inclusionProof: {
                      logIndex: `${proof.logIndex}`,
                      treeSize: `${proof.treeSize}`,
                      rootHash: Buffer.from(proof.rootHash, 'hex'),
                      hashes: [],
                      checkpoint: { envelope: proof.checkpoint },
                    },
                    canonicalizedBody: Buffer.from(body, 'base64'),
                  } as TransparencyLogEntry,
                ],
              };
            },
          },
        ],
      });
      const bundle = await builder.create({ data: Buffer.from(payload), type: 'application/vnd.in-toto+json' });
      return JSON.parse(JSON.stringify(bundleToJSON(bundle))) as unknown;
    },
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a bundle to be broken anywhere
type Loose = Record<string, any>;

let world: World;
let bundle: Record<string, never>;
beforeAll(async () => {
  world = await createWorld();
  bundle = (await world.sign(JSON.stringify(statementOf(FILES)))) as typeof bundle;
});

async function check(
  given: unknown,
  more: { identity?: string; issuer?: string; trustedRoot?: unknown } = {},
): Promise<ModelVerification> {
  const model = modelOf(FILES);
  place(model, given);
  const keyless = { trustedRoot: world.trustedRoot, identity: IDENTITY, issuer: ISSUER, ...more };
  return verifyModel(model, { trust: { keyless } });
}

it('verifies offline, and says who signed and when', async () => {
  const result = await check(bundle);
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({
    verified: true,
    signer: { method: 'keyless', identities: [IDENTITY], issuer: ISSUER },
  });
  expect(Math.abs(Date.parse(result.signer!.time!) - Date.now())).toBeLessThan(120_000);
});

it('holds for who was named, exactly, and under the root that was given', async () => {
  const refused = async (more: Parameters<typeof check>[1], given: unknown = bundle): Promise<string> => {
    const { problems } = await check(given, more);
    expect(problems).toMatchObject([{ step: 'signature' }]);
    return problems[0]!.message;
  };
  expect(await refused({ identity: 'https://github.com/example/models' })).toContain(
    'not by https://github.com/example/models',
  );
  // A pattern that would fit.
  expect(await refused({ identity: '.*' })).toContain('not by .*');
  expect(await refused({ identity: IDENTITY.replaceAll('.', 'x') })).toContain('signed by');
  expect(await refused({ issuer: 'https://accounts.google.com' })).toContain('vouched for by');
  expect(await refused({ trustedRoot: (await createWorld()).trustedRoot })).toContain('keyless signature');
  expect(await refused({ trustedRoot: {} })).toContain('keyless signature');
  expect(await refused({ trustedRoot: 'nonsense' })).toContain('keyless signature');
});

it('refuses what was changed in any of its parts', async () => {
  const copy = (): Record<string, never> => structuredClone(bundle);
  const changes: ((b: Loose) => void)[] = [
    (b) => (b['dsseEnvelope'].payload = Buffer.from('{}').toString('base64')),
    (b) => (b['dsseEnvelope'].signatures[0].sig = Buffer.from('x').toString('base64')),
    (b) => (b['verificationMaterial'].tlogEntries = []),
    (b) => (b['verificationMaterial'].tlogEntries[0].integratedTime = '1700000000'),
    (b) => (b['verificationMaterial'].tlogEntries[0].canonicalizedBody = Buffer.from('{}').toString('base64')),
    (b) => (b['verificationMaterial'].tlogEntries[0].inclusionProof.checkpoint.envelope = 'x'),
    (b) => (b['verificationMaterial'].certificate.rawBytes = 'AAAA'),
  ];
  for (const change of changes) {
    const broken = copy();
    change(broken);
    const { verified, problems } = await check(broken);
    expect({ verified, steps: problems.map(({ step }) => step) }, String(change)).toEqual({
      verified: false,
      steps: ['signature'],
    });
  }
  const unknown = { ...bundle, mediaType: 'application/vnd.dev.sigstore.bundle.v9.9+json' };
  expect((await check(unknown)).problems).toMatchObject([{ step: 'bundle', kind: 'malformed' }]);
});
