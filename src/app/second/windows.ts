// A text of any length for a model that reads so many tokens: by windows that overlap, the loudest of which counts.

/** Windows of one text at most: its tokens beyond are not judged, so neither is the text. */
export const WINDOWS_MOST = 128;
/** The share of a window that the next one reads again, so that no phrase is only ever seen cut. */
const OVERLAP = 0.25;

/**
 * Tokens as windows of at most `size`, of which the last ends where the text ends.
 * @returns undefined where there would be more than `WINDOWS_MOST`
 */
export function splitWindows(ids: readonly number[], size: number): (readonly number[])[] | undefined {
  const step = Math.max(1, size - Math.floor(size * OVERLAP));
  const count = 1 + Math.ceil(Math.max(0, ids.length - size) / step);
  if (count > WINDOWS_MOST) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.max(0, Math.min(i * step, ids.length - size));
    return ids.slice(from, from + size);
  });
}

/**
 * What a tokenizer puts before and behind a text (`[CLS]`, `[SEP]`), told from one text with and without it.
 * @returns undefined where the one does not hold the other
 */
export function specialsOf(
  bare: readonly number[],
  full: readonly number[],
): { readonly before: readonly number[]; readonly behind: readonly number[] } | undefined {
  for (let at = 0; at + bare.length <= full.length; at++) {
    if (bare.every((id, i) => full[at + i] === id)) {
      return { before: full.slice(0, at), behind: full.slice(at + bare.length) };
    }
  }
  return undefined;
}

/**
 * How likely a window is an attack, 0..1: the share of the attack labels in the softmax over all. A model of a single
 * output says it by that (a sigmoid).
 */
export function attackShare(logits: readonly number[], attacks: readonly number[]): number {
  if (logits.length === 1) return 1 / (1 + Math.exp(-logits[0]!));
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - most));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return attacks.reduce((sum, label) => sum + weights[label]!, 0) / all;
}
