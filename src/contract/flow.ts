// Flow control of tool calls: what is known of a tool's arguments and results, and what was ruled on one proposed call.
import { z } from 'zod';
import { Action, PolicyRef } from './decision.ts';
import { Origin } from './segment.ts';

/**
 * What an argument of a writing tool is.
 * `target`: carries authority (a destination, an object, an amount, a secret); `id`: an opaque object id; `entity`: a name
 * chosen from a catalogue; `content`: free text; `option`: times, flags, modes.
 */
export const ParameterKind = z.enum(['target', 'id', 'entity', 'content', 'option']);
export type ParameterKind = z.infer<typeof ParameterKind>;

/**
 * How far a field of a result is trusted. `T`: a value that the system itself set; `M`: a structured identifier that
 * another principal wrote; `U`: whatever anyone may have written. A field that is not named is `U`.
 */
export const FieldTrust = z.enum(['T', 'M', 'U']);
export type FieldTrust = z.infer<typeof FieldTrust>;

/** What is known of the tools of a server or an agent. A tool that `writes` does not name is a read. */
export const FlowLabels = z.strictObject({
  writes: z
    .record(z.string(), z.record(z.string(), ParameterKind))
    .default({})
    .describe('tools with an effect (a network fetch is one), and what each of their parameters is'),
  fields: z
    .record(z.string(), z.record(z.string(), FieldTrust))
    .default({})
    .describe('fields of results by tool: a name at any depth, `*` for every field, an empty name for the whole'),
  confidential_reads: z.array(z.string()).default([]).describe('tools whose result is private'),
  secret_fields: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe('fields of results that must not leave by any call'),
  memory: z
    .strictObject({
      writes: z
        .record(z.string(), z.array(z.string()))
        .default({})
        .describe('tools that store texts to be read again, and which arguments these are: paths, lists left out'),
      reads: z.array(z.string()).default([]).describe('tools that give back what was stored'),
    })
    .prefault({})
    .describe(
      'tools of memories and vector stores: what is stored is tagged, and what is read is trusted by its tag alone',
    ),
});
export type FlowLabels = z.infer<typeof FlowLabels>;

/** What a tool server says of one result itself, in its `_meta` under `ancile/labels`. */
export const ResultLabels = z.object({
  fields: z.record(z.string(), FieldTrust).optional(),
  private: z.boolean().optional(),
});
export type ResultLabels = z.infer<typeof ResultLabels>;

/** Whether a call has an effect beyond its own answer. */
export const ToolEffect = z.enum(['read', 'write']);
export type ToolEffect = z.infer<typeof ToolEffect>;

/**
 * How strict the decision is. `strict`: identifiers written by others never ground a protected argument; `lax`: they do;
 * `lattice`: no write once untrusted content has come in; `rule_of_two`: of untrusted content, private data and a write,
 * any two and never all three.
 */
export const FlowMode = z.enum(['strict', 'lax', 'lattice', 'rule_of_two']);
export type FlowMode = z.infer<typeof FlowMode>;

/** What is known of one argument of a proposed call. */
export const ArgumentOrigin = z.object({
  origin: Origin,
  /** Absent for a read. */
  kind: ParameterKind.optional(),
  /** It must have a source that is trusted, and has one. Absent where it needs none. */
  grounded: z.boolean().optional(),
  /** Where its value was found, such as `prompt` or `result 3 of search_files /0/id_`. Never the value itself. */
  source: z.string().optional(),
});
export type ArgumentOrigin = z.infer<typeof ArgumentOrigin>;

/** What speaks against a proposed call. Policies rule on them. */
export const FlowConcern = z.enum([
  'target_ungrounded',
  'target_identifier',
  'id_ungrounded',
  'id_unselected',
  'entity_ungrounded',
  'unauthorised',
  'contradicted',
  'foreign_address',
  'secret_leaves',
  'unlabelled',
  'malformed',
]);
export type FlowConcern = z.infer<typeof FlowConcern>;

/** What was ruled on one proposed tool call, and on what. */
export const ToolRuling = z.object({
  /** Name of the tool as the model called it. */
  tool: z.string(),
  /** The tool server, where it is known. */
  server: z.string().optional(),
  /** What is called, whichever wire the call came by: `server/tool`, or the bare name. */
  capability: z.string().optional(),
  /** SHA-256 of its approved definition, where it is known. */
  definition: z.string().optional(),
  /** Id of the call on the wire. */
  call: z.string().optional(),
  effect: ToolEffect,
  mode: FlowMode,
  /** Untrusted content was in the conversation before the call was proposed. */
  untrusted: z.boolean(),
  /** Private data was. */
  private: z.boolean(),
  /** An earlier call of the conversation was held or blocked, and nobody has approved it. */
  refused: z.boolean().optional(),
  action: Action,
  policies: z.array(PolicyRef),
  concerns: z.array(FlowConcern),
  /** A sentence for each concern, naming the argument; never its value. */
  reasons: z.array(z.string()),
  /** By name of the argument; elements of lists and fields of objects by their JSON Pointer below it. */
  arguments: z.record(z.string(), ArgumentOrigin),
  /** Keyed digest of tool and arguments: an approval holds for exactly this. */
  digest: z.string().optional(),
  /** It was ruled on by what the model's wire saw. */
  proposed: z.boolean().optional(),
  /** The grant that let it through. */
  grant: z.string().optional(),
});
export type ToolRuling = z.infer<typeof ToolRuling>;
