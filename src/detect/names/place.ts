// Places: cities, regions and countries that are known, and what is said to be where someone lives.
import { BEFORE_LIVES, BEFORE_PLACES, wordBefore } from './context.ts';
import {
  BEGINS_MORE,
  FACILITY,
  GIVEN,
  GIVEN_OR_WORD,
  ORDINARY_WORD,
  PLACE,
  PLACE_OR_WORD,
  phrasesOf,
  SURNAME,
  SURNAME_OR_WORD,
} from './lexicon.ts';
import type { NameMatch } from './match.ts';
import { STATE_CODES } from './place-words.ts';
import { type Reader, type Word, isLetter, isUpper } from './reader.ts';

const RULE = 'pii.place';

const NAMES = GIVEN | GIVEN_OR_WORD | SURNAME | SURNAME_OR_WORD;

/** Words behind which nothing but a place is likely. */
const LIVES =
  /(?:^|[^a-z])(?:liv(?:e|es|ed|ing) in|born in|(?:mov(?:e|ed|ing)|relocat(?:e|ed|ing)) (?:here |back |away )?(?:to|from)|based in|resid(?:e|es|ed|ing) in|resident of|native of|grew up in|(?:i am|i'm|we are|we're|(?:he|she)(?: is|'s)|they are|they're|come|comes|came) from|i'm in|i am in|(?:city|town|country|birthplace|place of birth|location|hometown) ?(?::|is)) {1,4}$/;
const has = (word: Word, flags: number): boolean => (word.flags & flags) !== 0;
const found = (start: number, end: number, score: number): NameMatch => ({
  rule: RULE,
  severity: 'info',
  start,
  end,
  score,
});

/** The end and flags of the longest name of several words that starts here; the word's own where none does. */
function longestFrom(reader: Reader, first: Word): { end: number; flags: number } {
  if (!has(first, BEGINS_MORE)) return first;
  for (const [rest, flags] of phrasesOf(reader.lower.slice(first.start, first.end))) {
    const end = first.end + rest.length;
    if (end > reader.length) {
      // It may come yet.
      if (rest.startsWith(reader.lower.slice(first.end, reader.length))) reader.atEnd = true;
      continue;
    }
    if (reader.lower.startsWith(rest, first.end) && !isLetter(reader.code(end))) return { end, flags };
  }
  return { end: first.end, flags: first.flags };
}

/** Where ", TX" or ", France" ends behind a place; -1 where neither is. */
function endOfState(reader: Reader, end: number): number {
  if (reader.code(end) !== 44 || reader.code(end + 1) !== 32) return -1;
  const word = reader.wordAt(end + 2);
  if (word === undefined) return -1;
  if (word.written === 'upper') return STATE_CODES.has(reader.text.slice(word.start, word.end)) ? word.end : -1;
  if (word.written !== 'title') return -1;
  const whole = longestFrom(reader, word);
  return (whole.flags & PLACE) !== 0 ? whole.end : -1;
}

/** One to three capitalised words that nothing says are something else. */
function unknownFrom(reader: Reader, first: Word): number {
  let end = -1;
  let word: Word | undefined = first;
  for (let i = 0; i < 3 && word?.written === 'title' && word.end - word.start > 2; i++) {
    if (has(word, ORDINARY_WORD | FACILITY)) break;
    end = word.end;
    word = reader.nextWord(end);
  }
  return end;
}

/** Whether a state or a country is given behind a name, which then is of a town: "Eugene, Oregon". */
export const isInState = (reader: Reader, end: number): boolean => endOfState(reader, end) >= 0;

/** A place whose name is of several words, some of which are names of people: Costa Rica, San Francisco. */
export function longPlaceAt(reader: Reader, first: Word): NameMatch | undefined {
  if (!has(first, BEGINS_MORE)) return undefined;
  const { end, flags } = longestFrom(reader, first);
  return end > first.end && (flags & PLACE) !== 0 ? placeAt(reader, first) : undefined;
}

/** The name of a place that starts with the capitalised word `first`. */
export function placeAt(reader: Reader, first: Word): NameMatch | undefined {
  if (first.written === 'other' || first.end - first.start < 3) return undefined;
  const { end, flags } = longestFrom(reader, first);
  const state = endOfState(reader, end);
  if (flags !== 0 && (flags & (PLACE | PLACE_OR_WORD)) !== 0) {
    if (state >= 0) return found(first.start, state, 0.35);
    // "Paris Hilton", "Boston Consulting", "London Bridge".
    const next = reader.nextWord(end);
    if (next?.written === 'title' && has(next, FACILITY)) return undefined;
    const isGiven = has(first, GIVEN | GIVEN_OR_WORD) && end === first.end;
    if (isGiven && next?.written === 'title' && has(next, NAMES)) return undefined;
    if ((flags & PLACE) !== 0) return found(first.start, end, 0.3);
    if (first.written === 'title' && BEFORE_PLACES.has(wordBefore(reader, first.start)) && next?.written !== 'title')
      return found(first.start, end, 0.25);
  }
  if (first.written !== 'title' || has(first, ORDINARY_WORD)) return undefined;
  const before = wordBefore(reader, first.start);
  // A town by its state: "in Ridgemont, Ohio", "Ridgemont, OH".
  if (state >= 0 && (BEFORE_PLACES.has(before) || isUpper(reader.text.charCodeAt(state - 1))))
    return found(first.start, state, 0.35);
  if (BEFORE_LIVES.has(before) && !has(first, GIVEN | SURNAME) && LIVES.test(reader.before(first.start))) {
    const unknown = unknownFrom(reader, first);
    if (unknown >= 0) return found(first.start, Math.max(unknown, endOfState(reader, unknown)), 0.3);
  }
  return undefined;
}
