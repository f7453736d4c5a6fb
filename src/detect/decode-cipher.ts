// ROT13 and text written backwards: undone only where a telling word stands in the text in that form.
import { AhoCorasick } from './aho-corasick.ts';
import type { Decoded } from './decode-piece.ts';

/** Words that attacks can hardly do without, long enough not to turn up by chance in rotated or reversed form. */
const TELLING = (
  'ignore disregard forget previous instruction instructions system prompt reveal password secret pretend ' +
  'unrestricted developer override bypass jailbreak assistant directives guidelines repeat execute following ' +
  'injection admin confidential credentials respond answer explain'
).split(' ');

/** Rotates the 26 letters by 13 places. */
function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const unit = letter.charCodeAt(0);
    return String.fromCharCode((unit & 31) > 13 ? unit - 13 : unit + 13);
  });
}

const reverse = (text: string): string => [...text].reverse().join('');

const finder = new AhoCorasick([...TELLING.map(rot13), ...TELLING.map(reverse)]);

/** Which ciphers a text seems to be written in. One pass. */
export function readCiphers(lower: string): { readonly rot13: boolean; readonly reversed: boolean } {
  const seen = { rot13: false, reversed: false };
  finder.scan(lower, (pattern) => {
    if (pattern < TELLING.length) seen.rot13 = true;
    else seen.reversed = true;
    return !(seen.rot13 && seen.reversed);
  });
  return seen;
}

export function undoRot13(text: string): Decoded {
  return { text: rot13(text), toSource: (start, end) => [start, end] };
}

/** The whole text backwards, unit by unit. */
export function undoReversed(text: string): Decoded {
  let out = '';
  for (let i = text.length - 1; i >= 0; i--) out += text[i]!;
  return { text: out, toSource: (start, end) => [text.length - end, text.length - start] };
}

/** Every word backwards, the words in their order. A span maps to the words it touches. */
export function undoReversedWords(text: string): Decoded {
  const isWord = (index: number): boolean => /[\p{L}\p{N}']/u.test(text[index] ?? ' ');
  return {
    text: text.replace(/[\p{L}\p{N}']+/gu, reverse),
    toSource: (start, end) => {
      let from = start;
      let to = end;
      while (from > 0 && start - from < 64 && isWord(from - 1)) from--;
      while (to < text.length && to - end < 64 && isWord(to)) to++;
      return [from, to];
    },
  };
}
