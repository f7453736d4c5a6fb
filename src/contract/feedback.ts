// Feedback: a person's word on a prompt-attack finding, or on an attack that was missed, as a labelled example. Its text
// is kept apart, encrypted, and only where evidence capture had it.
import { z } from 'zod';
import { Direction } from './exchange.ts';
import type { Finding, FindingClass } from './finding.ts';
import { Channel } from './segment.ts';

/** Classes of findings that say of a text that it attacks a model, or whoever reads its answer. */
export const ATTACK_CLASSES: readonly FindingClass[] = [
  'injection',
  'jailbreak',
  'harmful',
  'obfuscation',
  'exfiltration',
  'prompt_leak',
  'extraction',
];

/** Whether a finding is of those that feedback is given on: the attack detector's, by a rule or by its classifier, and what the second stage alone saw. */
export function isAttackFinding({ detector, class: kind }: Pick<Finding, 'detector' | 'class'>): boolean {
  return (detector === 'attack' || detector === 'second') && ATTACK_CLASSES.includes(kind);
}

/** `right`: an attack, and found; `wrong`: found, and none; `missed`: an attack that was not found. */
export const FeedbackVerdict = z.enum(['right', 'wrong', 'missed']);
export type FeedbackVerdict = z.infer<typeof FeedbackVerdict>;

export const ExampleLabel = z.enum(['benign', 'attack']);
export type ExampleLabel = z.infer<typeof ExampleLabel>;

export const Feedback = z.object({
  id: z.string(),
  time: z.string(),
  /** Who gave it. */
  actor: z.string(),
  verdict: FeedbackVerdict,
  label: ExampleLabel,
  exchange: z.string(),
  direction: Direction,
  /** JSON Pointer of the text within the body; empty where nobody could tell it. */
  segment: z.string(),
  channel: Channel,
  /** The rule that fired; absent where an attack was missed. */
  rule: z.string().optional(),
  /** Of that rule; of a missed attack the injection score that its text had. */
  score: z.number().min(0).max(1),
  /** Keyed digest of the text; of the whole body where the text itself was not at hand. */
  digest: z.string(),
  digestOf: z.enum(['text', 'body']),
  /** Whether its text was copied beside it. */
  textKept: z.boolean(),
});
export type Feedback = z.infer<typeof Feedback>;

/** A labelled example, for calibration and training. `text` is null where none is kept. */
export const Example = z.object({
  text: z.string().nullable(),
  channel: Channel,
  label: ExampleLabel,
  rule: z.string().nullable(),
  score: z.number(),
  exchange: z.string(),
  time: z.string(),
});
export type Example = z.infer<typeof Example>;
