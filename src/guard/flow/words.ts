// A body of text that can ground a value: what the user wrote, or what trusted fields say. Exact: a value is in it as a whole,
// between bounds, or it is not.
import { addressesIn, asAddress } from './addresses.ts';
import { daysIn } from './dates.ts';
import { QUOTED, isBound, isStopWord, normalise, normaliseText, toNumber, wordsOf } from './normal.ts';

const NUMBER = /(?<![\p{L}\p{N}.])[$€£]?\d[\d,]{0,20}(?:\.\d{1,10})?(?![\p{L}\p{N}])/gu;
/** Shorter values are found in any text by accident. */
const SHORT = 4;
/** First letters that tell two words of one stem: dental, dentist. */
const STEM = 4;

/** Whether a text is a template with something in place of each name in braces. The parts are looked for in order: no backtracking. */
function fitsTemplate(text: string, template: string): boolean {
  const parts = template.split(/\{[^{}]{0,60}\}/u);
  if (parts.length === 1) return text === template;
  if (!text.startsWith(parts[0]!) || !text.endsWith(parts.at(-1)!)) return false;
  let at = parts[0]!.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - parts.at(-1)!.length;
}

export class Words {
  readonly #texts: string[] = [];
  readonly #addresses = new Set<string>();
  readonly #numbers = new Set<number>();
  readonly #quoted = new Set<string>();
  readonly #stems = new Set<string>();
  readonly #days = new Set<string>();

  /** @param apart - pieces of it that ground nothing: they came from elsewhere (see `Laundering`) */
  add(text: string, apart?: (piece: string) => boolean): void {
    const normal = normaliseText(text);
    this.#texts.push(normal);
    for (const address of addressesIn(text)) if (apart?.(address) !== true) this.#addresses.add(address);
    for (const [match] of text.matchAll(NUMBER)) {
      const number = toNumber(match.replace(/,$/, ''));
      if (number !== undefined) this.#numbers.add(number);
    }
    for (const [, ...groups] of text.matchAll(QUOTED)) {
      const phrase = groups.find((group) => group !== undefined);
      if (phrase === undefined) continue;
      const address = asAddress(phrase);
      if (address === undefined || apart?.(address) !== true) this.#quoted.add(normalise(phrase));
    }
    for (const word of wordsOf(normal)) if (word.length >= 3 && !isStopWord(word)) this.#stems.add(word.slice(0, STEM));
    for (const day of daysIn(text)) this.#days.add(day);
  }

  get numbers(): ReadonlySet<number> {
    return this.#numbers;
  }

  get days(): ReadonlySet<string> {
    return this.#days;
  }

  get addresses(): ReadonlySet<string> {
    return this.#addresses;
  }

  get texts(): readonly string[] {
    return this.#texts;
  }

  /** Whether a value stands in it as a whole: an address among its addresses, a number among its numbers, words in a row. */
  has(value: string | number): boolean {
    if (typeof value === 'number') return this.#numbers.has(value);
    // An account or a code is no amount, whatever number it reads as.
    const number = /^0\d|\d{8}/.test(value) ? undefined : toNumber(value);
    if (number !== undefined && this.#numbers.has(number)) return true;
    const address = asAddress(value);
    if (address !== undefined) return this.#addresses.has(address);
    const normal = normalise(value);
    if (normal === '') return false;
    if (this.#quoted.has(normal)) return true;
    // One word that any sentence has is no one's name.
    if (isStopWord(normal)) return false;
    return this.#includes(normal);
  }

  /** As `has`, for ids: a short one must be quoted, or be called an id. */
  hasId(value: string | number): boolean {
    const normal = normalise(String(value));
    if (this.#quoted.has(normal)) return true;
    if (normal.length >= SHORT && !/^\d{4}$/.test(normal)) {
      // As it is written: 00030 is not 30.
      return /\d/.test(normal) && toNumber(normal) !== undefined ? this.#includes(normal) : this.has(value);
    }
    return this.#texts.some((text) =>
      [
        ...text.matchAll(
          /(?<![\p{L}\p{N}])(?:id|no|nr|number|nummer|numéro|#)\.?\s{0,2}[:#=]?\s{0,2}["']?([\p{L}\p{N}_-]{1,8})/gu,
        ),
      ].some(([, named]) => named === normal),
    );
  }

  /** Whether the value is one that the text sets apart: between quotes, or an address. */
  quotes(value: string): boolean {
    const normal = normalise(value);
    if (normal.length < 2) return false;
    const address = asAddress(value);
    return (
      this.#quoted.has(normal) || (address !== undefined && this.#addresses.has(address)) || this.#namesFile(normal)
    );
  }

  /** Whether the value is one that the text sets apart, `{names}` in braces standing for anything. */
  fitsQuoted(value: string): boolean {
    const normal = normalise(value);
    return [...this.#quoted].some((quoted) => fitsTemplate(normal, quoted));
  }

  /** Whether any word of a value that says something has its stem here. */
  sharesWord(value: string): boolean {
    return wordsOf(normaliseText(value)).some(
      (word) => word.length >= 3 && !isStopWord(word) && this.#stems.has(word.slice(0, STEM)),
    );
  }

  #namesFile(normal: string): boolean {
    return /^[^\s/]{1,200}\.[a-z0-9]{2,5}$/.test(normal) && this.#includes(normal);
  }

  #includes(normal: string): boolean {
    // A word of it that is nowhere: no text need be searched.
    for (const word of wordsOf(normal)) {
      if (word.length >= 3 && !isStopWord(word) && !this.#stems.has(word.slice(0, STEM))) return false;
    }
    for (const text of this.#texts) {
      for (let at = text.indexOf(normal); at >= 0; at = text.indexOf(normal, at + 1)) {
        if (this.#isWhole(text, at, at + normal.length)) return true;
      }
    }
    return false;
  }

  /** Whether what stands there is not part of a longer word, name of a file, address or number. */
  #isWhole(text: string, start: number, end: number): boolean {
    const before = text[start - 1];
    const after = text[end];
    if (!isBound(before) || !isBound(after)) return false;
    if (before !== undefined && /[@.\-+/\\]/.test(before) && !isBound(text[start - 2])) return false;
    return after === undefined || !/[@.\-+/\\]/.test(after) || isBound(text[end + 1]);
  }
}
