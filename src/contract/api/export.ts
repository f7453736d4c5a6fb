// Sinks: how far each is, whether its receiver is there, and what it would not take.
import { z } from 'zod';
import { DeadLetter, SinkView } from '../export.ts';
import { defineEndpoint } from './endpoint.ts';

export const exportApi = {
  listSinks: defineEndpoint({
    method: 'GET',
    path: '/export/sinks',
    needs: 'traffic.read',
    summary: 'Every sink: its place in the ledger, its lag, its last error.',
    input: z.strictObject({}),
    answer: z.object({ sinks: z.array(SinkView) }),
  }),
  testSink: defineEndpoint({
    method: 'POST',
    path: '/export/sinks/:name/test',
    needs: 'system.manage',
    summary: 'Send an event that says it is a test, once, and tell what came of it.',
    input: z.strictObject({ name: z.string() }),
    answer: z.object({
      accepted: z.boolean(),
      /** Id of the event that was sent. */
      id: z.string(),
      /** What the receiver said, where it did not accept it. */
      reason: z.string().optional(),
      durationMs: z.number(),
    }),
  }),
  listDeadLetters: defineEndpoint({
    method: 'GET',
    path: '/export/sinks/:name/dead',
    needs: 'traffic.read',
    summary: 'Events that the receiver would not take, oldest first.',
    input: z.strictObject({
      name: z.string(),
      limit: z.coerce.number().int().min(1).max(1000).optional(),
      /** Only those behind this record. */
      after: z.coerce.number().int().nonnegative().optional(),
    }),
    answer: z.object({ total: z.int(), letters: z.array(DeadLetter) }),
  }),
  replaySink: defineEndpoint({
    method: 'POST',
    path: '/export/sinks/:name/replay',
    needs: 'system.manage',
    summary: 'Send what the receiver would not take once more; what it takes now is dead no longer.',
    input: z.strictObject({
      name: z.string(),
      /** Only these records (default: the oldest 1000). */
      seqs: z.array(z.int().nonnegative()).min(1).max(1000).optional(),
    }),
    answer: z.object({
      delivered: z.int(),
      refused: z.int(),
      /** Their records were pruned from the ledger. */
      gone: z.int(),
      /** Dead letters there are now. */
      left: z.int(),
    }),
  }),
};
