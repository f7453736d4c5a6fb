// Postal addresses: streets with their number, boxes, postal codes; each by the signs it cannot be without.
import { wordBefore } from './context.ts';
import { BEGINS_MORE } from './lexicon.ts';
import { type NameMatch, lowMatch } from './match.ts';
import { isDigit, isLetter, type Reader, type Word } from './reader.ts';
import { sticky } from './sticky.ts';
import { BOXES, PARTS, STREET_FIRSTS } from './word-tables.ts';

const RULE = 'pii.address';

const NAME = "[A-Z][a-z'-]{1,19}";
const TYPE =
  '(?:(?:Street|Avenue|Road|Boulevard|Lane|Drive|Court|Place|Way|Terrace|Parkway|Highway|Circle|Square|Crescent|Close|Trail|' +
  'Alley|Grove|Gardens|Mews|Quay)(?![A-Za-z])|(?:St|Ave|Rd|Blvd|Ln|Dr|Ct|Pl|Pkwy|Hwy|Cir|Sq)(?![A-Za-z])\\.?)';
const SEPARATOR = '(?:,? |,?\\n {0,4})';
/** What may follow a street: the part of the house, then the town with its code, either way round. */
const TAIL =
  `(?:${SEPARATOR}(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor)\\.? ?#?\\d{1,5}[A-Za-z]?(?![A-Za-z0-9]))?` +
  `(?:${SEPARATOR}(?:${NAME}(?: ${NAME})?,? ?(?:[A-Z]{2} )?\\d{4,5}(?:-\\d{4})?|\\d{4,5} ${NAME}(?: ${NAME})?)(?![A-Za-z0-9]))?`;

/** "10 Downing Street", "1600 N. 5th Ave". */
const NUMBERED = sticky(
  `\\d{1,5}[A-Za-z]?(?:-\\d{1,4})? (?:(?:North|South|East|West|N|S|E|W|NE|NW|SE|SW)\\.? )?` +
    `(?:(?:${NAME}|\\d{1,3}(?:st|nd|rd|th)) ){1,3}${TYPE}${TAIL}`,
  190,
);
/** "12 bis, rue de la Paix". */
const RUE = sticky(
  `\\d{1,4}(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Aa]llee|[Pp]lace|[Ii]mpasse|[Rr]oute|[Qq]uai)` +
    `(?: (?:de|du|des|la|le|les)){0,2} (?:[dl]')?${NAME}(?:[ -]${NAME}){0,2}(?![A-Za-z])${TAIL}`,
  190,
);
/** "Calle Mayor 5", "Via Roma, 12". */
const STREET_FIRST = sticky(
  `(?:[Rr]ue|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]alle|[Aa]venida|Av\\.|Plaza|Paseo|[Rr]ua|Travessa|Largo|Praca|Carrer|Corso|Ulica|[Uu]l\\.|Strada|Boulevard|Chemin)` +
    `(?: (?:de|del|della|di|do|da|dos|la|las|los|el|du|des|le)){0,2}(?: ${NAME}){1,3},? (?:n\\.? ?)?\\d{1,4}[A-Za-z]?(?![A-Za-z0-9])${TAIL}`,
  190,
);
/** What stands behind "Hauptstrasse", "Storgatan", "Kossuth utca". */
const HOUSE = sticky(`\\.? \\d{1,4} ?[A-Za-z]?(?![A-Za-z0-9]|[.,:]\\d)${TAIL}`, 120);
const STREET_WORD =
  /[a-z-]{3}(?:strasse|str|weg|gasse|platz|allee|ufer|straat|laan|plein|gracht|kade|vej|svej|sgade|gatan|vagen|gata|veien|vegen|gaten|katu|kuja|vegur|stigur|braut)$|^(?:utca|utja|ulice|baan|vej|vei|gatan|gade)$/;

const BOX = sticky(
  '(?:(?:P\\.? ?O\\.? ?Box|Postfach|Apartado|Casella Postale) \\d{1,6}|(?:PSC|Unit) \\d{2,5},? Box \\d{1,5})(?!\\d)',
  26,
);
const PART = sticky('(?:Suite|Apt\\.?|Apartment) #?\\d{1,5}[A-Z]?(?![A-Za-z0-9])', 20);
const STATE_ZIP = sticky('[A-Z]{2} \\d{5}(?:-\\d{4})?(?![A-Za-z0-9])', 15);
/** Postcodes of the United Kingdom and of Canada: no word is written so. */
const POSTCODE = sticky(
  '(?:[A-Z]{1,2}\\d[A-Z\\d]? \\d[ABD-HJLNP-UW-Z]{2}|[A-CEGHJ-NPR-TVXY]\\d[A-Z] \\d[A-Z]\\d)(?![A-Za-z0-9])',
  10,
);
const ZIP = sticky('\\d{5}(?:-\\d{4})?(?![A-Za-z0-9]|[.,]\\d)', 13);
const ZIP_BEFORE = /(?:zip|postal|post) ?(?:code)?(?: is| ?:| =)? {1,3}$/;
const BEFORE_ZIP: ReadonlySet<string> = new Set([
  'zip',
  'code',
  'is',
  'code:',
  'zip:',
  'zipcode',
  'zipcode:',
  'postcode',
]);

/** "Address: 45 Carne Azeda 16, Springfield": where it is said to be one, what is in capitals or numbers is of it. */
const SAID = sticky(
  "\\d{1,5}[A-Za-z]?,?(?:,? (?:[A-Z0-9][A-Za-z0-9.'#-]{0,19}|de|la|of|the|del|da|do)){1,7}(?![A-Za-z0-9])",
  180,
);
const SAID_BEFORE = /address(?: is|:|,)? {1,8}$/;
const BEFORE_SAID: ReadonlySet<string> = new Set(['address', 'address:', 'address,', 'is']);

const found = (start: number, end: number, score: number): NameMatch => lowMatch(RULE, start, end, score);

/** An address that starts with the number at `at`. */
export function numberedAddressAt(reader: Reader, at: number): NameMatch | undefined {
  let digits = at;
  while (digits - at <= 5 && isDigit(reader.code(digits))) digits++;
  if (digits - at > 5) return undefined;
  // Most numbers stand before no street, which the next signs say.
  const sign = reader.code(digits);
  if (sign === 32 || sign === 44 || sign === 45 || isLetter(sign) || sign === 0) {
    const next = reader.code(digits + 1);
    if (isLetter(next) || next === 32 || isDigit(next) || next === 0) {
      const street = Math.max(reader.match(NUMBERED, at), reader.match(RUE, at));
      if (street >= 0) return found(at, street, 0.45);
      if (BEFORE_SAID.has(wordBefore(reader, at)) && SAID_BEFORE.test(reader.before(at))) {
        const said = reader.match(SAID, at);
        if (said >= 0) return found(at, said, 0.4);
      }
    }
  }
  if (digits - at !== 5 || !BEFORE_ZIP.has(wordBefore(reader, at)) || !ZIP_BEFORE.test(reader.before(at)))
    return undefined;
  const zip = reader.match(ZIP, at);
  return zip < 0 ? undefined : found(at, zip, 0.4);
}

/** A code of letters and digits at the capital at `at`. */
export function postcodeAt(reader: Reader, at: number): NameMatch | undefined {
  if (!isDigit(reader.code(at + 1)) && !isDigit(reader.code(at + 2))) return undefined;
  const end = reader.match(POSTCODE, at);
  return end < 0 ? undefined : found(at, end, 0.35);
}

/** An address that starts with the capitalised word `first`. */
export function wordAddressAt(reader: Reader, first: Word): NameMatch | undefined {
  const { start } = first;
  if ((first.flags & BEGINS_MORE) !== 0) {
    const word = reader.lower.slice(start, first.end);
    const shape = STREET_FIRSTS.has(word) ? STREET_FIRST : BOXES.has(word) ? BOX : PARTS.has(word) ? PART : undefined;
    const end = shape === undefined ? -1 : reader.match(shape, start);
    if (end >= 0) return found(start, end, shape === PART ? 0.3 : 0.4);
  }
  if (first.written === 'upper') {
    // ", TX 75001": two capitals and five digits mean much else where no town stands before them.
    const before = reader.before(start);
    const isTown = first.end - start === 2 && (before.endsWith(', ') || /\b[afd]po $/.test(before));
    const end = isTown ? reader.match(STATE_ZIP, start) : -1;
    return end < 0 ? undefined : found(start, end, 0.35);
  }
  return streetWordAt(reader, first);
}

/** A street whose kind, in lower case, stands before its name: "ul. Polna 3". */
export function lowerStreetAt(reader: Reader, at: number): NameMatch | undefined {
  const end = reader.match(STREET_FIRST, at);
  return end < 0 ? undefined : found(at, end, 0.4);
}

/** "Hauptstrasse 12", "Kossuth utca 12", "Grote Baan 4". */
function streetWordAt(reader: Reader, first: Word): NameMatch | undefined {
  let { end } = first;
  let start = first.end;
  const sign = reader.code(end);
  if (sign !== 32 && sign !== 46) return undefined;
  const behind = reader.code(end + 1);
  if (isLetter(behind) && sign === 32) {
    // A street of two words.
    const second = reader.nextWord(end);
    if (second === undefined) return undefined;
    start = second.end;
    end = second.end;
    if (!STREET_WORD.test(reader.lower.slice(second.start, second.end))) return undefined;
  } else if (!isDigit(behind) && behind !== 32 && behind !== 0) return undefined;
  else if (!STREET_WORD.test(reader.lower.slice(first.start, first.end))) return undefined;
  const house = reader.match(HOUSE, start);
  return house < 0 ? undefined : found(first.start, house, 0.45);
}
