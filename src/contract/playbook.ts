// Playbooks: what is read of CACAO Security Playbooks 2.0 (OASIS), the part of it that is carried out here; and the runs of one.
import { z } from 'zod';

const Id = (kind: string) =>
  z
    .string()
    .regex(
      new RegExp(`^(?:${kind})--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, 'i'),
      `expected an identifier such as ${kind.split('|')[0]}--, followed by a UUID`,
    );
const StepId = Id('start|end|action|if-condition|parallel');

/** `__name__`, as CACAO 10.18 has it. */
export const VariableName = z
  .string()
  .regex(/^__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__$/, 'expected a name such as __principal__');

const PlaybookVariable = z.object({
  type: z.string().max(50),
  description: z.string().max(1000).optional(),
  value: z.string().max(1000).nullish(),
  constant: z.boolean().optional(),
  /** Its value comes from outside: whoever runs it says it, or the incident does. */
  external: z.boolean().optional(),
});

const PlaybookCommand = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('http-api'),
    description: z.string().max(2000).optional(),
    version: z.string().max(20).optional(),
    playbook_activity: z.string().max(100).optional(),
    external_references: z.array(z.unknown()).max(20).optional(),
    /** A start line of RFC 9112: `POST /api/v1/containments HTTP/1.1`. */
    command: z.string().max(1000),
    headers: z.record(z.string().max(100), z.array(z.string().max(500)).max(10)).optional(),
    /** JSON. */
    content: z.string().max(20_000).optional(),
  }),
  z.strictObject({
    type: z.literal('manual'),
    description: z.string().max(2000).optional(),
    version: z.string().max(20).optional(),
    playbook_activity: z.string().max(100).optional(),
    external_references: z.array(z.unknown()).max(20).optional(),
    /** What a person is asked. */
    command: z.string().min(1).max(4000),
  }),
]);
export type PlaybookCommand = z.infer<typeof PlaybookCommand>;

const step = {
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(4000).optional(),
  external_references: z.array(z.unknown()).max(20).optional(),
  owner: z.string().max(100).optional(),
};

const PlaybookStep = z.discriminatedUnion('type', [
  z.strictObject({ ...step, type: z.literal('start'), on_completion: StepId }),
  z.strictObject({ ...step, type: z.literal('end') }),
  z.strictObject({
    ...step,
    type: z.literal('action'),
    commands: z.array(PlaybookCommand).length(1, 'expected one command: a step is done whole or not at all'),
    agent: z.string().max(100),
    targets: z.array(z.string().max(100)).max(20).optional(),
    on_completion: StepId.optional(),
    on_success: StepId.optional(),
    on_failure: StepId.optional(),
  }),
  z.strictObject({
    ...step,
    type: z.literal('if-condition'),
    condition: z.string().min(1).max(500),
    on_true: StepId,
    on_false: StepId.optional(),
    on_completion: StepId.optional(),
  }),
  z.strictObject({
    ...step,
    type: z.literal('parallel'),
    next_steps: z.array(StepId).min(2).max(20),
    on_completion: StepId.optional(),
  }),
]);
export type PlaybookStep = z.infer<typeof PlaybookStep>;

/** Members that are not carried out (markings, signatures, references) pass unread; those that would be are strict. */
export const Playbook = z.object({
  type: z.literal('playbook'),
  spec_version: z.literal('cacao-2.0'),
  id: Id('playbook'),
  name: z.string().min(1).max(200),
  description: z.string().max(4000).optional(),
  created: z.string().max(50),
  modified: z.string().max(50),
  revoked: z.boolean().optional(),
  severity: z.int().min(0).max(100).optional(),
  playbook_variables: z.record(VariableName, PlaybookVariable).optional(),
  workflow_start: StepId,
  workflow: z.record(StepId, PlaybookStep).refine((steps) => Object.keys(steps).length <= 100, 'at most 100 steps'),
});
export type Playbook = z.infer<typeof Playbook>;

export const PlaybookSummary = z.object({
  /** What commands call it: the file's name without its ending. */
  playbook: z.string(),
  id: z.string(),
  name: z.string(),
  description: z.string(),
  /** Whether it came with the program. */
  shipped: z.boolean(),
  /** SHA-256 of the file. */
  digest: z.string(),
  steps: z.int(),
  variables: z.array(
    z.object({
      /** Without the underscores. */
      name: z.string(),
      description: z.string(),
      /** Nothing else gives it a value: whoever runs the playbook has to. */
      needed: z.boolean(),
    }),
  ),
  /** What is worth knowing before it is run, as sentences. */
  notes: z.array(z.string()),
});
export type PlaybookSummary = z.infer<typeof PlaybookSummary>;

export const PlaybookStepState = z.enum(['running', 'done', 'waiting', 'refused', 'failed', 'planned']);

export const PlaybookStepRun = z.object({
  step: z.string(),
  name: z.string(),
  /** `planned`: of a dry run. `waiting`: for a person's yes. */
  state: PlaybookStepState,
  /** What it does: an operation of the admin interface, `person`, or which way a condition went. */
  does: z.string(),
  /** ISO 8601. */
  time: z.string(),
  /** What came of it, or what is asked of a person, in sentences. */
  said: z.array(z.string()),
  /** Of a containment: its id, and how long it took to be in force, milliseconds. */
  containment: z.string().optional(),
  effectMs: z.number().optional(),
  /** Who said yes or no. */
  by: z.string().optional(),
});
export type PlaybookStepRun = z.infer<typeof PlaybookStepRun>;

export const PlaybookRun = z.object({
  run: z.string(),
  playbook: z.string(),
  name: z.string(),
  digest: z.string(),
  incident: z.string(),
  state: z.enum(['running', 'waiting', 'done', 'failed', 'refused', 'planned']),
  actor: z.string(),
  started: z.string(),
  changed: z.string(),
  variables: z.record(z.string(), z.string()),
  /** In the order in which they were begun. */
  steps: z.array(PlaybookStepRun),
  /** What the incident holds that this run does not reach, as sentences. */
  notes: z.array(z.string()),
});
export type PlaybookRun = z.infer<typeof PlaybookRun>;
