// Days that a text or a value names, as month and day: the year is often left out, and often wrong.

const MONTHS = [
  ['jan', 'january', 'januar', 'janvier', 'enero', 'gennaio'],
  ['feb', 'february', 'februar', 'février', 'febrero', 'febbraio'],
  ['mar', 'march', 'märz', 'mars', 'marzo'],
  ['apr', 'april', 'avril', 'abril', 'aprile'],
  ['may', 'mai', 'mayo', 'maggio'],
  ['jun', 'june', 'juni', 'juin', 'junio', 'giugno'],
  ['jul', 'july', 'juli', 'juillet', 'julio', 'luglio'],
  ['aug', 'august', 'août', 'agosto'],
  ['sep', 'sept', 'september', 'septembre', 'septiembre', 'settembre'],
  ['oct', 'october', 'oktober', 'octobre', 'octubre', 'ottobre'],
  ['nov', 'november', 'novembre', 'noviembre'],
  ['dec', 'december', 'dezember', 'décembre', 'diciembre', 'dicembre'],
];
const MONTH = new Map(MONTHS.flatMap((names, index) => names.map((name) => [name, index + 1] as const)));
const NAMES = [...MONTH.keys()].sort((a, b) => b.length - a.length).join('|');

const ISO = /(?<!\d)\d{4}[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/g;
const NAME_DAY = new RegExp(
  `(?<![\\p{L}\\p{N}])(${NAMES})\\.?\\s{0,2}(?:the\\s)?(\\d{1,2})(?:st|nd|rd|th)?(?!\\d)(?:\\s?(?:-|–|to|until|and)\\s?(?:the\\s)?(\\d{1,2})(?:st|nd|rd|th)?(?![\\d:]))?`,
  'giu',
);
const DAY_NAME = new RegExp(
  `(?<!\\d)(?:(\\d{1,2})(?:st|nd|rd|th)?\\s?(?:-|–|to|until|and|bis)\\s?(?:the\\s)?)?(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s(?:of\\s|de\\s)?(${NAMES})(?![\\p{L}\\p{N}])`,
  'giu',
);

const key = (month: number, day: number): string | undefined =>
  month >= 1 && month <= 12 && day >= 1 && day <= 31 ? `${month}-${day}` : undefined;

/** The days named, as `month-day`. */
export function daysIn(text: string): Set<string> {
  const days = new Set<string>();
  const add = (month: number | undefined, day: string | undefined): void => {
    const found = month === undefined || day === undefined ? undefined : key(month, Number(day));
    if (found !== undefined) days.add(found);
  };
  for (const [, month, day] of text.matchAll(ISO)) add(Number(month), day);
  for (const [, month, from, to] of text.matchAll(NAME_DAY)) {
    add(MONTH.get(month!.toLowerCase()), from);
    add(MONTH.get(month!.toLowerCase()), to);
  }
  for (const [, from, to, month] of text.matchAll(DAY_NAME)) {
    add(MONTH.get(month!.toLowerCase()), from);
    add(MONTH.get(month!.toLowerCase()), to);
  }
  return days;
}

/** Whether a text reckons days from other days, so that one it does not name may be meant. */
export function reckonsDays(text: string): boolean {
  return /\b(?:days?|weeks?|months?|nights?)\s(?:after|before|later|earlier|from|prior)\b|\b(?:tomorrow|yesterday|day after|following day|every|weekly|monthly|daily)\b/iu.test(
    text,
  );
}
