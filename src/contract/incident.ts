// What monitoring sees, what an incident is, and what contains one.
import { z } from 'zod';
import { Severity } from './finding.ts';

/** Whom or what a detection is about: what incidents are grouped by and containment aims at. */
export const Involved = z.object({
  /** Id of a key, or of another identity. */
  principal: z.string().optional(),
  /** Keyed digest of a conversation. */
  session: z.string().optional(),
  tenant: z.string().optional(),
  route: z.string().optional(),
  /** The model the caller named, or `source:repo@revision`. */
  model: z.string().optional(),
  server: z.string().optional(),
  tool: z.string().optional(),
});
export type Involved = z.infer<typeof Involved>;

/** A monitoring rule was met. */
export const Detection = z.object({
  detection: z.string(),
  /** Stable id of the rule under `content/rules/`: `injection.burst`. */
  rule: z.string(),
  title: z.string(),
  severity: Severity,
  /** Technique ids: MITRE ATLAS (`AML.T0051.000`), OWASP LLM (`LLM01:2025`). */
  techniques: z.array(z.string()),
  involved: Involved,
  /** How many records, or how much of what the rule adds up. */
  count: z.number(),
  /** ISO 8601: of the first and the last record that it rests on. */
  since: z.string(),
  until: z.string(),
  /** The records that it rests on, by seq: the last of them where they are many. */
  records: z.array(z.int().nonnegative()).max(50),
  /** What the rule measured, in a sentence for people. */
  detail: z.string().optional(),
});
export type Detection = z.infer<typeof Detection>;

/** `contained`: what was going on goes on no more. `closed`: looked back upon, with a review. */
export const IncidentState = z.enum(['open', 'investigating', 'contained', 'closed']);
export type IncidentState = z.infer<typeof IncidentState>;

/** What happened to an incident. */
export const IncidentEvent = z.enum([
  'opened',
  /** A further detection belongs to it. */
  'joined',
  'state',
  'owner',
  'severity',
  'note',
  'facts',
  'playbook',
]);
export type IncidentEvent = z.infer<typeof IncidentEvent>;

/** What containment does. Each can be undone by `lift`. */
export const ContainmentAction = z.enum([
  /** Refuses everything that the target covers, and cuts what is under way. */
  'freeze',
  /** Nothing that the target covers passes without a person's yes. */
  'hold',
  /** Ends a key for good; its inverse lets it work again. */
  'revoke',
  /** Refuses a version or digest everywhere: registry, admission, gateway. */
  'quarantine',
  /** Sends what asks for one route to another. */
  'divert',
  /** Caps what a key may use. */
  'cap',
  /** What agents wrote to memory up to now counts as untrusted. */
  'distrust',
  /** Ends the grants that spare approvals. */
  'ungrant',
]);
export type ContainmentAction = z.infer<typeof ContainmentAction>;

/** What a containment covers. `everything` is `{}`; several members are all to be met. */
export const ContainmentTarget = z.strictObject({
  principal: z.string().min(1).max(300).optional(),
  tenant: z.string().min(1).max(300).optional(),
  session: z.string().min(1).max(300).optional(),
  route: z.string().min(1).max(300).optional(),
  upstream: z.string().min(1).max(300).optional(),
  server: z.string().min(1).max(300).optional(),
  tool: z.string().min(1).max(300).optional(),
  /** A model version `source:repo@revision`, or the SHA-256 of a file. */
  model: z.string().min(1).max(600).optional(),
});
export type ContainmentTarget = z.infer<typeof ContainmentTarget>;

/** A line of an incident's history is a record of this form. */
export const incidentMembers = {
  incident: z.string(),
  event: IncidentEvent,
  title: z.string(),
  severity: Severity,
  state: IncidentState,
  /** A person, `rule:ID` or `playbook:ID`. */
  actor: z.string(),
  owner: z.string().optional(),
  /** Of `opened` and `joined`: the detection, and whom it is about. */
  detection: z.string().optional(),
  involved: Involved.optional(),
  techniques: z.array(z.string()).optional(),
  /** Records that belong to it, by seq. */
  records: z.array(z.int().nonnegative()).max(50).optional(),
  note: z.string().max(4000).optional(),
};

export const containmentMembers = {
  containment: z.string(),
  action: ContainmentAction,
  target: ContainmentTarget,
  /** `effective` is written when it is in force: what it refuses, it refuses from here on. */
  outcome: z.enum(['effective', 'lifted', 'expired', 'refused']),
  actor: z.string(),
  incident: z.string().optional(),
  reason: z.string(),
  /** ISO 8601 time at which it ends by itself. */
  expires: z.string().optional(),
  /** What an action needs beside its target: the other route of `divert`, the amounts of `cap`. */
  with: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  /** Exchanges under way that were cut. */
  cut: z.int().nonnegative().optional(),
  /** From the asking to its being in force and all it cuts cut, milliseconds. */
  effectMs: z.number().nonnegative().optional(),
};
