// Names of people: a known given name with what follows it, or the words before a name that say that one comes.
import { BEFORE_ADDRESSED, BEFORE_NAMED, BEFORE_THINGS, wordBefore } from './context.ts';
import { type NameMatch, lowMatch } from './match.ts';
import {
  FACILITY,
  flagsOf,
  GIVEN,
  GIVEN_OR_WORD,
  ORDINARY_WORD,
  PLACE,
  PLACE_OR_WORD,
  SURNAME,
  SURNAME_OR_WORD,
} from './lexicon.ts';
import { isInState } from './place.ts';
import { type Reader, type Word, isDigit, isUpper } from './reader.ts';
import { sticky } from './sticky.ts';
import { TITLES } from './word-tables.ts';

const RULE = 'pii.person';
/** Most words of a name. */
const WORDS_MOST = 4;

/** Words behind which nothing but a name is likely. */
const NAMED =
  /(?:(?:^|[^a-z])(?:(?:my|his|her|their|your|full|first|last|middle|maiden|family|customer|patient|client|employee|contact|given|partner's|wife's|husband's|whose) name(?: is|:|'s)|people call me|(?:please|just|they|everyone|can) call me|(?:user|customer|patient|client|employee|beneficiary|cardholder|passenger|attendee|sender|recipient) ?:|(?:man|woman|boy|girl|guy|friend|person|colleague|lawyer|doctor|teacher|student) (?:named|called)|(?:named|name) (?:him|her))|(?:^|\n)[>*\s-]{0,6}(?:full )?name ?:)\s{1,8}$/;
const PARTICLE = /^(?:de|da|di|do|del|della|dos|das|du|la|le|van|von|der|den|ter|ten|zu|bin|ibn|al|el|abu|af|av)$/;
const SUFFIX = sticky(',? (?:Jr|Sr|PhD|Ph\\.D|MD|M\\.D|Esq|II|III|IV)(?![A-Za-z])', 8);

const isCapital = (word: Word): boolean => word.written === 'title' || word.written === 'upper';
const isNameWord = (word: Word): boolean =>
  word.written === 'title' && word.end - word.start > 1 && (word.flags & (ORDINARY_WORD | FACILITY)) === 0;
const has = (word: Word | undefined, flags: number): boolean => word !== undefined && (word.flags & flags) !== 0;

/** The words of a name from `first` on: capitalised ones, initials, and particles between them. */
function chainFrom(reader: Reader, first: Word): Word[] {
  const chain = [first];
  let end = first.end;
  let last = first;
  while (chain.length < WORDS_MOST) {
    let word = reader.nextWord(end);
    // Up to two particles: "van der", "de la".
    for (let i = 0; i < 2 && word?.written === 'lower' && PARTICLE.test(reader.lower.slice(word.start, word.end)); i++)
      word = reader.nextWord(word.end);
    if (word === undefined || !isCapital(word)) break;
    if (last.end - last.start > 1 && word.written !== first.written && word.end - word.start > 1) break;
    chain.push(word);
    last = word;
    end = word.end - word.start === 1 && reader.code(word.end) === 46 ? word.end + 1 : word.end;
  }
  return chain;
}

/** Where the name ends that `count` words of the chain make: with what is written behind names. */
function endOfName(reader: Reader, chain: readonly Word[], count: number): number {
  const { end } = chain[count - 1]!;
  const suffix = reader.match(SUFFIX, end);
  return suffix < 0 ? end : suffix;
}

/** How many words of a chain are the name, of which the first is a given name: 1 where nothing else is of it. */
function countWords(chain: readonly Word[]): number {
  let count = 1;
  for (let i = 1; i < chain.length; i++) {
    const word = chain[i]!;
    const isInitial = word.end - word.start === 1;
    if (isInitial) continue;
    if (has(word, FACILITY) || (has(word, ORDINARY_WORD) && !has(word, SURNAME | SURNAME_OR_WORD | GIVEN))) break;
    // A third word and a fourth are of the name only if they are known, or all before them are given names.
    const isKnown = has(word, GIVEN | SURNAME | SURNAME_OR_WORD | GIVEN_OR_WORD);
    const areGiven = chain.slice(0, i).every((each) => has(each, GIVEN | GIVEN_OR_WORD) || each.end - each.start === 1);
    if (i > 1 && !isKnown && !areGiven) break;
    count = i + 1;
  }
  return count;
}

/** What the words before a name say of it. Most words before a capital are in none of the lists, and cost a look. */
function namedAs(reader: Reader, at: number, before: string): 'title' | 'named' | 'addressed' | undefined {
  if (TITLES.has(before)) return 'title';
  if (BEFORE_NAMED.has(before) && NAMED.test(reader.before(at))) return 'named';
  return BEFORE_ADDRESSED.has(before) ? 'addressed' : undefined;
}

const found = (start: number, end: number, score: number): NameMatch => lowMatch(RULE, start, end, score);

/** Whether the word behind the name says that no person is meant: "Elizabeth Street", "John Hopkins University". */
function isOfFacility(reader: Reader, end: number): boolean {
  const next = reader.nextWord(end);
  return next !== undefined && isCapital(next) && has(next, FACILITY);
}

/** A name of which the lexicon knows enough. */
function knownName(reader: Reader, chain: readonly Word[]): NameMatch | undefined {
  const [first, second] = chain as [Word, Word?];
  const last = chain.at(-1)!;
  const count = countWords(chain);
  const end = endOfName(reader, chain, count);
  if (isOfFacility(reader, chain[count - 1]!.end)) return undefined;
  if (first.written === 'upper') {
    const isBoth = count > 1 && has(first, GIVEN) && has(last, SURNAME);
    return isBoth ? found(first.start, end, 0.35) : undefined;
  }
  const family = chain[count - 1]!;
  const isGiven = has(first, GIVEN);
  if (isGiven && count > 1) {
    const isSure = has(family, SURNAME | SURNAME_OR_WORD) || has(second, GIVEN) || family.start > first.end + 2;
    return found(first.start, end, isSure ? 0.45 : 0.4);
  }
  // By itself, but no place and no number behind it: "Russell 3000".
  const isNumbered = reader.code(first.end) === 32 && isDigit(reader.code(first.end + 1));
  if (isGiven && isInState(reader, first.end)) return undefined;
  if (isGiven) return isNumbered || has(first, PLACE | PLACE_OR_WORD) ? undefined : found(first.start, end, 0.3);
  if (has(first, GIVEN_OR_WORD) && count > 1 && has(family, SURNAME)) return found(first.start, end, 0.4);
  // Where the surname comes first, as in Hungary and China.
  if (has(first, SURNAME) && count > 1 && has(second, GIVEN)) return found(first.start, end, 0.35);
  const isUnknown = (first.flags & (PLACE | FACILITY | ORDINARY_WORD)) === 0 && first.end - first.start > 2;
  if (isUnknown && second !== undefined && has(second, SURNAME) && !has(second, PLACE | PLACE_OR_WORD))
    return found(first.start, endOfName(reader, chain, 2), 0.3);
  return undefined;
}

/** The name of a person that starts with the capitalised word `first`. */
export function personAt(reader: Reader, first: Word): NameMatch | undefined {
  const isInitial = first.end - first.start === 1;
  if (isInitial || !isCapital(first) || has(first, FACILITY)) return undefined;
  const isPlain = (first.flags & (GIVEN | GIVEN_OR_WORD | SURNAME)) === 0;
  if (isPlain && has(first, ORDINARY_WORD)) return undefined;
  const chain = chainFrom(reader, first);
  const known = knownName(reader, chain);
  if (known !== undefined && known.score >= 0.4) return known;
  const before = wordBefore(reader, first.start);
  const as = namedAs(reader, first.start, before);
  if (as === 'title' || as === 'named') {
    if (!isNameWord(first) && !has(first, GIVEN | GIVEN_OR_WORD | SURNAME)) return undefined;
    const count = Math.max(1, countNamed(chain));
    if (isOfFacility(reader, chain[count - 1]!.end)) return undefined;
    return found(first.start, endOfName(reader, chain, count), 0.45);
  }
  if (known !== undefined) return BEFORE_THINGS.has(before) ? undefined : known;
  // "Hi Mark," but not "Hi Will you": the name ends where the word does.
  const isAddressed =
    as === 'addressed' && first.written === 'title' && has(first, GIVEN_OR_WORD) && chain.length === 1;
  if (isAddressed && !has(first, PLACE | PLACE_OR_WORD | ORDINARY_WORD) && !isUpper(reader.code(first.end + 1)))
    return found(first.start, first.end, 0.25);
  return undefined;
}

/** How many words of a chain are the name, where words before it said that one comes: up to the first that is none. */
function countNamed(chain: readonly Word[]): number {
  const stop = chain.findIndex((word, i) => i > 0 && word.end - word.start > 1 && has(word, ORDINARY_WORD | FACILITY));
  return stop < 0 ? chain.length : stop;
}

const LOWER_NAMED =
  /(?:^|[^a-z])(?:(?:my|his|her|their|full|first) name(?: is|'s|:)|people call me|i am called)\s{1,2}$/;

/** A name in lower case behind the words that say that one comes: only of known words. */
export function lowerPersonAt(reader: Reader, at: number): NameMatch | undefined {
  if (!LOWER_NAMED.test(reader.before(at))) return undefined;
  const first = reader.wordAt(at);
  if (first?.written !== 'lower' || (flagsOf(reader.text, at, first.end) & GIVEN) === 0) return undefined;
  const second = reader.nextWord(first.end);
  const family = second?.written === 'lower' ? flagsOf(reader.text, second.start, second.end) : 0;
  const isFamily = second !== undefined && (family & SURNAME) !== 0 && (family & ORDINARY_WORD) === 0;
  return found(at, isFamily ? second.end : first.end, 0.4);
}
