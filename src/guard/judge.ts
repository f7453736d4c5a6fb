// Runs the detectors over one text. A detector answers clean, found, skipped or failed, never silence.
import type { StageReport, TextFinding } from '../contract/index.ts';
import { type DetectContext, type Detector, type TextView, createView } from '../detect/index.ts';

/** A finding of one text, with the detector that made it. */
export type SpanFinding = TextFinding & { readonly detector: string };

export interface Judgement {
  readonly findings: readonly SpanFinding[];
  /** Detectors that could not answer. */
  readonly failures: readonly StageReport[];
}

const NOTHING: Judgement = { findings: [], failures: [] };

/** What may be said of a detector's fault: its kind. A message could quote the text under judgement. */
function faultName(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

/**
 * Judges a text by every detector that applies to its channel. A detector that throws is a failed stage and the
 * others still answer.
 * @param view - the text's view, if the caller has made it already
 */
export function judgeText(
  detectors: readonly Detector[],
  text: string,
  context: DetectContext,
  view?: TextView,
): Judgement {
  if (text.length === 0) return NOTHING;
  let findings: SpanFinding[] | undefined;
  let failures: StageReport[] | undefined;
  for (const detector of detectors) {
    if (!detector.appliesTo(context.channel, context.direction)) continue;
    try {
      view ??= createView(text);
      for (const finding of detector.inspect(view, context)) {
        (findings ??= []).push({ ...finding, detector: detector.id });
      }
    } catch (thrown) {
      (failures ??= []).push({ stage: `detect.${detector.id}`, status: 'failed', detail: faultName(thrown) });
    }
  }
  return findings === undefined && failures === undefined
    ? NOTHING
    : { findings: findings ?? [], failures: failures ?? [] };
}
