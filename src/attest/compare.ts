// A model's files against those that were signed, by name and digest.
import { statSync } from 'node:fs';
import type { ModelProblem, ModelVerification } from '../contract/index.ts';
import { DigestCache } from './cache.ts';
import { type HashOptions, hashFiles } from './hash.ts';
import { IGNORED_ALWAYS, type Resource, SIGNATURE_NAME, byName, isUnder } from './manifest.ts';
import { toIgnored, toInside } from './model.ts';
import type { SignedModel } from './statement.ts';
import { walkModel } from './walk.ts';

export interface CompareOptions extends Omit<HashOptions, 'cache'> {
  /** Files and folders not to look at, relative to the model, signed or not. */
  readonly ignore?: readonly string[] | undefined;
  /** Pass over files that the signature does not name. */
  readonly ignoreUnsignedFiles?: boolean | undefined;
  /** Follow links to files within the model also where the signer did not. */
  readonly allowSymlinks?: boolean | undefined;
  /** Folder of the digest cache; without it every byte is read. */
  readonly cache?: string | undefined;
}

/** Names that are one where a file system does not tell case or accents' forms apart. */
export function findCollisions(resources: readonly Resource[]): string[] {
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

/**
 * Holds the files of a model against the statement that was signed: each that was changed, is missing or was added.
 * @param inUse - files of the system that are left out where they lie in the model: its signature, attestations
 */
export async function compareFiles(
  root: string,
  signed: SignedModel,
  inUse: readonly string[],
  options: CompareOptions,
): Promise<Compared> {
  const problems: ModelProblem[] = [];
  const report = (kind: ModelProblem['kind'], path: string, message: string): void =>
    void problems.push({ step: 'files', kind, message, path });
  const single = statSync(root).isFile();
  const skipped = new Set(toIgnored(root, options.ignore ?? []));
  const left = new Set([...IGNORED_ALWAYS, SIGNATURE_NAME, ...signed.serialization.ignorePaths]);
  // Signatures and attestations in use lie in the model and are not of it.
  for (const path of toInside(root, inUse)) left.add(path);
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
  const passedOver: string[] = [];
  for (const { path, reason } of [...walked.refused, ...hashed.unreadable]) {
    if (options.ignoreUnsignedFiles === true && !expected.has(path) && !above.has(path)) passedOver.push(path);
    else report('unreadable', path, reason);
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
  if (options.ignoreUnsignedFiles === true) passedOver.push(...added);
  else for (const path of added) report('added', path, 'is there and was not signed');
  problems.sort((a, b) => byName({ name: a.path ?? '' }, { name: b.path ?? '' }));
  const uncovered = [...walked.ignored, ...passedOver].filter((path) => path !== SIGNATURE_NAME).sort();
  return { problems, files, uncovered };
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
