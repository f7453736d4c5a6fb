// Whose signatures on models count: what the configuration trusts, read when a version is verified, so that a key that was
// replaced counts at once.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type ImageSignature,
  type Trust,
  checkImage,
  keyDigest,
  holdAttestation,
  holdSigner,
  isStatementFile,
  readTrust,
  verifyModel,
} from '../attest/index.ts';
import { AncileError, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { ModelSignature, ModelSigner } from '../contract/index.ts';
import type { EvidenceTerms, HoldEvidence } from '../gateway/index.ts';

/**
 * What `artifacts.trust` comes to.
 * @param onFile - told of each file that was read
 * @throws AncileError `config_invalid` naming the member whose file cannot be read or is not of its kind
 */
export function readModelTrust(
  { config, dir }: LoadedConfig,
  onFile: (field: string, bytes: Buffer) => void = () => undefined,
): Trust {
  return readTrust(config.artifacts.trust, (field, file, parse) => {
    const at = `artifacts.trust.${field}`;
    try {
      const bytes = readFileSync(resolve(dir, file));
      onFile(field, bytes);
      return parse(bytes);
    } catch (thrown) {
      const code = systemCode(thrown);
      const what = code === undefined && thrown instanceof AncileError ? thrown.message : `it cannot be read (${code})`;
      throw new AncileError('config_invalid', `${at}: ${file}: ${what}`, {
        at,
        hint: 'Keys and certificates are PEM files; paths are relative to the configuration file.',
        cause: thrown,
      });
    }
  });
}

/** Names whom `artifacts.trust` comes to, by the content of its files. @throws AncileError as `readModelTrust` */
function digestTrust(loaded: LoadedConfig): string {
  const hash = createHash('sha256').update(JSON.stringify(loaded.config.artifacts.trust));
  readModelTrust(loaded, (field, bytes) => hash.update(`\0${field}\0${bytes.length}\0`).update(bytes));
  return hash.digest('hex');
}

const nameOf = ({ identities = [], subject, keySha256 }: ModelSigner): string =>
  identities[0] ?? subject ?? `key ${keySha256.slice(0, 16)}`;

/** Verifies the signature in a folder by what the configuration trusts now. */
export function createSignatureCheck(loaded: () => LoadedConfig): (folder: string) => Promise<ModelSignature> {
  return async (folder) => {
    // What is attested of a model may lie beside it: its signer has not seen that.
    const beside = readdirSync(folder).flatMap((name) => (isStatementFile(name) ? [join(folder, name)] : []));
    const { verified, signer, problems } = await verifyModel(folder, { trust: readModelTrust(loaded()), beside });
    if (problems.some(({ kind }) => kind === 'unsigned')) return { state: 'none' };
    return { state: verified ? 'valid' : 'invalid', ...(signer === undefined ? {} : { signer: nameOf(signer) }) };
  };
}

/** Holds signatures of images by the keys that the configuration trusts now. */
export function createImageCheck(
  loaded: () => LoadedConfig,
): (digest: string, signatures: readonly ImageSignature[]) => ModelSignature {
  return (digest, signatures) => checkImage(digest, signatures, readModelTrust(loaded()).keys ?? []);
}

/** Holds attestations by what the configuration trusts now. */
export function createEvidenceTerms(loaded: () => LoadedConfig): EvidenceTerms {
  return {
    hold: createEvidenceCheck(loaded),
    holdSigner: (bundle) => holdSigner(bundle, readModelTrust(loaded()), Date.now()),
    trustsKey: (sha256) => (readModelTrust(loaded()).keys ?? []).some((key) => keyDigest(key) === sha256),
    trust: () => digestTrust(loaded()),
  };
}

function createEvidenceCheck(loaded: () => LoadedConfig): HoldEvidence {
  return async (bundle, digest) => {
    const trust = readModelTrust(loaded());
    const held = await holdAttestation(bundle, new Set([digest]), { trust }, Date.now());
    if (!held.ok) return held;
    const { kind, signer, says, time, expires } = held;
    return {
      ok: true,
      evidence: { kind, signer: nameOf(signer), says, time, ...(expires === undefined ? {} : { expires }) },
    };
  };
}
