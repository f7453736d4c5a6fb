// Identity numbers of Asia and Oceania.
import { isRepeated, isVerhoeff, weigh } from './checksums.ts';
import { defineIdentity } from './identity.ts';
import type { PiiKind } from './kind.ts';

/** GB 11643 (ISO 7064 mod 11-2), with a birth date that can be. */
function isChineseId(value: string): boolean {
  const sum = weigh(value, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  return '10X98765432'[sum % 11] === value[17];
}

/** Tax file number: weighted sum divisible by 11. */
function isTfn(value: string): boolean {
  return weigh(value, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !isRepeated(value);
}

/** NRIC and FIN: weighted sum picks the letter, from a row that depends on the first letter. */
function isNric(value: string): boolean {
  const offset = { S: 0, F: 0, T: 4, G: 4, M: 3 }[value[0]!];
  const row = { S: 'JZIHGFEDCBA', T: 'JZIHGFEDCBA', F: 'XWUTRQPNMLK', G: 'XWUTRQPNMLK', M: 'KLJNPQRTUWX' }[value[0]!];
  if (offset === undefined || row === undefined) return false;
  const rest = (weigh(value.slice(1), [2, 7, 6, 5, 4, 3, 2]) + offset) % 11;
  return row[value[0] === 'M' ? 10 - rest : rest] === value[8];
}

/** My Number: weights 6..2, 7..2 from the left; mod 11. */
function isMyNumber(value: string): boolean {
  const rest = weigh(value, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest < 2 ? 0 : 11 - rest) === Number(value[11]) && !isRepeated(value);
}

/** Resident registration number: weights 2..9, 2..5; check = (11 - sum mod 11) mod 10. */
function isKoreanRrn(value: string): boolean {
  return (11 - (weigh(value, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10 === Number(value[12]);
}

export const ASIAN_IDS: readonly PiiKind[] = [
  defineIdentity({
    rule: 'pii.in_aadhaar',
    anchor: 'digit',
    digits: 12,
    shape: /[2-9]\d{3}([ -]?)\d{4}\1\d{4}(?!\d|[ -]\d{4})/y,
    check: (value) => isVerhoeff(value) && !isRepeated(value),
    words: /aadhaar|aadhar|adhaar|\buid(?:ai)?\b|आधार/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.in_pan',
    anchor: 'letter',
    shape: /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![A-Za-z0-9])/y,
    words: /\bpan\b|permanent account|income tax|tax id/,
    bare: 0.5,
  }),
  defineIdentity({
    rule: 'pii.cn_resident_id',
    anchor: 'digit',
    digits: 17,
    shape: /[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![A-Za-z0-9])/y,
    check: isChineseId,
    words: /身份证|身份證|resident id|chinese id|identity card/,
    bare: 0.95,
  }),
  defineIdentity({
    rule: 'pii.sg_nric',
    anchor: 'letter',
    shape: /[STFGM]\d{7}[A-Z](?![A-Za-z0-9])/y,
    check: isNric,
    words: /\bnric\b|\bfin\b|identity card/,
    bare: 0.7,
  }),
  defineIdentity({
    rule: 'pii.kr_rrn',
    anchor: 'digit',
    digits: 13,
    shape: /\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?!\d)/y,
    check: isKoreanRrn,
    words: /주민|resident registration|\brrn\b/,
    bare: 0.8,
  }),
  defineIdentity({
    rule: 'pii.jp_my_number',
    anchor: 'digit',
    digits: 12,
    shape: /\d{4}([ -]?)\d{4}\1\d{4}(?!\d|[ -]\d)/y,
    check: isMyNumber,
    words: /my ?number|マイナンバー|個人番号/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.au_tfn',
    anchor: 'digit',
    digits: 9,
    shape: /\d{3}([ -]?)\d{3}\1\d{3}(?!\d|[ -]\d)/y,
    check: isTfn,
    words: /\btfn\b|tax file/,
    bare: 0,
  }),
];
