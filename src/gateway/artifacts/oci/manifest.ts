// A manifest, read as far as it says what a version is made of: its files by digest and size, each under a name. What two
// readers could read differently is refused.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AncileError, type ErrorCode } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import type { ModelAsset } from '../../../contract/index.ts';
import { type Listing, isPlainPath } from '../source.ts';
import { isRootLayer, isSignedLayer, layerName } from './layer-name.ts';
import { isDigest, toHex } from './names.ts';

/** As the specification has it. */
export const MOST_MANIFEST = 4 << 20;
/** Content within a descriptor, base64: nobody fetches and so nobody scans it. */
const MOST_DATA = 64 << 10;

const MOST_SIGNATURE = 64 << 10;

/** Where files go that are no file of the model: an artifact's own may not be called so. */
export const OWN_FOLDER = '.oci/';
const CONFIG_PATH = `${OWN_FOLDER}config.json`;
const LAYERS = `${OWN_FOLDER}layers/`;

const IMAGE = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'];
const INDEX = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json'];
/** What is asked for, and taken. */
export const MANIFEST_TYPES: readonly string[] = [...IMAGE, ...INDEX];

/** The file of a version that is its manifest tells by its name what it is. */
const PATHS: ReadonlyMap<string, string> = new Map([
  [IMAGE[0]!, `${OWN_FOLDER}manifest.json`],
  [IMAGE[1]!, `${OWN_FOLDER}manifest.docker.json`],
  [INDEX[0]!, `${OWN_FOLDER}index.json`],
  [INDEX[1]!, `${OWN_FOLDER}index.docker.json`],
]);

export interface ManifestFile {
  readonly path: string;
  readonly mediaType: string;
  /** Whether it names manifests, and no content of its own. */
  readonly isIndex: boolean;
}

/** The manifest among the files of a version. */
export function manifestOf(files: readonly { readonly path: string }[]): ManifestFile | undefined {
  for (const [mediaType, path] of PATHS) {
    if (files.some((file) => file.path === path)) return { path, mediaType, isIndex: INDEX.includes(mediaType) };
  }
  return undefined;
}

const Annotations = z.record(z.string(), z.string()).nullish();

const Descriptor = z.looseObject({
  mediaType: z.string().max(255).default(''),
  digest: z.string().refine(isDigest),
  size: z.int().nonnegative(),
  annotations: Annotations,
  data: z.string().max(MOST_DATA).nullish(),
  urls: z.array(z.string()).nullish(),
});
type Descriptor = z.infer<typeof Descriptor>;

const Manifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: Descriptor.optional(),
  layers: z.array(Descriptor).optional(),
  manifests: z.array(Descriptor).optional(),
  subject: Descriptor.nullish(),
  annotations: Annotations,
});

/** Whether a version names others, and holds nothing itself. */
export const isOciIndex = ({ files }: Pick<ModelAsset, 'files'>): boolean => manifestOf(files)?.isIndex === true;

/** Whether it is a layer of a container image, which has no name of its own. */
export const isImageLayer = (path: string): boolean =>
  path.startsWith(LAYERS) && isRootLayer(path.slice(LAYERS.length));

/** Whether a version is nothing but documents that cosign signs, small as they are. */
export const isSignatureOnly = (files: readonly { readonly path: string; readonly size: number }[]): boolean =>
  manifestOf(files)?.isIndex === false &&
  files.every(
    ({ path, size }) =>
      size <= MOST_SIGNATURE &&
      (manifestOf([{ path }]) !== undefined ||
        path === CONFIG_PATH ||
        (path.startsWith(LAYERS) && isSignedLayer(path.slice(LAYERS.length)))),
  );

/** Digests of the manifests that an index names. @throws AncileError `upstream_malformed` */
export function childrenOf(index: Buffer): string[] {
  const options = { maxBytes: MOST_MANIFEST, what: 'the index', code: 'upstream_malformed' } as const;
  return (Manifest.safeParse(parseJson(index, options)).data?.manifests ?? []).map(({ digest }) => digest);
}

export interface ParsedManifest {
  readonly mediaType: string;
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string;
  readonly listing: Listing;
}

export interface ManifestOptions {
  readonly repo: string;
  /** Most files of a version. */
  readonly mostFiles: number;
  /** As whoever gave it calls it. */
  readonly contentType?: string | undefined;
  /** Of errors: whose fault it is. */
  readonly code: Extract<ErrorCode, 'request_invalid' | 'upstream_malformed'>;
}

/** Keys that readers in Go would take for one that is known, and others not. */
function hasDisguisedKey(value: object, { shape }: { readonly shape: object }): boolean {
  const known = Object.keys(shape);
  return Object.keys(value).some((key) =>
    known.some((each) => each !== key && each.toLowerCase() === key.toLowerCase()),
  );
}

/** The name that a layer goes by; undefined where it has two, of which clients take one or the other. */
function titleOf({ annotations }: Descriptor): { readonly named: string | undefined } | undefined {
  const names = ['org.opencontainers.image.title', 'org.cncf.model.filepath']
    .map((key) => annotations?.[key]?.replace(/^\.\//, '').replace(/\/+$/, ''))
    .filter((each) => each !== undefined);
  return new Set(names).size > 1 ? undefined : { named: names[0] };
}

type File = Listing['files'][number];

function toFiles(config: Descriptor, layers: readonly Descriptor[]): File[] | undefined {
  const files: File[] = [{ path: CONFIG_PATH, size: config.size, etag: toHex(config.digest) }];
  const untitled = new Set<string>();
  for (const layer of layers) {
    const { digest, size, mediaType } = layer;
    const title = titleOf(layer);
    if (title === undefined) return undefined;
    const { named } = title;
    if (named !== undefined && (!isPlainPath(named) || `${named}/`.startsWith(OWN_FOLDER))) return undefined;
    const path = named ?? LAYERS + layerName(mediaType, toHex(digest));
    // The same layer twice is the same content under the same name.
    if (named === undefined && untitled.has(path)) continue;
    untitled.add(path);
    files.push({ path, size, etag: toHex(digest) });
  }
  const different = new Set(files.map(({ path }) => path)).size === files.length;
  const sized = new Map(files.map(({ etag, size }) => [etag, size]));
  return different && files.every(({ etag, size }) => sized.get(etag) === size) ? files : undefined;
}

/**
 * @throws AncileError with the options' code, `at: manifest`; `body_too_large` for more files than there may be
 */
export function parseManifest(bytes: Buffer, options: ManifestOptions): ParsedManifest {
  const { repo, mostFiles, contentType, code } = options;
  const fail = (why: string): never => {
    throw new AncileError(code, `the manifest ${why}`, { at: 'manifest' });
  };
  const value = parseJson(bytes, { maxBytes: MOST_MANIFEST, what: 'the manifest', code });
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) return fail('is not one of OCI or of Docker (version 2), or has digests other than SHA-256');
  const { config, layers, manifests, subject, mediaType: own, annotations } = parsed.data;
  const descriptors = [config ?? [], subject ?? [], layers ?? [], manifests ?? []].flat();
  if (hasDisguisedKey(value as object, Manifest) || descriptors.some((each) => hasDisguisedKey(each, Descriptor))) {
    return fail('has a key that readers may take for another');
  }
  // Clients fetch such content from there, past whoever would look at it.
  if (descriptors.some(({ urls }) => (urls?.length ?? 0) > 0)) return fail('sends clients elsewhere for its content');
  const isIndex = manifests !== undefined;
  if (isIndex ? config !== undefined || layers !== undefined : config === undefined || layers === undefined) {
    return fail('is neither an image nor an index');
  }
  const types = isIndex ? INDEX : IMAGE;
  const given = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  const mediaType = own ?? (MANIFEST_TYPES.includes(given ?? '') ? given! : types[0]!);
  if (!types.includes(mediaType) || (MANIFEST_TYPES.includes(given ?? '') && given !== mediaType)) {
    return fail('says of itself that it is something else');
  }
  const path = PATHS.get(mediaType)!;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const files = isIndex ? [] : toFiles(config!, layers!);
  if (files === undefined) return fail('names a file that cannot be');
  if (files.length + 1 > mostFiles) {
    throw new AncileError('body_too_large', `the version has more than ${mostFiles} files`, {
      hint: 'artifacts.limits.files says how many there may be.',
    });
  }
  const licence = annotations?.['org.opencontainers.image.licenses']?.slice(0, 100);
  const created = Date.parse(annotations?.['org.opencontainers.image.created'] ?? '');
  return {
    mediaType,
    sha256,
    listing: {
      repo,
      revision: `sha256:${sha256}`,
      files: [{ path, size: bytes.length, etag: sha256 }, ...files],
      ...(licence === undefined || licence === '' ? {} : { licence }),
      ...(Number.isNaN(created) ? {} : { modified: new Date(created).toISOString() }),
    },
  };
}
