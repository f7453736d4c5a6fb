// The form in which values are compared: case, spacing and composition aside, a value is equal or it is another one. Look-alike
// letters and invisible characters are not taken out: what differs in them is somewhere else.

/** Longest value that is compared as a whole. */
const MOST = 4096;

/** Lower case, composed, one blank for any run of blanks, none at the ends. */
export function normalise(text: string): string {
  const cut = text.length > MOST ? text.slice(0, MOST) : text;
  return cut.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** The same for a long text, to be searched in. */
export function normaliseText(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ');
}

/** Letters, digits and marks: what a word is made of. */
const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** Whether a character (or the end of a text) bounds a word. */
export function isBound(character: string | undefined): boolean {
  return character === undefined || !WORD.test(character);
}

/** A number as people write it: `1,200.50`, `12.00`, `$30`; undefined for what is none. */
export function toNumber(text: string): number | undefined {
  const plain = text.trim().replace(/^[$€£¥]\s?|\s?[$€£¥]$/gu, '');
  if (!/^[+-]?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,10})?$/.test(plain)) return undefined;
  return Number(plain.replaceAll(',', ''));
}

/** Words of a text, in order. */
export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
}

/** A quotation, in one of its signs; what is quoted is in one of its groups. */
export const QUOTED =
  /(?<![\p{L}\p{N}])(?:'([^'\n]{1,200})'|"([^"\n]{1,200})"|“([^”\n]{1,200})”|‘([^’\n]{1,200})’|`([^`\n]{1,200})`)(?![\p{L}\p{N}])/gu;

/** Words that say nothing of what is meant. */
const STOP = new Set(
  (
    'a an and all also any are as at be but by can could did do does each every everyone everything for from get give go had ' +
    'has have he her him his how i if in into is it its just last let like make me more most my need new next no not of off ' +
    'on one only or our out over please send she should so some than that the their them then there these they this those to ' +
    'today too two up us use want was we what when where which who will with would you your'
  ).split(' '),
);

export function isStopWord(word: string): boolean {
  return STOP.has(word);
}
