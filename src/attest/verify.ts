// Verifies a model, step by step: the bundle, its signature, the statement, the files, what is attested of them. A step is
// not reached where one before it failed, since what it would look at is then nobody's word.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../base/index.ts';
import type { ModelVerification, VerifyStep } from '../contract/index.ts';
import { type Requirements, checkAttestations } from './attestation.ts';
import { type Bundle, MAX_BUNDLE_BYTES, parseBundle } from './bundle.ts';
import { type CompareOptions, compareFiles, findCollisions } from './compare.ts';
import { SIGNATURE_NAME, byName, rootDigest } from './manifest.ts';
import { Refused } from './refused.ts';
import { type Trust, checkSigner } from './signer.ts';
import { type SignedModel, readSignedModel } from './statement.ts';
import { locateModel } from './walk.ts';

export interface VerifyOptions extends CompareOptions {
  readonly trust: Trust;
  /** Where the signature is; `signaturePath` says the default. */
  readonly signature?: string | undefined;
  readonly require?: Requirements | undefined;
  /** Files that lie in the model and are not of it: attestations. */
  readonly beside?: readonly string[] | undefined;
  /** The time to check certificates and approvals at; default now. */
  readonly now?: number | undefined;
}

/** Where a model's signature is unless it is said: in its folder; beside it where it is a file. */
export function signaturePath(model: string): string {
  return statSync(locateModel(model)).isDirectory() ? join(model, SIGNATURE_NAME) : `${model}.sig`;
}

/** Bytes of the signature file; undefined where there is none. @throws Refused where it cannot be read */
function readSignature(path: string): Buffer | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MAX_BUNDLE_BYTES)
      throw new Refused('malformed', 'the signature is no file, or too large');
    return readFileSync(path);
  } catch (thrown) {
    if (thrown instanceof Refused) throw thrown;
    const code = systemCode(thrown) ?? 'unknown';
    if (code === 'ENOENT') return undefined;
    throw new Refused('malformed', `the signature cannot be read (${code})`);
  }
}

/**
 * Verifies a model against its signature.
 * @param model - a folder, or one file
 * @returns what was found; it is verified where there are no problems
 * @throws AncileError `not_found` where there is no such model, `usage` for options that cannot be, `shutting_down` when ended
 */
export async function verifyModel(model: string, options: VerifyOptions): Promise<ModelVerification> {
  const root = locateModel(model);
  const signature = options.signature ?? signaturePath(model);
  const now = options.now ?? Date.now();
  const result: ModelVerification = {
    verified: false,
    model,
    signature,
    problems: [],
    files: { intact: 0, bytes: 0, cached: 0 },
    uncovered: [],
    attestations: [],
    notes: [],
  };
  let step: VerifyStep = 'bundle';
  let signed: SignedModel;
  try {
    const bytes = readSignature(signature);
    if (bytes === undefined) {
      result.problems.push({ step, kind: 'unsigned', message: 'there is no signature', path: signature });
      return result;
    }
    const bundle: Bundle = parseBundle(bytes);
    step = 'signature';
    result.signer = await checkSigner(bundle, options.trust, now);
    step = 'statement';
    signed = readSignedModel(bundle.envelope.payload);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    result.problems.push({ step, kind: thrown.kind, message: thrown.message });
    return result;
  }
  result.digest = signed.digest;
  result.notes = findCollisions(signed.resources);
  const { problems, files, uncovered } = await compareFiles(
    root,
    signed,
    [signature, ...(options.require?.files ?? []), ...(options.beside ?? [])],
    options,
  );
  Object.assign(result, { problems, files, uncovered });
  if (options.require !== undefined && problems.length === 0) {
    // The reference lists files in another order than the specification: both digests are of these files.
    const digests = new Set([signed.digest, rootDigest([...signed.resources].sort(byName))]);
    const attested = await checkAttestations(digests, options.require, now);
    result.attestations = attested.attestations;
    result.problems = attested.problems;
  }
  result.verified = result.problems.length === 0;
  return result;
}
