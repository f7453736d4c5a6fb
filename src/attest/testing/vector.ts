// Model folders and signatures made by hand from the specifications, without a line of the room under test.
import { type KeyObject, createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempFolder } from '../../../test/harness/cleanup.ts';

/** A model of these files, gone when the test file is over. */
export function modelOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const model = join(tempFolder(), 'model');
  mkdirSync(model);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(model, path)), { recursive: true });
    writeFileSync(join(model, path), content);
  }
  return model;
}

export const FILES = { 'config.json': '{}', 'weights.bin': 'weights', 'sub/adapter.bin': Buffer.from([1, 2, 3]) };

const HASH = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' } as const;
export type Curve = keyof typeof HASH;

export function keyPair(curve: Curve = 'P-256'): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: curve });
}

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The statement of a model of these files, by the specification. */
export function statementOf(files: Readonly<Record<string, string | Uint8Array>>) {
  const resources = Object.entries(files)
    .map(([name, content]) => ({ name, digest: sha256(content), algorithm: 'sha256' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const root = sha256(Buffer.concat(resources.map(({ digest }) => Buffer.from(digest, 'hex'))));
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'model', digest: { sha256: root } }],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      serialization: {
        method: 'files',
        hash_type: 'sha256',
        allow_symlinks: false,
        ignore_paths: ['model.sig', '.git'],
      },
      resources,
    },
  };
}

const TYPE = 'application/vnd.in-toto+json';

/** DSSE's encoding of what is signed, from its protocol's own words. */
export function pae(payload: string, type = TYPE): Buffer {
  return Buffer.from(`DSSEv1 ${type.length} ${type} ${Buffer.byteLength(payload)} ${payload}`);
}

/** A bundle as the reference writes one; its parts, to be changed. */
export function bundleOf(payload: string, key: KeyObject, curve: Curve = 'P-256', signed = pae(payload)) {
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: sha256(pem) }, tlogEntries: [] as unknown[] },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString('base64'),
      payloadType: TYPE,
      signatures: [{ sig: sign(HASH[curve], signed, key).toString('base64'), keyid: '' }],
    },
  };
}

/** Puts a bundle into a model as its signature. */
export function place(model: string, bundle: unknown): void {
  writeFileSync(join(model, 'model.sig'), typeof bundle === 'string' ? bundle : JSON.stringify(bundle));
}
