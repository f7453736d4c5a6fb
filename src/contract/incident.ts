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
  /** The node that its records are of, where that is not this one: what is involved is named below it. */
  origin: z.string().optional(),
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
  /** Ends grants: what a person said yes to beforehand waits for a yes again. */
  'ungrant',
  /** Has a further policy set, or mode of flow control, rule as well: the stricter answer wins. */
  'tighten',
  /** Withholds what somebody or something wrote to memories, when it is read again. */
  'distrust',
  /** Has a name of a model (a branch, a tag) stand for another version that is admitted. */
  'repoint',
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

/** `asked`: it waits for a second person, and nothing is contained yet. `refused`: nobody gave the second yes. */
export const ContainmentState = z.enum(['asked', 'effective', 'lifted', 'expired', 'refused']);
export type ContainmentState = z.infer<typeof ContainmentState>;

/** What an action needs beside its target: `to` of `divert`, `period` and amounts of `cap`. */
export const ContainmentWith = z.record(z.string().max(50), z.union([z.string().max(300), z.number()]));

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
  /** `asked`: it waits for a second person. `effective`: what it refuses, it refuses from here on. */
  outcome: ContainmentState,
  actor: z.string(),
  incident: z.string().optional(),
  reason: z.string(),
  /** ISO 8601 time at which it ends by itself. */
  expires: z.string().optional(),
  /** What an action needs beside its target: the other route of `divert`, the amounts of `cap`. */
  with: ContainmentWith.optional(),
  /** Exchanges under way that were cut. */
  cut: z.int().nonnegative().optional(),
  /** From the asking to its being in force and all it cuts cut, milliseconds. */
  effectMs: z.number().nonnegative().optional(),
};

export const Containment = z.object({
  id: z.string(),
  action: ContainmentAction,
  target: ContainmentTarget,
  state: ContainmentState,
  reason: z.string(),
  /** Who asked for it, and who gave the second yes where one was needed. */
  actor: z.string(),
  second: z.string().optional(),
  incident: z.string().optional(),
  with: ContainmentWith.optional(),
  /** ISO 8601 times. */
  asked: z.string(),
  effective: z.string().optional(),
  expires: z.string().optional(),
  ended: z.string().optional(),
  endedBy: z.string().optional(),
  cut: z.int().nonnegative().optional(),
  /** From the asking (or the second yes) to its being in force, with all that it cuts cut: milliseconds. */
  effectMs: z.number().nonnegative().optional(),
  /** What its inverse needs to know of how things were. */
  before: z.record(z.string(), z.string()).optional(),
});
export type Containment = z.infer<typeof Containment>;

/** What a containment would cover, before it does. */
export const BlastRadius = z.object({
  /** Keys that work and would not any more, or not as before: names, the first of them. */
  keys: z.array(z.string()),
  keysTotal: z.int().nonnegative(),
  /** Exchanges under way that would be cut. */
  underWay: z.int().nonnegative(),
  /** Exchanges of the last 24 hours that would have been refused. */
  lastDay: z.int().nonnegative(),
  /** Versions of models that would be refused. */
  models: z.array(z.string()),
  /** Whether the action can be asked for by one person alone. */
  needsSecond: z.boolean(),
  /** The same in sentences. */
  statements: z.array(z.string()),
});
export type BlastRadius = z.infer<typeof BlastRadius>;

export const Incident = z.object({
  id: z.string(),
  title: z.string(),
  severity: Severity,
  state: IncidentState,
  /** ISO 8601 times. */
  opened: z.string(),
  changed: z.string(),
  closed: z.string().optional(),
  /** A person, or `rule:ID`. */
  openedBy: z.string(),
  owner: z.string().optional(),
  techniques: z.array(z.string()),
  /** Whom it is about: each different one, the first fifty. */
  involved: z.array(Involved),
  /** Rules that were met, and how often. */
  rules: z.record(z.string(), z.int().positive()),
  detections: z.int().nonnegative(),
  /** Records that it rests on, by seq: the last of them. */
  records: z.array(z.int().nonnegative()),
  /** What was learnt, said when it was closed. */
  review: z.string().optional(),
  /** Answers to the questions that start legal clocks, by the question's id. */
  facts: z.record(z.string(), z.union([z.string(), z.boolean()])),
});
export type Incident = z.infer<typeof Incident>;
