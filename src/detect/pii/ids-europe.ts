// Identity numbers of Europe.
import { isLuhn, isMod11Ten, isRepeated, weigh } from './checksums.ts';
import { defineIdentity } from './identity.ts';
import type { PiiKind } from './kind.ts';

/** NHS number: weights 10..2, mod 11; a check value of 10 is never issued. */
function isNhs(value: string): boolean {
  const check = 11 - (weigh(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 10 && check % 11 === Number(value[9]) && !isRepeated(value);
}

/** Steuer-ID: mod 11,10, and one digit (only) occurring two or three times in the first ten. */
function isSteuerId(value: string): boolean {
  const counts = new Map<string, number>();
  for (const digit of value.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeats = [...counts.values()].filter((count) => count > 1);
  return repeats.length === 1 && repeats[0]! <= 3 && isMod11Ten(value);
}

/** NIR: key = 97 - number mod 97, with Corsica's 2A and 2B read as 19 and 18. */
function isNir(value: string): boolean {
  const body = value.slice(0, 13).replace('2A', '19').replace('2B', '18');
  return 97 - Number(BigInt(body) % 97n) === Number(value.slice(13));
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** DNI and NIE: letter = number mod 23; X, Y, Z lead as 0, 1, 2. */
function isDni(value: string): boolean {
  const number = Number(value.slice(0, 8).replace('X', '0').replace('Y', '1').replace('Z', '2'));
  return DNI_LETTERS[number % 23] === value[8];
}

/** Codice fiscale: control letter over 15 characters, odd and even places weighed differently. */
function isCodiceFiscale(value: string): boolean {
  const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = parseInt(value[i]!, 36);
    const index = code > 9 ? code - 10 : code;
    sum += i % 2 === 0 ? ODD[index]! : index;
  }
  return String.fromCharCode(65 + (sum % 26)) === value[15];
}

function isPesel(value: string): boolean {
  const month = Number(value.slice(2, 4)) % 20;
  const day = Number(value.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return weigh(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

const HETU_LETTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY';

/** Henkilötunnus: nine digits mod 31; the century sign is dropped with the separators or is a letter. */
function isHetu(value: string): boolean {
  const digits = value.slice(0, 6) + value.slice(-4, -1);
  return HETU_LETTERS[Number(digits) % 31] === value.at(-1);
}

export const EUROPEAN_IDS: readonly PiiKind[] = [
  defineIdentity({
    rule: 'pii.uk_nino',
    anchor: 'letter',
    // HMRC: no D F I Q U V first, no D F I O Q U V second, and a few pairs that were never issued.
    shape: /(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])/y,
    words: /national insurance|\bnino\b|\bni (?:no|number|#)/,
    bare: 0.75,
  }),
  defineIdentity({
    rule: 'pii.uk_nhs',
    anchor: 'digit',
    digits: 10,
    shape: /\d{3}([ -]?)\d{3}\1\d{4}(?!\d|-\d)/y,
    check: isNhs,
    words: /\bnhs\b|patient|health service/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.de_tax_id',
    anchor: 'digit',
    digits: 11,
    shape: /[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?!\d|[.-]\d)/y,
    check: isSteuerId,
    words: /steuer|\bidnr|\btin\b|tax id|tax number|identifikationsnummer/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.fr_nir',
    anchor: 'digit',
    digits: 14,
    shape: /[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)/y,
    check: isNir,
    words: /s[eé]curit[eé] sociale|\bnir\b|\binsee\b|num[eé]ro de s[eé]cu|social security|\bssn\b/,
    bare: 0.7,
  }),
  defineIdentity({
    rule: 'pii.es_dni',
    anchor: 'digit',
    digits: 8,
    shape: /\d{8}[ -]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![A-Za-z0-9])/y,
    check: isDni,
    words: /\bdni\b|\bnif\b|documento nacional|identidad|spanish id/,
    bare: 0.5,
  }),
  defineIdentity({
    rule: 'pii.es_nie',
    anchor: 'letter',
    shape: /[XYZxyz]-?\d{7}-?[A-HJ-NP-TV-Za-hj-np-tv-z](?![A-Za-z0-9])/y,
    check: isDni,
    words: /\bnie\b|extranjero|foreigner|identidad/,
    bare: 0.7,
  }),
  defineIdentity({
    rule: 'pii.it_fiscal_code',
    anchor: 'letter',
    shape: /[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z](?![A-Za-z0-9])/y,
    check: isCodiceFiscale,
    words: /codice fiscale|\bc\.? ?f\.?\b|fiscal code|tax code/,
    bare: 0.9,
  }),
  defineIdentity({
    rule: 'pii.nl_bsn',
    anchor: 'digit',
    digits: 9,
    shape: /\d{9}(?!\d|[.-]\d)/y,
    // Eleven-test with a last weight of -1.
    check: (value) => weigh(value, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !isRepeated(value),
    words: /\bbsn\b|burgerservicenummer|sofinummer|citizen service/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.pl_pesel',
    anchor: 'digit',
    digits: 11,
    shape: /\d{11}(?!\d|[.-]\d)/y,
    check: isPesel,
    words: /pesel/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.se_personnummer',
    anchor: 'digit',
    digits: 10,
    shape: /(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278]\d|[39][01])[-+]?\d{4}(?!\d|-\d)/y,
    check: (value) => isLuhn(value.slice(-10)),
    words: /person-?nummer|personnr|samordningsnummer|swedish (?:personal|id)/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.fi_hetu',
    anchor: 'digit',
    digits: 9,
    shape: /(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?![A-Za-z0-9])/y,
    check: isHetu,
    words: /hetu\b|henkil[oö]tunnus|finnish (?:personal|id)/,
    bare: 0.75,
  }),
];
