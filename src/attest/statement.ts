// The in-toto statement in a model's signature: made when signing, and read by whoever verifies.
import { z } from 'zod';
import { toAncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { MAX_BUNDLE_BYTES } from './bundle.ts';
import {
  HASH_NAMES,
  type HashName,
  type Resource,
  type Serialization,
  algorithmOf,
  rootDigest,
  toRelative,
} from './manifest.ts';
import { malformed } from './refused.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const SIGNATURE_TYPE = 'https://model_signing/signature/v1.0';
/** Of model signing 0.2: the files are the subjects. */
const OLD_SIGNATURE_TYPE = 'https://model_signing/Digests/v0.1';

const Hex = z.string().regex(/^([0-9a-f]{64}|[0-9a-f]{128})$/);
const Subject = z.object({ name: z.string().min(1), digest: z.object({ sha256: Hex.length(64) }) });

const Statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  predicateType: z.string(),
  subject: z.array(Subject).min(1),
  predicate: z.unknown(),
});

const Predicate = z.object({
  resources: z.array(z.object({ name: z.string().min(1), digest: Hex, algorithm: z.string() })).min(1),
  serialization: z.object({
    method: z.enum(['files', 'shards']),
    hash_type: z.string(),
    allow_symlinks: z.boolean(),
    shard_size: z.int().positive().optional(),
    ignore_paths: z.array(z.string()).default([]),
  }),
});

/** A statement whose signature holds. */
export interface SignedModel {
  /** Informative: the model's folder where it was signed. */
  readonly name: string;
  readonly digest: string;
  readonly serialization: Serialization;
  readonly resources: readonly Resource[];
}

function parseAs<T extends z.ZodType>(schema: T, value: unknown, what: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  return malformed(`${what}: ${path.join('.')}: ${message}`);
}

/** Any in-toto statement v1. @throws Refused */
export function parseStatement(payload: Uint8Array): z.infer<typeof Statement> {
  let json: unknown;
  try {
    json = parseJson(payload, { what: 'the signed statement', maxBytes: MAX_BUNDLE_BYTES });
  } catch (thrown) {
    malformed(toAncileError(thrown).message);
  }
  return parseAs(Statement, json, 'this is no in-toto statement v1');
}

function isHash(name: string): name is HashName {
  return Object.hasOwn(HASH_NAMES, name);
}

/** The file that a resource belongs to. A name that is not in canonical form could be another's. */
function pathOf(name: string, method: Serialization['method']): string {
  // Of one single file the reference says that it is `.`.
  if (name === '.') return name;
  const path = method === 'files' ? name : /^(.+):\d+:\d+$/s.exec(name)?.[1];
  if (path === undefined || toRelative(path) !== path)
    malformed(`a signed file has a name that is not within the model: ${name}`);
  return path;
}

function checkUnique(resources: readonly Resource[]): void {
  const seen = new Set<string>();
  for (const { name } of resources) {
    if (seen.has(name)) malformed(`the signature names ${name} twice`);
    seen.add(name);
  }
}

function fromOldStatement(subjects: readonly z.infer<typeof Subject>[]): SignedModel {
  const resources = subjects.map(({ name, digest }) => ({ name, path: pathOf(name, 'files'), digest: digest.sha256 }));
  checkUnique(resources);
  return {
    name: '',
    digest: rootDigest(resources),
    serialization: { method: 'files', hash: 'sha256', allowSymlinks: false, ignorePaths: [] },
    resources,
  };
}

/** The model that a statement is about. @throws Refused where it is about something else or contradicts itself */
export function readSignedModel(payload: Uint8Array): SignedModel {
  const { predicateType, subject, predicate } = parseStatement(payload);
  if (predicateType === OLD_SIGNATURE_TYPE) return fromOldStatement(subject);
  if (predicateType !== SIGNATURE_TYPE) malformed(`the signed statement is no model signature but ${predicateType}`);
  const [model, second] = subject;
  if (model === undefined || second !== undefined) malformed('the signed statement must have one subject');

  const { resources: listed, serialization } = parseAs(Predicate, predicate, 'the signed statement');
  const { method, hash_type: hash, shard_size: shardSize, allow_symlinks: allowSymlinks } = serialization;
  if (!isHash(hash)) malformed(`files are hashed by ${hash}, which is not known here`);
  if (method === 'shards' && shardSize === undefined)
    malformed('the signed statement does not say the size of its shards');
  const ignorePaths = serialization.ignore_paths.map(
    (path) => toRelative(path) ?? malformed('the signed statement leaves out what is not a part of the model'),
  );
  const how: Serialization = {
    method,
    hash,
    allowSymlinks,
    ignorePaths,
    ...(method === 'shards' && shardSize !== undefined ? { shardSize } : {}),
  };
  const length = createHashLength(hash);
  const resources = listed.map(({ name, digest, algorithm }): Resource => {
    if (algorithm !== algorithmOf(how) && algorithm !== hash)
      malformed(`${name} is hashed by ${algorithm} and the others by ${hash}`);
    if (digest.length !== length) malformed(`the digest of ${name} is not one of ${hash}`);
    return { name, path: pathOf(name, method), digest };
  });
  checkUnique(resources);
  if (rootDigest(resources) !== model.digest.sha256) malformed('the digest of the whole is not the one over its files');
  return { name: model.name, digest: model.digest.sha256, serialization: how, resources };
}

function createHashLength(hash: HashName): number {
  return hash === 'sha256' ? 64 : 128;
}

/** The statement of a signature, as JSON; resources in their order. */
export function renderSignedModel({ name, digest, serialization, resources }: SignedModel): string {
  const { method, hash, allowSymlinks, ignorePaths, shardSize } = serialization;
  const algorithm = algorithmOf(serialization);
  return JSON.stringify({
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256: digest } }],
    predicateType: SIGNATURE_TYPE,
    predicate: {
      serialization: {
        method,
        hash_type: hash,
        allow_symlinks: allowSymlinks,
        ...(shardSize === undefined ? {} : { shard_size: shardSize }),
        ignore_paths: ignorePaths,
      },
      resources: resources.map((resource) => ({ name: resource.name, algorithm, digest: resource.digest })),
    },
  });
}
