// Policies, detectors and rules: what is in force, what a change would do.
import { z } from 'zod';
import { Action, Decision, OnFault, StageName } from '../decision.ts';
import { Explanation } from '../explanation.ts';
import { Finding, FindingClass, Severity } from '../finding.ts';
import { Channel } from '../segment.ts';
import { defineEndpoint } from './endpoint.ts';

/** A file of a policy set: `policy-set.yaml`, a `.cedar` file or the cases. */
export const PolicyFile = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  text: z.string().max(200_000),
});
export type PolicyFile = z.infer<typeof PolicyFile>;

const Files = z.array(PolicyFile).min(1).max(52);

export const PolicyLine = z.object({
  id: z.string(),
  effect: z.enum(['permit', 'forbid']),
  action: Action,
  reason: z.string(),
  reask: z.boolean(),
  file: z.string(),
  line: z.int(),
});
export type PolicyLine = z.infer<typeof PolicyLine>;

export const PolicyProblem = z.object({ file: z.string(), line: z.int().optional(), message: z.string() });
export type PolicyProblem = z.infer<typeof PolicyProblem>;

export const PolicySetView = z.object({
  name: z.string(),
  description: z.string(),
  version: z.string(),
  onFault: z.record(StageName, OnFault),
  /** A shipped set cannot be edited: `ancile policy export NAME FOLDER` makes one's own of it. */
  editable: z.boolean(),
  files: z.array(PolicyFile),
  policies: z.array(PolicyLine),
  /** Name of the shadow set. */
  shadow: z.string().optional(),
});
export type PolicySetView = z.infer<typeof PolicySetView>;

export const PolicyCheck = z.object({
  ok: z.boolean(),
  problems: z.array(PolicyProblem),
  /** The cases of the set, where it has any and loads. */
  cases: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })),
  policies: z.array(PolicyLine),
});
export type PolicyCheck = z.infer<typeof PolicyCheck>;

/** How a set would have ruled on what passed. Only records are asked: what a detector saw is as it was. */
export const PolicyReplay = z.object({
  exchanges: z.int(),
  changed: z.int(),
  /** How many have no word of their capabilities on record (version 0.1), and were ruled as if they had none. */
  incomplete: z.int().optional(),
  /** `before>after` to how many. */
  transitions: z.array(z.object({ before: Action, after: Action, count: z.int() })),
  samples: z.array(
    z.object({
      exchange: z.string(),
      time: z.string(),
      before: Action,
      after: Action,
      policies: z.array(z.string()),
      classes: z.array(z.string()),
    }),
  ),
});
export type PolicyReplay = z.infer<typeof PolicyReplay>;

const span = {
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(20_000).optional(),
};

export const RuleView = z.object({
  id: z.string(),
  class: FindingClass,
  severity: Severity,
  score: z.number(),
  message: z.string(),
  techniques: z.array(z.string()),
  channels: z.array(Channel).optional(),
  /** Shipped, or the name of the user's file. */
  source: z.string(),
  disabled: z.boolean(),
});
export type RuleView = z.infer<typeof RuleView>;

export const DetectorView = z.object({
  id: z.string(),
  version: z.string(),
  enabled: z.boolean(),
  classes: z.array(FindingClass),
  /** Characters a stream is held back at most; null: unbounded, and so it only flags on a stream. */
  reach: z.number().nullable(),
  description: z.string(),
  /** Rules that are data; a detector that is code has none. */
  rules: z.array(RuleView),
});
export type DetectorView = z.infer<typeof DetectorView>;

export const policiesApi = {
  getPolicies: defineEndpoint({
    method: 'GET',
    path: '/policies',
    needs: 'traffic.read',
    summary: 'The policy set in force.',
    input: z.strictObject({}),
    answer: PolicySetView,
  }),
  checkPolicies: defineEndpoint({
    method: 'POST',
    path: '/policies/check',
    needs: 'policies.manage',
    summary: 'Whether files make a valid set, and whether its cases hold.',
    input: z.strictObject({ files: Files }),
    answer: PolicyCheck,
  }),
  replayPolicies: defineEndpoint({
    method: 'POST',
    path: '/policies/replay',
    needs: 'policies.manage',
    summary: 'How files would have ruled on past records.',
    input: z.strictObject({ files: Files, ...span }),
    answer: PolicyReplay,
  }),
  savePolicies: defineEndpoint({
    method: 'PUT',
    path: '/policies',
    needs: 'policies.manage',
    summary: 'Write the files of the set in force and take them into use; `conflict` where it has changed meanwhile.',
    input: z.strictObject({ files: Files, base: z.string() }),
    answer: z.object({ changed: z.boolean(), version: z.string() }),
  }),
  reloadPolicies: defineEndpoint({
    method: 'POST',
    path: '/policies/reload',
    needs: 'policies.manage',
    summary: 'Read the set in force again.',
    input: z.strictObject({}),
    answer: z.object({ changed: z.boolean(), version: z.string() }),
  }),
  diffShadow: defineEndpoint({
    method: 'GET',
    path: '/policies/shadow',
    needs: 'traffic.read',
    summary: 'Where the shadow set ruled otherwise.',
    input: z.strictObject(span),
    answer: PolicyReplay,
  }),
  getDetectors: defineEndpoint({
    method: 'GET',
    path: '/detectors',
    needs: 'traffic.read',
    summary: 'Every detector and its rules.',
    input: z.strictObject({}),
    answer: z.object({ detectors: z.array(DetectorView) }),
  }),
  inspectText: defineEndpoint({
    method: 'POST',
    path: '/detectors/inspect',
    needs: 'policies.manage',
    summary: 'Judge a text as if it had come by a channel. Nothing of it is kept.',
    input: z.strictObject({
      text: z.string().max(100_000),
      channel: Channel,
      /** Say as well what moved the score. */
      explain: z.boolean().optional(),
    }),
    answer: z.object({
      decision: Decision,
      findings: z.array(Finding),
      score: z.number(),
      explanation: z.array(Explanation).optional(),
    }),
  }),
};
