// Legal clocks of an incident, and the questions that start them.
import { z } from 'zod';

export const LegalQuestion = z.object({
  id: z.string(),
  kind: z.enum(['time', 'yes-no']),
  text: z.string(),
  answer: z.union([z.string(), z.boolean()]).optional(),
  /** Whether the answer is of the kind that is asked for: yes or no, or an ISO 8601 time with its zone. */
  understood: z.boolean().optional(),
});
export type LegalQuestion = z.infer<typeof LegalQuestion>;

export const LegalClock = z.object({
  id: z.string(),
  /** What the draft of its notice is called. */
  regime: z.string(),
  law: z.string(),
  notice: z.string(),
  to: z.string(),
  /** `unanswered`: facts are missing. `not_needed`: an answer says so. */
  state: z.enum(['unanswered', 'not_needed', 'running', 'overdue', 'done', 'done_late']),
  /** Questions still to be answered. */
  missing: z.array(z.string()),
  /** The fact that it starts from, the one that ends it, and how long it runs (ISO 8601, or `at once`). */
  from: z.string(),
  endsBy: z.string(),
  limit: z.string(),
  /** The fact by which it does not apply. */
  because: z.string().optional(),
  /** ISO 8601 times. */
  started: z.string().optional(),
  deadline: z.string().optional(),
  done: z.string().optional(),
  /** Milliseconds; below nought where it is over. */
  leftMs: z.number().optional(),
  note: z.string().optional(),
});
export type LegalClock = z.infer<typeof LegalClock>;
