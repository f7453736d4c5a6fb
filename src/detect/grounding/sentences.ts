// Cuts a text into sentences, well enough to point at one: at full stops, question marks and line ends.

export interface Sentence {
  readonly start: number;
  /** Exclusive; white space at either end is left out. */
  readonly end: number;
}

const LINE = 10;
const DOT = 46;
const EXCLAMATION = 33;
const QUESTION = 63;

/** Full stops that no space follows. */
function isWideStop(code: number): boolean {
  return code === 0x3002 || code === 0xff01 || code === 0xff1f || code === 0xff61;
}

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
    const code = text.charCodeAt(i);
    if (code === LINE || (code > 0x3000 && isWideStop(code))) close(i + 1);
    else if (code === DOT || code === EXCLAMATION || code === QUESTION) {
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
