// The part of the configuration that says where models come from, and how much of them.
import { z } from 'zod';
import { AttestationKind } from './attestation.ts';
import { HALF_A_KEY, hasWholeKey, s3Credentials, s3Endpoint } from './s3.ts';
import { Duration, SecretRef } from './values.ts';

const Host = z
  .string()
  .regex(/^(\*\.)?[a-z0-9.-]+(:\d{1,5})?$/, 'expected a host such as cdn.example.org, *.example.org or 127.0.0.1:9000');

const common = {
  redirects: z
    .array(Host)
    .describe('hosts that the source may send on to for a file; a first part `*.` stands for any'),
  include: z
    .array(z.string().min(1))
    .default(['*'])
    .describe('repositories that there are, names or patterns with `*`'),
  exclude: z.array(z.string().min(1)).default([]).describe('of these, repositories that there are not'),
  requireSignature: z
    .boolean()
    .default(false)
    .describe('fetch every file and verify the signature of a version before anything of it is decided'),
  require: z
    .array(AttestationKind)
    .default([])
    .describe(
      'what must be attested of a version by whom `artifacts.trust` names: `scan`, `test`, `training`, `approval`, `robustness`; every file is fetched for that',
    ),
};

const token = SecretRef.optional().describe('sent to `baseUrl` as bearer token, and to no other host');

const HuggingFaceSource = z
  .strictObject({
    kind: z.literal('huggingface').describe('what it speaks'),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://huggingface.co')
      .describe('the Hub, or what speaks as it does'),
    token,
    ...common,
    redirects: common.redirects.default(['huggingface.co', '*.huggingface.co', '*.hf.co']),
  })
  .describe('a Hugging Face Hub');

const OciSource = z
  .strictObject({
    kind: z.literal('oci').describe('what it speaks'),
    baseUrl: z.url({ protocol: /^https?$/ }).describe('the registry, without `/v2`'),
    token,
    ...common,
    requireSignature: z
      .boolean()
      .default(false)
      .describe(
        'give only what cosign signed with a key of `artifacts.trust.keys`: the manifest itself, or an index that names it',
      ),
    redirects: common.redirects
      .default([])
      .describe('hosts that the registry may send on to for a blob, or name as the one that gives tokens'),
    username: z.string().min(1).optional().describe('sent with `password` where the registry asks for them'),
    password: SecretRef.optional().describe('password or access token of `username`'),
    wait: Duration.prefault('50s').describe(
      'how long a manifest waits for the decision on all its files; after that each file waits for its own',
    ),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ['password'],
    message: 'username and password go together',
  })
  .describe('an OCI registry: Docker, GHCR, Harbor, Ollama and others');
export type OciSource = z.infer<typeof OciSource>;

const HttpSource = z
  .strictObject({
    kind: z.literal('http').describe('what it speaks'),
    baseUrl: z.url({ protocol: /^https?$/ }).describe('the address below which the files lie'),
    token,
    manifest: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'expected the name of a file, such as SHA256SUMS')
      .optional()
      .describe(
        'file that lists a folder as sha256sum does: folders are versions then, and what is not listed is not to be had',
      ),
    ...common,
    redirects: common.redirects.default([]),
  })
  .refine(({ manifest, requireSignature }) => manifest !== undefined || !requireSignature, {
    message: 'a signature is of a folder, which only a manifest lists: set manifest as well',
    path: ['requireSignature'],
  })
  .describe('files on a plain web server');

const S3Source = z
  .strictObject({
    kind: z.literal('s3').describe('what it speaks'),
    ...s3Endpoint,
    buckets: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket'))
      .min(1)
      .describe('the buckets that there are; no other is asked for'),
    depth: z
      .int()
      .min(0)
      .max(8)
      .default(1)
      .describe('how many folders of a key name a model; 0: every object is a model of its own'),
    ...s3Credentials,
    ...common,
    redirects: common.redirects.default([]),
  })
  .refine(hasWholeKey, HALF_A_KEY)
  .refine(({ depth, requireSignature }) => depth > 0 || !requireSignature, {
    message: 'a signature is of a folder, and with depth 0 there is none',
    path: ['requireSignature'],
  })
  .describe('buckets of Amazon S3, or of what speaks as it does');

const MlflowSource = z
  .strictObject({
    kind: z.literal('mlflow').describe('what it speaks'),
    baseUrl: z.url({ protocol: /^https?$/ }).describe('the tracking server, which serves its artifacts as well'),
    token,
    webhook: z
      .strictObject({
        secret: SecretRef.describe('that the tracking server signs its webhooks with'),
        act: z
          .enum(['record', 'tag', 'protect'])
          .default('record')
          .describe(
            'record: look at versions and say what came of it; tag: also set their tag `ancile.state`; protect: also delete an alias given to a refused one',
          ),
      })
      .optional()
      .describe('versions are looked at when the tracking server tells of them'),
    ...common,
    redirects: common.redirects.default([]),
  })
  .describe('an MLflow tracking server');

export const ArtifactSourceConfig = z.discriminatedUnion('kind', [
  HuggingFaceSource,
  OciSource,
  HttpSource,
  S3Source,
  MlflowSource,
]);
export type ArtifactSourceConfig = z.infer<typeof ArtifactSourceConfig>;
/** The configuration of a source of one kind. */
export type SourceConfigOf<K extends ArtifactSourceConfig['kind']> = Extract<ArtifactSourceConfig, { kind: K }>;

const PerPrincipal = z.strictObject({
  bytes: z.int().positive().default(500_000_000_000).describe('bytes that a key may pull within the window'),
  window: Duration.prefault('1d').describe('the window'),
});

const Uploads = z.strictObject({
  atOnce: z.int().positive().default(256).describe('uploads that are begun and not ended'),
  perKey: z.int().positive().default(32).describe('of these, of one key'),
  bytes: z.int().positive().default(200_000_000_000).describe('bytes on disk of what is uploaded, until it expires'),
  expires: Duration.prefault('6h').describe('an upload, ended or not, goes so long after it was begun'),
});

const ArtifactLimits = z.strictObject({
  perPrincipal: PerPrincipal.prefault({}).describe('what one key may pull'),
  cacheBytes: z
    .int()
    .positive()
    .default(200_000_000_000)
    .describe('files kept; beyond it those go that were not pulled for longest'),
  fileBytes: z.int().positive().default(100_000_000_000).describe('largest file that is fetched'),
  uploads: Uploads.prefault({}).describe('what is pushed, before it is a version'),
  files: z.int().positive().max(100_000).default(10_000).describe('most files of one version'),
});

const Trust = z.strictObject({
  keys: z.array(z.string().min(1)).default([]).describe('public keys of signers, PEM files'),
  authorities: z
    .array(z.string().min(1))
    .default([])
    .describe('certificates of authorities whose signers count, PEM files'),
  identity: z.string().min(1).optional().describe('the name that a certificate must have, exactly; without it any'),
  keyless: z
    .strictObject({
      trustedRoot: z.string().min(1).describe('`trusted_root.json` of Sigstore'),
      identity: z.string().min(1).describe('the signer, exactly: an address or a URI'),
      issuer: z.string().min(1).describe('who must have vouched for him, exactly'),
    })
    .optional()
    .describe('keyless signatures'),
});

export const Artifacts = z.strictObject({
  sources: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'expected a short name of a-z, 0-9 and -'),
      ArtifactSourceConfig,
    )
    .default({})
    .describe('where models come from, by name; keys are scoped to `name:repository`'),
  trust: Trust.prefault({}).describe(
    'whose signatures on models and attestations count, for sources with `requireSignature` or `require`',
  ),
  limits: ArtifactLimits.prefault({}).describe('bounds'),
});
export type Artifacts = z.infer<typeof Artifacts>;
