// The places of a text where personal data may be, found in one pass.
import { isAlphanumeric, isDigit, type Anchor } from './kind.ts';

/** Longest token, before its first digit, that is worth a look. */
const TOKEN_MOST = 20;
/** Longest stretch in which the digits of one number are counted. */
const SPREAD_MOST = 48;

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

/** Whether a token of two letters and one space stand before `start`. */
function isSetApart(text: string, start: number): boolean {
  if (start < 3 || text.charCodeAt(start - 1) !== 32) return false;
  if (!isLetter(text.charCodeAt(start - 2)) || !isLetter(text.charCodeAt(start - 3))) return false;
  return start === 3 || !isAlphanumeric(text.charCodeAt(start - 4));
}

/** Calls `visit` for every place at or after `from` where a kind may be: see `Anchor`. */
export function anchorsOf(text: string, from: number, visit: (anchor: Anchor, at: number) => void): void {
  const gate = /[0-9@:]/g;
  gate.lastIndex = from;
  let last = -1;
  for (let hit = gate.exec(text); hit !== null; hit = gate.exec(text)) {
    const at = hit.index;
    const code = text.charCodeAt(at);
    if (code === 64) visit('at', at);
    else if (code === 58) visit('colon', at);
    if (!isDigit(code)) continue;
    // Back to where the token begins, at most as far as a token with a number in it is worth.
    let start = at;
    while (start > 0 && at - start < TOKEN_MOST && isAlphanumeric(text.charCodeAt(start - 1))) start--;
    if (start !== last && (start === 0 || !isAlphanumeric(text.charCodeAt(start - 1)))) {
      last = start;
      visit(isDigit(text.charCodeAt(start)) ? 'digit' : 'letter', start);
      // "AB 12 34 56 C": two letters set apart belong to the number as well.
      if (isSetApart(text, start)) visit('letter', start - 3);
    }
    // On behind the digits, so that a long number costs once.
    let next = at + 1;
    while (isDigit(text.charCodeAt(next))) next++;
    gate.lastIndex = next;
  }
}

/** Digits from `at` on that can be of one number: between them stand single letters and the signs of numbers. */
export function digitsAhead(text: string, at: number): number {
  let count = 0;
  let gap = 0;
  for (let place = at; place < at + SPREAD_MOST; place++) {
    const code = text.charCodeAt(place);
    if (isDigit(code)) {
      count++;
      gap = 0;
      continue;
    }
    // Space, ( ) + - . / and letters; a wider gap than any number has ends it.
    const isSign = code === 32 || (code >= 40 && code <= 47 && code !== 42 && code !== 44);
    if (!isSign && !isAlphanumeric(code)) break;
    if (++gap > 4) break;
  }
  return count;
}
