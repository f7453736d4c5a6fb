// Cuts a text into sentences, well enough to point at one: at full stops, question marks and line ends.

export interface Sentence {
  readonly start: number;
  /** Exclusive; white space at either end is left out. */
  readonly end: number;
}

const WIDE_STOPS = '。！？｡';

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x3000;
}

/** The sentences of a text, in order, at most `most`. A stop amid a number or a word ends none. Linear. */
export function splitSentences(text: string, most = 5000): Sentence[] {
  const found: Sentence[] = [];
  let start = 0;
  const close = (to: number): void => {
    let from = start;
    let end = to;
    while (from < end && isSpace(text.charCodeAt(from))) from++;
    while (end > from && isSpace(text.charCodeAt(end - 1))) end--;
    if (end > from) found.push({ start: from, end });
    start = to;
  };
  for (let i = 0; i < text.length && found.length < most; i++) {
    const char = text[i]!;
    if (char === '\n' || WIDE_STOPS.includes(char)) close(i + 1);
    else if (char === '.' || char === '!' || char === '?') {
      let after = i + 1;
      while (after < text.length && '.!?"\')]*'.includes(text[after]!)) after++;
      if (after >= text.length || isSpace(text.charCodeAt(after))) {
        close(after);
        i = after - 1;
      }
    }
  }
  if (found.length < most) close(text.length);
  return found;
}
