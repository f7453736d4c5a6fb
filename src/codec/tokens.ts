// A token count good enough to hold a budget against before the upstream has said what it counted.

/**
 * Estimates the tokens of a text as its UTF-8 bytes / 4, rounded up: the usual rule of thumb for English under BPE
 * vocabularies, and near enough for scripts without spaces (a CJK character is three bytes, so 0.75 token). For
 * budgets, not for bills: those use the upstream's own figures.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(utf8Length(text) / 4);
}

function utf8Length(text: string): number {
  // The engine searches faster than a loop counts, and most texts are plain.
  const first = text.search(/[^\x00-\x7f]/);
  if (first === -1) return text.length;
  let bytes = first;
  for (let i = first; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate counts two, so that a pair makes the four bytes of its character.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}
