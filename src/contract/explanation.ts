// An explanation: which words, concepts and rules moved the score of a stretch of text. It may quote the text, so that it
// is told on demand, where the text itself is at hand, and never recorded.
import { z } from 'zod';
import { Direction } from './exchange.ts';
import { Channel } from './segment.ts';

const Place = z.object({ start: z.int().nonnegative(), end: z.int().nonnegative() });

export const Reason = z.object({
  /** A word of the text; a concept, or several that stand together (`override+instruction`); a rule by its id. */
  kind: z.enum(['word', 'concept', 'rule']),
  what: z.string(),
  /** What it adds to the score (below 0: takes from it): to the log odds by a classifier, to the score by a rule. */
  weight: z.number(),
  /** Of a word: where it stands in the original text. None where it was decoded from something. */
  places: z.array(Place).readonly().optional(),
});
export type Reason = z.infer<typeof Reason>;

export const Explanation = z.object({
  /** Span in the original text, in UTF-16 code units, end exclusive. */
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
  /** What the rule's finding says, or would have said: 0..1. */
  score: z.number().min(0).max(1),
  rule: z.string(),
  /** The heaviest first. */
  reasons: z.array(Reason).readonly(),
});
export type Explanation = z.infer<typeof Explanation>;

/** Of one text of an exchange. */
export const SegmentExplanation = Explanation.extend({
  direction: Direction,
  /** JSON Pointer within the body. */
  segment: z.string(),
  channel: Channel,
});
export type SegmentExplanation = z.infer<typeof SegmentExplanation>;
