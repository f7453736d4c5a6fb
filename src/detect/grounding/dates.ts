// Dates in the ways that eight languages and the standards write them, as year, month and day.
import { foldLower } from '../fold.ts';

/** A date as far as it was written. */
export interface PartialDate {
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
}

export interface DatePlace {
  readonly start: number;
  readonly end: number;
  /** Several where day and month could be either. */
  readonly readings: readonly PartialDate[];
}

/** English, German, French, Spanish, Italian, Portuguese, Dutch, Russian (nominative and genitive). */
const MONTHS = [
  'january jan januar janvier enero gennaio janeiro januari январь января',
  'february feb februar février fevrier febrero febbraio fevereiro februari февраль февраля',
  'march mar märz mars marzo março maart март марта',
  'april apr avril abril aprile апрель апреля',
  'may mai mayo maggio maio mei май мая',
  'june jun juni juin junio giugno junho июнь июня',
  'july jul juli juillet julio luglio julho июль июля',
  'august aug août agosto augustus август августа',
  'september sep sept septembre septiembre settembre setembro сентябрь сентября',
  'october oct oktober okt octobre octubre ottobre outubro октябрь октября',
  'november nov novembre noviembre novembro ноябрь ноября',
  'december dec dezember dez décembre diciembre dicembre dezembro декабрь декабря',
];
const MONTH_NUMBER = new Map(
  MONTHS.flatMap((names, i) => names.split(' ').map((name) => [foldLower(name), i + 1] as const)),
);
const NAME = `(?<name>${[...MONTH_NUMBER.keys()].sort((a, b) => b.length - a.length).join('|')})\\.?(?!\\p{L})`;
const DAY = '(?<day>\\d{1,2})';
const YEAR = '(?<year>\\d{4})(?!\\d)';
const OF = "\\s{0,3}(?:of |de |del |di |d')?\\s{0,2}";

/** Tried in turn; what one found no later one looks at. All on folded lower-case text. */
const FORMS: readonly RegExp[] = [
  new RegExp(`(?<!\\d)${DAY}(?:st|nd|rd|th|er|o|\\.)?${OF}${NAME},?(?:${OF}${YEAR})?`, 'gu'),
  new RegExp(`(?<!\\p{L})${NAME}\\s{1,3}${DAY}(?!\\d)(?:st|nd|rd|th)?(?:,?\\s{1,3}${YEAR})?`, 'gu'),
  new RegExp(`(?<!\\p{L})${NAME},?${OF}${YEAR}`, 'gu'),
  /(?<!\d)(?<year>\d{4})\s?年\s?(?<month>\d{1,2})\s?月(?:\s?(?<day>\d{1,2})\s?日)?/gu,
  /(?<!\d)(?<month>\d{1,2})\s?月\s?(?<day>\d{1,2})\s?日/gu,
  /(?<![\d.\-/])(?<year>\d{4})([-./])(?<month>\d{1,2})\2(?<day>\d{1,2})(?!\d)/gu,
  /(?<![\d.\-/])(?<one>\d{1,2})([-./])(?<two>\d{1,2})\2(?<year>\d{4}|\d{2})(?![\d/]|[.-]\d)/gu,
];

function isDate({ month, day }: PartialDate): boolean {
  return (month === undefined || (month >= 1 && month <= 12)) && (day === undefined || (day >= 1 && day <= 31));
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function date(year: number | undefined, month: number | undefined, day: number | undefined): PartialDate {
  return {
    ...(year === undefined ? {} : { year }),
    ...(month === undefined ? {} : { month }),
    ...(day === undefined ? {} : { day }),
  };
}

function readingsOf(groups: Readonly<Record<string, string | undefined>>): PartialDate[] {
  const { name, one, two } = groups;
  let year = toNumber(groups['year']);
  if (one !== undefined && two !== undefined) {
    if (year !== undefined && year < 100) year += year < 70 ? 2000 : 1900;
    const readings = [date(year, Number(two), Number(one)), date(year, Number(one), Number(two))];
    return readings.filter(isDate);
  }
  const month = name === undefined ? toNumber(groups['month']) : MONTH_NUMBER.get(name);
  return [date(year, month, toNumber(groups['day']))].filter(isDate);
}

/** Names that are words besides: "2 may be" is no date. */
const WORDS_TOO = new Set(['may', 'mar', 'march', 'mars', 'mai', 'dec', 'set', 'august', 'sept'].map(foldLower));

/** Whether a month's name without a year is a word of the sentence: more of it follows. */
function isWord({ name, year }: Readonly<Record<string, string | undefined>>, after: string): boolean {
  return name !== undefined && year === undefined && WORDS_TOO.has(name) && /^\s\p{L}/u.test(after);
}

/** Characters around a digit that a date with it can take. */
const AROUND = 32;

/** Stretches of the text that hold its digits with what may belong to them: of prose most is passed over. */
function* stretches(text: string): Generator<readonly [start: number, end: number]> {
  let start = -1;
  let end = -1;
  for (const match of text.matchAll(/\d+/g)) {
    if (start < 0 || match.index - AROUND > end) {
      if (start >= 0) yield [start, end];
      start = Math.max(0, match.index - AROUND);
    }
    end = Math.min(text.length, match.index + match[0].length + AROUND);
  }
  if (start >= 0) yield [start, end];
}

/** The dates of a folded lower-case text, in order. Bounded patterns only: linear. */
export function findDates(text: string): DatePlace[] {
  const found: DatePlace[] = [];
  for (const [start, end] of stretches(text)) findIn(text.slice(start, end), start, found);
  return found;
}

function findIn(text: string, base: number, into: DatePlace[]): void {
  const found: DatePlace[] = [];
  const taken = new Uint8Array(text.length);
  for (const form of FORMS) {
    for (const match of text.matchAll(form)) {
      const start = match.index;
      const end = start + match[0].length;
      const groups = match.groups ?? {};
      if (taken[start] === 1 || taken[end - 1] === 1 || isWord(groups, text.slice(end, end + 2))) continue;
      const readings = readingsOf(groups);
      if (readings.length === 0) continue;
      taken.fill(1, start, end);
      found.push({ start: base + start, end: base + end, readings });
    }
  }
  into.push(...found.sort((a, b) => a.start - b.start));
}

/** Whether two dates can be the same day or month: what one does not say it leaves open. */
export function agree(a: PartialDate, b: PartialDate): boolean {
  const same = (one: number | undefined, other: number | undefined): boolean =>
    one === undefined || other === undefined || one === other;
  return same(a.year, b.year) && same(a.month, b.month) && same(a.day, b.day);
}
