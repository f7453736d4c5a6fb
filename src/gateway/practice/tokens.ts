// The practice model's own vocabulary: short runs of letters, of spaces, single other characters.

/** Cuts a text into tokens that concatenate to it. Deterministic, so that usage figures can be checked. */
export function toTokens(text: string): string[] {
  return text.match(/ ?[\p{L}\p{M}]{1,5}|\d{1,3}|\s|[^\p{L}\p{M}\d\s]/gu) ?? [];
}

/** Cuts a text into pieces of `size` code points. */
export function toPieces(text: string, size: number): string[] {
  const points = [...text];
  const pieces: string[] = [];
  for (let i = 0; i < points.length; i += size) pieces.push(points.slice(i, i + size).join(''));
  return pieces;
}
