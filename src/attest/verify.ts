// Verifies a model, step by step: the bundle, its signature, the statement, the files, what is attested of them. A step is
// not reached where one before it failed, since what it would look at is then nobody's word.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../base/index.ts';
import type { ModelProblem, ModelVerification, VerifyStep } from '../contract/index.ts';
import { type Requirements, checkAttestations } from './attestation.ts';
import { type Bundle, MAX_BUNDLE_BYTES, parseBundle } from './bundle.ts';
import { DigestCache } from './cache.ts';
import { type HashOptions, hashFiles } from './hash.ts';
import { IGNORED_ALWAYS, type Resource, SIGNATURE_NAME, byName, isUnder, rootDigest } from './manifest.ts';
import { toIgnored, toInside } from './model.ts';
import { Refused } from './refused.ts';
import { type Trust, checkSigner } from './signer.ts';
import { type SignedModel, readSignedModel } from './statement.ts';
import { locateModel, walkModel } from './walk.ts';

export interface VerifyOptions extends Omit<HashOptions, 'cache'> {
  readonly trust: Trust;
  /** Where the signature is; `signaturePath` says the default. */
  readonly signature?: string | undefined;
  /** Files and folders not to look at, relative to the model, signed or not. */
  readonly ignore?: readonly string[] | undefined;
  /** Pass over files that the signature does not name. */
  readonly ignoreUnsignedFiles?: boolean | undefined;
  /** Follow links to files within the model also where the signer did not. */
  readonly allowSymlinks?: boolean | undefined;
  readonly cache?: string | undefined;
  readonly require?: Requirements | undefined;
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

/** Names that are one where a file system does not tell case or accents' forms apart. */
function findCollisions(resources: readonly Resource[]): string[] {
  const seen = new Map<string, string>();
  const notes: string[] = [];
  for (const { path } of resources) {
    const folded = path.normalize('NFC').toLowerCase();
    const other = seen.get(folded);
    if (other !== undefined && other !== path) {
      notes.push(`${other} and ${path} are one file where case or accents are not told apart`);
    }
    seen.set(folded, path);
  }
  return notes;
}

function groupByPath(resources: readonly Resource[]): Map<string, Resource[]> {
  const groups = new Map<string, Resource[]>();
  for (const resource of resources) {
    const group = groups.get(resource.path);
    if (group === undefined) groups.set(resource.path, [resource]);
    else group.push(resource);
  }
  return groups;
}

/** Whether what was read is what was signed, shard by shard. */
function isIntact(signed: readonly Resource[], found: readonly Resource[]): boolean {
  if (signed.length !== found.length) return false;
  const digests = new Map(signed.map(({ name, digest }) => [name, digest]));
  return found.every(({ name, digest }) => digests.get(name) === digest);
}

interface Compared {
  readonly problems: ModelProblem[];
  readonly files: ModelVerification['files'];
  readonly uncovered: string[];
}

async function compareFiles(
  root: string,
  signed: SignedModel,
  signature: string,
  options: VerifyOptions,
): Promise<Compared> {
  const problems: ModelProblem[] = [];
  const report = (kind: ModelProblem['kind'], path: string, message: string): void =>
    void problems.push({ step: 'files', kind, message, path });
  const single = statSync(root).isFile();
  const skipped = new Set(toIgnored(root, options.ignore ?? []));
  const left = new Set([...IGNORED_ALWAYS, SIGNATURE_NAME, ...signed.serialization.ignorePaths]);
  // Signatures and attestations in use lie in the model and are not of it.
  for (const path of toInside(root, [signature, ...(options.require?.files ?? [])])) left.add(path);
  const expected = groupByPath(single ? asSingleFile(root, signed.resources) : signed.resources);
  // A folder above a signed file is walked into, also where the signer says that it is left out.
  const above = new Set([...expected.keys()].flatMap(foldersOf));
  const walked = walkModel(root, {
    allowSymlinks: signed.serialization.allowSymlinks || options.allowSymlinks === true,
    isIgnored: (path) => isUnder(path, skipped) || (isUnder(path, left) && !expected.has(path) && !above.has(path)),
  });
  const known = walked.files.filter(({ path }) => expected.has(path));
  const cache = options.cache === undefined ? undefined : new DigestCache(options.cache, root);
  const { signal, onProgress } = options;
  const hashed = await hashFiles(known, signed.serialization, { cache, signal, onProgress });

  const files = { intact: 0, bytes: 0, cached: hashed.cached };
  for (const { path, reason } of [...walked.refused, ...hashed.unreadable]) {
    if (options.ignoreUnsignedFiles === true && !expected.has(path) && !above.has(path)) continue;
    report('unreadable', path, reason);
  }
  for (const { path, stat } of known) {
    const found = hashed.resources.get(path);
    if (found === undefined) continue;
    if (isIntact(expected.get(path)!, found)) {
      files.intact++;
      files.bytes += Number(stat.size);
    } else report('changed', path, 'is not what was signed');
  }
  const there = new Set([...walked.files, ...walked.refused].map(({ path }) => path));
  for (const path of expected.keys()) {
    if (!there.has(path) && !isUnder(path, skipped)) report('missing', path, 'was signed and is not there');
  }
  const added = walked.files.filter(({ path }) => !expected.has(path)).map(({ path }) => path);
  if (options.ignoreUnsignedFiles !== true)
    for (const path of added) report('added', path, 'is there and was not signed');
  problems.sort((a, b) => byName({ name: a.path ?? '' }, { name: b.path ?? '' }));
  const uncovered = [...walked.ignored, ...(options.ignoreUnsignedFiles === true ? added : [])].sort();
  return { problems, files, uncovered: uncovered.filter((path) => path !== SIGNATURE_NAME) };
}

function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) folders.push(path.slice(0, at));
  return folders;
}

/** The resources of a model that is one file: its name is that of the file, or `.` by the reference. */
function asSingleFile(root: string, resources: readonly Resource[]): readonly Resource[] {
  if (!resources.every(({ path }) => path === '.')) return resources;
  const path = root.slice(Math.max(root.lastIndexOf('/'), root.lastIndexOf('\\')) + 1);
  return resources.map(({ name, digest }) => ({ name: path + name.slice(1), path, digest }));
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
  const { problems, files, uncovered } = await compareFiles(root, signed, signature, options);
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
