// The part of the configuration that says where models come from, and how much of them.
import { z } from 'zod';
import { AttestationKind } from './attestation.ts';
import { Duration, SecretRef } from './values.ts';

const Host = z
  .string()
  .regex(/^(\*\.)?[a-z0-9.-]+(:\d{1,5})?$/, 'expected a host such as cdn.example.org, *.example.org or 127.0.0.1:9000');

const common = {
  token: SecretRef.optional().describe('sent to `baseUrl` as bearer token, and to no other host'),
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

const HuggingFaceSource = z
  .strictObject({
    kind: z.literal('huggingface').describe('what it speaks'),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .default('https://huggingface.co')
      .describe('the Hub, or what speaks as it does'),
    ...common,
    redirects: common.redirects.default(['huggingface.co', '*.huggingface.co', '*.hf.co']),
  })
  .describe('a Hugging Face Hub');

const { requireSignature: _hub, ...registryCommon } = common;

const OciSource = z
  .strictObject({
    kind: z.literal('oci').describe('what it speaks'),
    baseUrl: z.url({ protocol: /^https?$/ }).describe('the registry, without `/v2`'),
    ...registryCommon,
    redirects: registryCommon.redirects
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

export const ArtifactSourceConfig = z.discriminatedUnion('kind', [HuggingFaceSource, OciSource]);
export type ArtifactSourceConfig = z.infer<typeof ArtifactSourceConfig>;

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
