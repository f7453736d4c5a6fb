// Kubernetes admission: the review that an API server sends, what its object names, and what is said to that.
import { z } from 'zod';
import { SecretRef } from './values.ts';

export const ANYBODY_ACCEPTED = 'i-accept-reviews-from-anybody';

export const Admission = z
  .strictObject({
    host: z
      .string()
      .default('127.0.0.1')
      .describe('address to listen on; beyond loopback it needs `tls` and a way to know the API server'),
    port: z.int().min(0).max(65535).default(8443).describe('port to listen on; 0 takes a free one'),
    tls: z
      .strictObject({
        cert: z.string().describe('PEM file with the certificate chain; its names are those of the Service'),
        key: z.string().describe('PEM file with the private key'),
      })
      .optional()
      .describe('certificate and key, read again when the files change'),
    clientCa: z
      .string()
      .optional()
      .describe('PEM file with authorities: the API server must have a certificate of theirs'),
    clientNames: z
      .array(z.string().min(1))
      .default([])
      .describe('of these, names (common or alternative) that count; without any all do'),
    token: SecretRef.optional().describe('bearer token that the API server must send'),
    anybody: z
      .literal(ANYBODY_ACCEPTED)
      .optional()
      .describe(
        `the words "${ANYBODY_ACCEPTED}" allow reviews of whoever reaches the port, where the API server cannot be told to prove itself`,
      ),
    mode: z
      .enum(['enforce', 'warn'])
      .default('enforce')
      .describe('refuse objects that name a model that is not admitted, or let them in with a warning'),
    onFault: z.enum(['deny', 'allow']).describe('what is answered when inventory or ledger fail'),
    unscanned: z
      .enum(['deny', 'warn'])
      .default('deny')
      .describe(
        'what is answered of an admitted version of which not all files were scanned yet: its first file admits it, and each other one is decided on when it is pulled',
      ),
    exemptNamespaces: z
      .array(z.string().min(1))
      .default(['kube-system'])
      .describe('namespaces, names or patterns with `*`, whose objects are not looked at'),
  })
  .describe('a validating admission webhook for Kubernetes');
export type Admission = z.infer<typeof Admission>;

const GroupVersionKind = z.looseObject({ group: z.string(), version: z.string(), kind: z.string() });

/** `admission.k8s.io/v1`, as far as it is read; the rest passes. */
export const AdmissionReview = z.looseObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1).max(200),
    kind: GroupVersionKind,
    resource: z.looseObject({ group: z.string(), version: z.string(), resource: z.string() }),
    subResource: z.string().optional(),
    /** What the client sent, where the API server made it into `kind`. */
    requestKind: GroupVersionKind.optional(),
    requestSubResource: z.string().optional(),
    name: z.string().optional(),
    namespace: z.string().optional(),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    userInfo: z.looseObject({ username: z.string().default(''), groups: z.array(z.string()).nullish() }),
    object: z.looseObject({}).nullish(),
    oldObject: z.looseObject({}).nullish(),
    dryRun: z.boolean().nullish(),
  }),
});
export type AdmissionReview = z.infer<typeof AdmissionReview>;

/**
 * `admitted`: the version is in the inventory and admitted; `named`: nobody can look into it, and the annotation names a version that
 * is; `moving`: its name does not fix a version; `unknown`: not in the inventory; `unresolved`: nobody can look into it;
 * `unscanned`: the version is admitted, and not all of its files were scanned; `unattested`: it
 * is, and has not (any more) the signature or the attestation that its source demands.
 */
export const AdmissionVerdict = z.enum([
  'admitted',
  'named',
  'moving',
  'unknown',
  'quarantined',
  'retired',
  'unresolved',
  'unscanned',
  'unattested',
]);
export type AdmissionVerdict = z.infer<typeof AdmissionVerdict>;

/** A model that an object names. */
export const AdmissionReference = z.object({
  /** `spec.containers[0].args[1]`. */
  at: z.string(),
  /** As it is written. */
  text: z.string(),
  verdict: AdmissionVerdict,
  /** Id of the version, where one is meant. */
  model: z.string().optional(),
  /** What is wrong and what to do, or what else is to be said. */
  message: z.string().optional(),
});
export type AdmissionReference = z.infer<typeof AdmissionReference>;

export const AdmissionObject = z.object({
  group: z.string(),
  version: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  /** Absent where the API server gives one. */
  name: z.string().optional(),
  subresource: z.string().optional(),
});
export type AdmissionObject = z.infer<typeof AdmissionObject>;

/** What an API server would be told of the objects of a manifest. */
export const AdmissionCheck = z.object({
  allowed: z.boolean(),
  objects: z.array(
    z.object({
      kind: z.string(),
      namespace: z.string(),
      name: z.string(),
      allowed: z.boolean(),
      references: z.array(AdmissionReference),
      /** Why not all of it was read. */
      unread: z.string().optional(),
    }),
  ),
});
export type AdmissionCheck = z.infer<typeof AdmissionCheck>;
