// What a drill measured: how long a playbook took to contain practice traffic, over each path, and what got through.
import { z } from 'zod';

export const DrillLane = z.object({
  name: z.string(),
  whose: z.enum(['key', 'token', 'quiet', 'bystander']),
  /** What was to become of its calls: refused, held for a person, sent another way, or nothing. */
  meant: z.enum(['stopped', 'held', 'diverted', 'spared']),
  /** Calls that passed before the order was given. */
  before: z.int(),
  /** Calls begun after the containment was reported in force: tried, and passed all the same. */
  tried: z.int(),
  gotThrough: z.int(),
  /** By what those were refused that did not pass: error codes, and how often. */
  refusedBy: z.record(z.string(), z.int()),
  /** From the order to the end of the last call that passed, milliseconds; 0 where none passed any more. */
  containMs: z.number(),
  /** Whether calls passed again once all was lifted. */
  again: z.boolean(),
});

export const DrillReport = z.object({
  playbook: z.string(),
  /** Whether nothing got through that should not have, who was not meant went on, and all came back. */
  ok: z.boolean(),
  /** From the order to the answer that it is in force, milliseconds, evidence and all. */
  orderMs: z.number(),
  containments: z.array(z.object({ what: z.string(), state: z.string(), effectMs: z.number().optional() })),
  lanes: z.array(DrillLane),
  /** What was under way when the order was given. */
  underWay: z.array(
    z.object({
      name: z.string(),
      /** Whether the containment is of a kind that ends what is under way. */
      meant: z.boolean(),
      ended: z.boolean(),
      /** From the order to its last piece, milliseconds. */
      containMs: z.number(),
    }),
  ),
  /** What went wrong, as sentences. */
  problems: z.array(z.string()),
});
export type DrillReport = z.infer<typeof DrillReport>;
