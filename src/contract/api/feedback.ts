// Feedback on what was found, and the labelled examples that it makes.
import { z } from 'zod';
import { Direction } from '../exchange.ts';
import { Example, Feedback, FeedbackVerdict } from '../feedback.ts';
import { Channel } from '../segment.ts';
import { defineEndpoint } from './endpoint.ts';

/** Ids sort by time: a page goes on before the last of the one before. */
const page = { limit: z.coerce.number().int().min(1).max(1000).optional(), before: z.string().max(100).optional() };

export const feedbackApi = {
  giveFeedback: defineEndpoint({
    method: 'POST',
    path: '/exchanges/:id/feedback',
    needs: 'feedback.give',
    summary:
      'Say of a prompt-attack finding that it is `right` or `wrong`, or that an attack was `missed`. Takes the place of an earlier word on the same.',
    input: z.strictObject({
      id: z.string(),
      verdict: FeedbackVerdict,
      direction: Direction.optional(),
      /** Of the finding, with its segment; for a missed attack the segment alone, or else the channel. */
      rule: z.string().max(200).optional(),
      segment: z.string().max(2000).optional(),
      /** Of a missed attack: the last text that came by it (default: `user`). */
      channel: Channel.optional(),
    }),
    answer: Feedback,
  }),
  listFeedback: defineEndpoint({
    method: 'GET',
    path: '/feedback',
    needs: 'traffic.read',
    summary: 'Feedback, newest first, without the texts.',
    input: z.strictObject({ verdict: FeedbackVerdict.optional(), exchange: z.string().optional(), ...page }),
    answer: z.object({ feedback: z.array(Feedback), next: z.string().optional() }),
  }),
  withdrawFeedback: defineEndpoint({
    method: 'DELETE',
    path: '/feedback/:id',
    needs: 'feedback.give',
    summary:
      'Take a word back; its text, where one was kept, is erased. That it was given and withdrawn stays on record.',
    input: z.strictObject({ id: z.string() }),
    answer: Feedback,
  }),
  exportFeedback: defineEndpoint({
    method: 'POST',
    path: '/feedback/export',
    needs: 'evidence.read',
    summary: 'Labelled examples with their texts, newest first. That they were read is a record.',
    input: z.strictObject({
      /** Those of which no text is kept as well. */
      all: z.boolean().optional(),
      ...page,
    }),
    answer: z.object({
      rows: z.array(Example),
      /** Of this page, how many have no text. */
      withoutText: z.int(),
      next: z.string().optional(),
    }),
  }),
};
