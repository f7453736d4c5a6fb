// A token count good enough to hold a budget against before the upstream has said what it counted.

/**
 * Estimates the tokens of a text as the greater of its UTF-8 bytes / 4 and its words x 1.3, rounded up: the usual
 * rules of thumb for English under BPE vocabularies. Bytes carry scripts without spaces (a CJK character is
 * three bytes, so 0.75 token). For budgets, not for bills: those use the upstream's own figures.
 */
export function estimateTokens(text: string): number {
  let bytes = 0;
  let words = 0;
  let inWord = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate counts two, so that a pair makes the four bytes of its character.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
    const isSpace = unit <= 32;
    if (!isSpace && !inWord) words++;
    inWord = !isSpace;
  }
  return Math.ceil(Math.max(bytes / 4, words * 1.3));
}
