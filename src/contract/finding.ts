// A finding: what a detector, scanner or probe saw, where exactly, and how bad it is.
import { z } from 'zod';
import { SecondOpinion } from './second.ts';
import { Channel } from './segment.ts';

export const Severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof Severity>;

/** Whether a severity is at least as bad as another. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return Severity.options.indexOf(severity) >= Severity.options.indexOf(least);
}

/** What kind of thing was found. Policies rule on classes; rules and detectors refine them. */
export const FindingClass = z.enum([
  'injection',
  'jailbreak',
  'harmful',
  /** A text that wants the system prompt, hidden instructions or a secret that the model keeps. */
  'extraction',
  'prompt_leak',
  'pii',
  'secret',
  'exfiltration',
  'active_content',
  'obfuscation',
  'schema',
  /** An answer that the documents of the request do not bear out. */
  'ungrounded',
  /** An answer that declines. */
  'refusal',
  /** An answer that is an error message, empty, cut off or looping. */
  'model_error',
  /** What many exchanges of one principal show and no single message does. */
  'misuse',
]);
export type FindingClass = z.infer<typeof FindingClass>;

/** What a detector returns: a finding without the segment it lies in, which the guard adds. */
export const TextFinding = z.object({
  /** Stable id of the rule that fired, `class.name`: `pii.card`, `injection.override`. */
  rule: z.string(),
  class: FindingClass,
  severity: Severity,
  /** How sure, 0..1. */
  score: z.number().min(0).max(1),
  /** Span in the *original* text, in UTF-16 code units, end exclusive. */
  start: z.int().nonnegative(),
  end: z.int().nonnegative(),
  /** What was seen, redacted: never the secret, the number or the sentence itself. */
  evidence: z.string(),
  /** Technique ids: MITRE ATLAS (`AML.T0051.000`), OWASP LLM (`LLM01:2025`). */
  techniques: z.array(z.string()),
});
export type TextFinding = z.infer<typeof TextFinding>;

export const Finding = TextFinding.extend({
  /** Id of the detector that saw it. */
  detector: z.string(),
  /** JSON Pointer of the segment within the body. */
  segment: z.string(),
  channel: Channel,
  /** Where a second opinion moved the score. */
  opinion: SecondOpinion.optional(),
});
export type Finding = z.infer<typeof Finding>;
