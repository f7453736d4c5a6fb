// The words that names are told by: given names, surnames, places, and ordinary words that are none of them.
import {
  CITIES,
  GIVEN_NAMES,
  GIVEN_WORDS,
  ORDINARY,
  PLACE_WORDS,
  SURNAME_WORDS,
  SURNAMES,
} from './lexicon.generated.ts';
import { COUNTRIES, DOUBTFUL_COUNTRIES, FACILITIES, REGIONS } from './place-words.ts';
import { BOXES, PARTS, STREET_FIRSTS, TITLES } from './word-tables.ts';

/** A given name that is little else. */
export const GIVEN = 1;
/** A given name that is a word or a place as well: Grace, Mark, Sydney. */
export const GIVEN_OR_WORD = 2;
/** A surname that is little else. */
export const SURNAME = 4;
/** A surname that is a word as well: Baker, Young. */
export const SURNAME_OR_WORD = 8;
/** A city, region or country that is little else. */
export const PLACE = 16;
/** A place that is a word or a name as well: Reading, Georgia. */
export const PLACE_OR_WORD = 32;
/** An ordinary word, which is capitalised where a sentence begins or in a heading. */
export const ORDINARY_WORD = 64;
/** What names are given to: streets, schools, companies. A name before it is not of a person. */
export const FACILITY = 128;

/** The first word of a name of several, a title, or what begins an address. */
export const BEGINS_MORE = 256;

/** A word list in order, each word written as the count of letters it has in common with the last, and the rest. */
function* unpack(packed: string): Generator<string> {
  let last = '';
  for (const [, common, rest] of packed.matchAll(/([0-9A-Z])([^0-9A-Z]*)/g)) {
    last = last.slice(0, parseInt(common!, 36)) + rest!;
    yield last;
  }
}

interface Lexicon {
  readonly words: WordTable;
  /** Names of several words, by the first: what follows it, and the flags of the whole. Longest first. */
  readonly phrases: ReadonlyMap<string, readonly (readonly [rest: string, flags: number])[]>;
}

/**
 * Flags by word, in one array: a look-up costs a hash of the word's units and mostly one place in memory, where a map of
 * thirty thousand strings costs several. A slot holds 24 bits of a second hash and the number of the flags: of ten million
 * words that are not in it one is taken for one that is.
 */
class WordTable {
  readonly #slots: Uint32Array;
  readonly #mask: number;
  readonly #combinations: number[] = [0];

  constructor(flags: ReadonlyMap<string, number>) {
    const size = 2 ** Math.ceil(Math.log2(flags.size * 2));
    this.#slots = new Uint32Array(size);
    this.#mask = size - 1;
    for (const [word, each] of flags) {
      let number = this.#combinations.indexOf(each);
      if (number < 0) number = this.#combinations.push(each) - 1;
      const hash = hashOf(word, 0, word.length);
      let slot = hash & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = (mixed(hash) & ~0xff) | number;
    }
  }

  get(text: string, start: number, end: number): number {
    const hash = hashOf(text, start, end);
    const mark = (mixed(hash) & ~0xff) >>> 0;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const found = this.#slots[slot]!;
      if (found === 0) return 0;
      if ((found & ~0xff) >>> 0 === mark) return this.#combinations[found & 0xff]!;
    }
  }
}

/** A hash of the letters, whatever their case. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (text.charCodeAt(i) | 32), 0x01000193);
  return hash ^ (hash >>> 15);
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995);
  return once ^ (once >>> 15);
}

function makeLexicon(): Lexicon {
  const flags = new Map<string, number>();
  const phrases = new Map<string, (readonly [string, number])[]>();
  const add = (words: Iterable<string>, flag: number): void => {
    for (const word of words) {
      const gap = word.indexOf(' ');
      if (gap < 0) {
        flags.set(word, (flags.get(word) ?? 0) | flag);
        continue;
      }
      const first = word.slice(0, gap);
      const list = phrases.get(first) ?? [];
      phrases.set(first, list);
      list.push([word.slice(gap), flag]);
    }
  };
  add(unpack(GIVEN_NAMES), GIVEN);
  add(unpack(GIVEN_WORDS), GIVEN_OR_WORD);
  add(unpack(SURNAMES), SURNAME);
  add(unpack(SURNAME_WORDS), SURNAME_OR_WORD);
  add(unpack(CITIES), PLACE);
  add(unpack(PLACE_WORDS), PLACE_OR_WORD);
  add(unpack(ORDINARY), ORDINARY_WORD);
  add([...COUNTRIES, ...REGIONS], PLACE);
  add(DOUBTFUL_COUNTRIES, PLACE_OR_WORD);
  add(FACILITIES, FACILITY);
  add([...phrases.keys(), ...TITLES, ...STREET_FIRSTS, ...BOXES, ...PARTS], BEGINS_MORE);
  for (const list of phrases.values()) list.sort(([left], [right]) => right.length - left.length);
  return { words: new WordTable(flags), phrases };
}

let lexicon: Lexicon | undefined;

/** Unpacks the lists, which takes some ten milliseconds, if that has not been done. */
export function loadLexicon(): Lexicon {
  return (lexicon ??= makeLexicon());
}

const HYPHEN = 45;
const APOSTROPHE = 39;

/** What the lexicon knows of a word, whatever its case; of one with a hyphen, what holds for its first part and its last. */
export function flagsOf(text: string, start: number, end: number): number {
  const { words } = loadLexicon();
  const known = words.get(text, start, end);
  if (known !== 0) return known;
  // O'Brien, D'Angelo.
  if (text.charCodeAt(start + 1) === APOSTROPHE) return SURNAME;
  let first = start;
  while (first < end && text.charCodeAt(first) !== HYPHEN) first++;
  if (first === end) return 0;
  let last = end;
  while (text.charCodeAt(last - 1) !== HYPHEN) last--;
  const [head, tail] = [words.get(text, start, first), words.get(text, last, end)];
  return (head & tail & (GIVEN | SURNAME)) | ((head | tail) & (ORDINARY_WORD | FACILITY));
}

/** The names of several words that begin with this one. */
export function phrasesOf(word: string): readonly (readonly [rest: string, flags: number])[] {
  return loadLexicon().phrases.get(word) ?? [];
}
