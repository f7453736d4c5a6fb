// Redacted evidence: what a finding may show of the text it was found in.

/** Longest run of mask characters, so that evidence of a long span stays short. */
const MASK_WIDTH = 12;

export interface MaskOptions {
  /** Characters kept at the start; only of spans at least four times as long as all that is kept. */
  readonly keepStart?: number;
  /** Characters kept at the end, under the same condition. */
  readonly keepEnd?: number;
}

/**
 * A stand-in for a text that must not be shown: asterisks and the length in UTF-16 units, with at most the few
 * characters at either end that the caller asks for. Nothing is kept of a text shorter than four times that.
 * @example maskEvidence('4111111111111111', { keepEnd: 4 }) // '************1111 (16)'
 */
export function maskEvidence(text: string, { keepStart = 0, keepEnd = 0 }: MaskOptions = {}): string {
  const kept = keepStart + keepEnd;
  const shown = kept * 4 <= text.length;
  const head = shown ? text.slice(0, keepStart) : '';
  const tail = shown && keepEnd > 0 ? text.slice(-keepEnd) : '';
  const hidden = text.length - head.length - tail.length;
  // Controls and half surrogate pairs must not travel with the evidence.
  const clean = (part: string): string => part.replace(/[^\x20-\x7e]/g, '?');
  return `${clean(head)}${'*'.repeat(Math.min(hidden, MASK_WIDTH))}${clean(tail)} (${text.length})`;
}
