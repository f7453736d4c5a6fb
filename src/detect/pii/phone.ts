// Telephone numbers: international ones proved by their country's plan, others by a word that says telephone.
import { contextBefore, digitsOf, endOf, isAlphanumeric, isDigit, type PiiKind, type PiiText } from './kind.ts';
import { isInternationalNumber, isNorthAmericanNumber } from './phone-plan.ts';

const INTERNATIONAL = /\+?\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){1,7}(?!\d)/y;
const NATIONAL =
  /\+?\(?\d{1,5}\)?(?:[ ./-]{0,2}\(?\d{2,8}\)?){0,5}(?: ?(?:x|ext\.?) ?\d{1,5})?(?![\dA-Za-z]|[./:-]\d)/y;
const NANP =
  /(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([-.]))[2-9]\d{2}(?:\1|-)\d{4}(?: ?(?:x|ext\.?) ?\d{1,5})?(?![\dA-Za-z]|[.-]\d)/y;
const WORDS =
  /\b(?:phone|telephone|tel|tlf|mobile|cell|cellphone|call|calls|calling|called|ring|text me|sms|whatsapp|fax|hotline|dial|reach (?:me|us|him|her|them)|answering at|telefon|handy|t[eé]l[eé]phone|portable|tel[eé]fono|m[oó]vil|celular|telefono|cellulare|telefone|puhelin|telefoon)\b|电话|手机|電話/;
/** A number in brackets, from its first digit on. */
const NANP_INNER = /[2-9]\d{2}\) ?[2-9]\d{2}-?\d{4}(?: ?(?:x|ext\.?) ?\d{1,5})?(?![\dA-Za-z]|[.-]\d)/y;
/** What any of those words has. */
const WORD = /[a-z\u0080-\uffff]/;
// Address books put the word behind the number.
const AFTER = /^(?: |-| - | ?\()(?:office|fax|mobile|cell|home|work)\b/;
const BEFORE_WORD = new RegExp(`${NATIONAL.source}${AFTER.source.slice(1)}`);
const OTHER =
  /\b(?:order|invoice|account|ticket|case|ref|reference|id|version|zip|postal|postcode|code|pin|isbn|serial)\b[^a-z]{0,6}$/;

/** Where a number that starts at the digit `at` really starts: at its plus sign or bracket, or its 00 prefix. */
export function startOf(text: string, at: number): number {
  const before = text[at - 1];
  if (before === '(') return text[at - 2] === '+' ? at - 2 : at - 1;
  return before === '+' ? at - 1 : at;
}

/** Digits joined on the left by a separator: the candidate is the middle of a number. */
function isContinued(text: string, start: number): boolean {
  if (start === 0) return false;
  const before = text.charCodeAt(start - 1);
  // Space . )
  if (before === 32 || before === 46 || before === 41) return isDigit(text.charCodeAt(start - 2));
  return isAlphanumeric(before) || JOINED.has(before);
}
const JOINED: ReadonlySet<number> = new Set([...'_/=#$€£+-'].map((sign) => sign.charCodeAt(0)));

/** Longest number with its signs, more than `NATIONAL` takes. */
const NUMBER_MOST = 90;

/** Whether a letter stands behind the digits and signs at `at`; also where those go on too long to tell. */
function isLetterBehind(text: string, at: number): boolean {
  for (let place = at; place < at + NUMBER_MOST; place++) {
    const code = text.charCodeAt(place);
    // Digits, space and ( ) - . /
    if (isDigit(code) || code === 32 || code === 40 || code === 41 || (code >= 45 && code <= 47)) continue;
    return isAlphanumeric(code);
  }
  return true;
}

/** Whether the words before `start` say that a telephone number follows. */
function isNamed(text: PiiText, start: number): boolean {
  const context = contextBefore(text, start);
  return WORDS.test(context) && !OTHER.test(context);
}

function international(text: PiiText, start: number): number {
  const end = endOf(INTERNATIONAL, text.folded, start);
  if (end < 0) return -1;
  const digits = digitsOf(text.folded.slice(start, end));
  if (digits.length < 8 || digits.length > 15) return -1;
  return isInternationalNumber(digits) ? end : -1;
}

export const phone: PiiKind = {
  rule: 'pii.phone',
  severity: 'low',
  anchors: ['digit'],
  digits: 7,
  shapes: [INTERNATIONAL, NATIONAL, NANP, NANP_INNER, BEFORE_WORD],
  match(text, at) {
    const start = startOf(text.folded, at);
    if (text.folded[start] === '+') {
      const end = international(text, start);
      if (end >= 0) return { start, end, score: 0.95, severity: 'medium' };
    }
    if (isContinued(text.folded, start)) return undefined;
    const bracket = text.folded[start] === '(';
    const nanp = endOf(NANP, text.folded, start);
    if (nanp >= 0) {
      const named = isNamed(text, start);
      // What stands behind an extension's sign is not of the number.
      const number = digitsOf(text.folded.slice(start, nanp).split(/ ?[ex]/i)[0]!);
      if (named || isNorthAmericanNumber(number)) return { start, end: nanp, score: named ? 0.9 : 0.7 };
    }
    // Only a word says what any other number is; in tables of numbers there is none to look for.
    if (!isLetterBehind(text.folded, at) && !WORD.test(contextBefore(text, start))) return undefined;
    const end = endOf(NATIONAL, text.folded, start);
    if (end < 0) return undefined;
    const digits = digitsOf(text.folded.slice(start, end).split(/x|ext/)[0]!);
    if (digits.length < 7 || digits.length > 15) return undefined;
    if (!AFTER.test(text.lower.slice(end, end + 12)) && !isNamed(text, start)) return undefined;
    // A date or an amount near the word "call" is no number to call.
    if (/^(?:19|20)\d{2}-\d{2}-\d{2}|^\d{1,2}\/\d{1,2}\/\d{2,4}$/.test(text.folded.slice(start, end))) return undefined;
    return { start, end, score: bracket || text.folded[start] === '0' ? 0.75 : 0.6 };
  },
};
