// The names detector: people, places, postal addresses and companies, at the capitals and numbers of a text.
import type { TextFinding } from '../../contract/index.ts';
import type { Detector } from '../detector.ts';
import { maskEvidence } from '../evidence.ts';
import { leastOpen, settledText, type SettledText } from '../open-end.ts';
import { lowerStreetAt, numberedAddressAt, postcodeAt, wordAddressAt } from './address.ts';
import { BEFORE_ANY, wordBefore } from './context.ts';
import { loadLexicon, ORDINARY_WORD } from './lexicon.ts';
import type { NameMatch } from './match.ts';
import { organizationAt } from './organization.ts';
import { lowerPersonAt, personAt } from './person.ts';
import { longPlaceAt, placeAt } from './place.ts';
import { CONTEXT, isDigit, isLower, Reader, startsWord, type Word } from './reader.ts';

/** Longest match with what stands behind it that decides. */
const REACH = 256;
/** How far back a match is looked for that has the start of another in it. */
const COVER_MOST = 200;
/** Words that a name of a person has at most: one that is the fifth of a row begins another. */
const ROW_MOST = 4;
const LOOKBEHIND = COVER_MOST + CONTEXT + 8;

/** Kinds of streets as they are written before a name. */
const LOWER_STREETS = ['ul. ', 'rue ', 'rua ', 'calle ', 'via ', 'avenida ', 'viale ', 'piazza '];
const LOWER_STREET = new RegExp(`(?<![A-Za-z0-9])(?:${LOWER_STREETS.join('|').replace('.', '\\.')})`, 'g');

const TECHNIQUES = ['LLM02:2025', 'AML.T0057'];

/** First letters of the words in lower case that go on with a name: particles, kinds of streets, "and Sons", "plc". */
const GOES_ON: ReadonlySet<number> = new Set([...'abdeglptuvz'].map((letter) => letter.charCodeAt(0)));

/** Whether an unknown word is none of ours: neither what stands behind it nor the word before it makes a name of it. */
function isNothing(reader: Reader, { start, end }: Word): boolean {
  const sign = reader.code(end);
  if (sign === 44 || sign === 0) return false;
  const next = reader.code(end + 1);
  if (sign === 32 && (!isLower(next) || GOES_ON.has(next))) return false;
  if (sign === 46 && (next === 32 || next === 0))
    return !isDigit(reader.code(end + 2)) && !sayWhatFollows(reader, start);
  return !sayWhatFollows(reader, start);
}

const sayWhatFollows = (reader: Reader, at: number): boolean => BEFORE_ANY.has(wordBefore(reader, at));

/** What starts at the capital at `at`, seen by itself. */
function judgeCapital(reader: Reader, at: number): NameMatch | undefined {
  const postcode = postcodeAt(reader, at);
  if (postcode !== undefined) return postcode;
  const first = reader.wordAt(at);
  // Most are ordinary words at the beginning of a sentence.
  if (first === undefined || first.written === 'other' || first.flags === ORDINARY_WORD) return undefined;
  if (first.flags === 0 && isNothing(reader, first)) return undefined;
  return (
    wordAddressAt(reader, first) ??
    organizationAt(reader, first) ??
    longPlaceAt(reader, first) ??
    personAt(reader, first) ??
    placeAt(reader, first)
  );
}

/** Calls `visit` for every place from `from` on where a name may start, with what starts there. */
function eachStart(reader: Reader, from: number, visit: (at: number, match: NameMatch | undefined) => void): void {
  const { text, length } = reader;
  const gate = /[A-Z0-9]/g;
  gate.lastIndex = from;
  while (gate.test(text)) {
    const at = gate.lastIndex - 1;
    if (at >= length) return;
    const isNumber = isDigit(text.charCodeAt(at));
    if (startsWord(text, at)) visit(at, isNumber ? numberedAddressAt(reader, at) : judgeCapital(reader, at));
    if (!isNumber) continue;
    // On behind the digits, so that a long number costs once.
    let next = at + 1;
    while (isDigit(text.charCodeAt(next))) next++;
    gate.lastIndex = next;
  }
}

/** Calls `visit` for every word in lower case that may start a name or an address all the same: behind "name is", at "ul.". */
function eachLowerStart(reader: Reader, from: number, visit: (at: number, match: NameMatch | undefined) => void): void {
  const named = /(?:name is|name's|name:|call me|called) {1,2}(?=[a-z]|$)/g;
  named.lastIndex = Math.max(0, from - 16);
  for (let hit = named.exec(reader.lower); hit !== null; hit = named.exec(reader.lower)) {
    const at = named.lastIndex;
    if (at >= from && at < reader.length) visit(at, lowerPersonAt(reader, at));
  }
  LOWER_STREET.lastIndex = from;
  for (let hit = LOWER_STREET.exec(reader.text); hit !== null; hit = LOWER_STREET.exec(reader.text))
    visit(hit.index, lowerStreetAt(reader, hit.index));
}

/** Where the beginning of a street's kind in lower case starts that the text ends with; the text's end where none does. */
function openStreet({ folded, length }: SettledText): number {
  const tail = /(?<![A-Za-z0-9])[a-z]{1,7}\.?$/.exec(folded.slice(Math.max(0, length - 9), length))?.[0] ?? '';
  return tail !== '' && LOWER_STREETS.some((kind) => kind.startsWith(tail)) ? length - tail.length : length;
}

/**
 * Whether a start is left out because an earlier match has it in it. Looks back a bounded way: in a row of more names
 * than that, each further one is found.
 */
function isCovered(starts: readonly NameMatch[], start: number): boolean {
  let place = start;
  let covers = 0;
  for (let i = starts.length - 1; i >= 0; i--) {
    const { start: from, end } = starts[i]!;
    if (start - from > COVER_MOST) break;
    if (from >= place || end <= place) continue;
    place = from;
    if (++covers === ROW_MOST) return false;
  }
  return covers > 0;
}

/** Names of people and places, postal addresses, companies. */
export const namesDetector: Detector = {
  id: 'names',
  version: '1',
  classes: ['pii'],
  reach: REACH,
  lookbehind: LOOKBEHIND,
  usesContext: false,
  appliesTo: () => true,
  warmUp: () => void loadLexicon(),
  openFrom(view) {
    const settled = settledText(view);
    const reader = new Reader(settled, true);
    const { length } = settled;
    let open = length;
    const visit = (at: number): void => {
      if (reader.atEnd) open = Math.min(open, at);
      reader.atEnd = false;
    };
    const least = leastOpen(length, REACH);
    eachStart(reader, least, visit);
    eachLowerStart(reader, least, visit);
    return Math.min(open, openStreet(settled));
  },
  inspect(view) {
    const { folded } = view;
    const reader = new Reader({ folded, lower: view.lower, length: folded.length }, false);
    const starts: NameMatch[] = [];
    const findings: TextFinding[] = [];
    const report = ({ rule, severity, score, ...span }: NameMatch): void => {
      const [start, end] = view.toOriginal(span.start, span.end);
      const evidence = maskEvidence(folded.slice(span.start, span.end));
      findings.push({ rule, class: 'pii', severity, score, start, end, evidence, techniques: TECHNIQUES });
    };
    eachStart(reader, 0, (_at, match) => {
      if (match === undefined) return;
      if (!isCovered(starts, match.start)) report(match);
      starts.push(match);
    });
    eachLowerStart(reader, 0, (_at, match) => {
      if (match !== undefined) report(match);
    });
    return findings;
  },
};
