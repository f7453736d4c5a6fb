// The word before a name, which says what the name is of.
import { isLetter, type Reader } from './reader.ts';
import { TITLES } from './word-tables.ts';

/** Most blanks between a word and the name behind it, as in a form. */
const BLANKS_MOST = 8;
const WORD_MOST = 14;

/**
 * The word before the place `at` in lower case, with the one sign that stands behind it ("name:", "mr.", "regards,");
 * empty where none is.
 */
export function wordBefore(reader: Reader, at: number): string {
  const { text, lower } = reader;
  let end = at;
  while (end > 0 && at - end <= BLANKS_MOST && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 10))
    end--;
  if (end === at || at - end > BLANKS_MOST) return '';
  const sign = text.charCodeAt(end - 1);
  let start = sign === 46 || sign === 44 || sign === 58 ? end - 1 : end;
  const last = start;
  while (start > 0 && last - start <= WORD_MOST) {
    const code = text.charCodeAt(start - 1);
    if (!isLetter(code) && code !== 39) break;
    start--;
  }
  return last - start > WORD_MOST ? '' : lower.slice(start, end);
}

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** The last word of those that say that a name follows. */
export const BEFORE_NAMED = setOf(
  "is name: name's me named called him her user: customer: patient: client: employee: beneficiary: cardholder: " +
    'passenger: attendee: sender: recipient:',
);
/** Behind these a word that may be a given name is one. */
export const BEFORE_ADDRESSED = setOf(
  "dear hi hello hey am i'm named called with from by ask tell told asked contact meet met invite email message to for " +
    'and sincerely, regards, cheers, thanks,',
);
/** Behind these a given name is that of a storm, a lake, a church. */
export const BEFORE_THINGS = setOf(
  'hurricane storm typhoon lake mount mt mt. st st. saint santa san port fort cape river camp hotel uss hms',
);
/** Behind these a word that may be a place is one. */
export const BEFORE_PLACES = setOf(
  'in from to near at visit visiting around via toward towards leaving outside within across into dans en nach bei aus in, ' +
    'of',
);
/** The last word of those that say where someone lives. */
export const BEFORE_LIVES = setOf('in to from of is city: town: country: birthplace: birth: location: hometown:');

/** Every word that makes something of an unknown word behind it. */
export const BEFORE_ANY: ReadonlySet<string> = new Set([...TITLES, ...BEFORE_NAMED, ...BEFORE_LIVES]);
