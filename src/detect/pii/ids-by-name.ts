// Numbers with no check digits of their own: passports, driving licences, dates of birth. A word before them decides.
import { endOf, isDigit, type PiiKind } from './kind.ts';
import { toPartialPattern } from '../partial.ts';
import { defineIdentity } from './identity.ts';

const PASSPORT = /passport|passeport|reisepass|pasaporte|passaporto|护照|護照|パスポート/;
const LICENCE =
  /driv(?:er'?s?|ing)\s{0,2}licen[cs]e|licen[cs]e (?:number|no\b|#)|\bdl ?(?:#|no\b|num)|permis de conduire|f[uü]hrerschein|carnet de conducir|patente di guida/;

const BORN =
  /\b(?:dob|d\.o\.b|birth ?date|date of birth|birth ?day|born|geburtsdatum|geboren|n[eé]e? le|date de naissance|nacid[oa]|fecha de nacimiento|nat[oa] il|data di nascita|geboortedatum)\b|出生|生年月日/;
const DATE =
  /(?:(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\1(?:(?:19|20)\d{2}|\d{2})|(?:19|20)\d{2}([-/.])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)? ?(?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6},? (?:19|20)\d{2}|(?:19|20)\d{2}年 ?\d{1,2}月 ?\d{1,2}日)(?![a-z0-9])/y;
const DAY_YEAR = /(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,? (?:19|20)\d{2}(?!\d)/y;
const MONTH_BEFORE = /\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? $/;

/** A month at the end of a text or before a day that ends it, for a date that may begin with it. */
const MONTH_OPEN = new RegExp(
  `\\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:${toPartialPattern(`[a-z]{0,6}\\.? ${DAY_YEAR.source}`)})`,
  'g',
);
/** Longest birth date that a month begins: "september. 30th, 1985". */
const MONTH_DATE_MOST = 24;

/** Where a date of birth that begins with a month is still open; the text's end where none is. */
export function openBirthDate(lower: string): number {
  MONTH_OPEN.lastIndex = Math.max(0, lower.length - MONTH_DATE_MOST);
  for (let hit = MONTH_OPEN.exec(lower); hit !== null; hit = MONTH_OPEN.exec(lower)) {
    if (BORN.test(lower.slice(Math.max(0, hit.index - 40), hit.index))) return hit.index;
    MONTH_OPEN.lastIndex = hit.index + 1;
  }
  return lower.length;
}

const birthDate: PiiKind = {
  rule: 'pii.birth_date',
  severity: 'medium',
  anchors: ['digit'],
  needsWord: true,
  shapes: [DATE, DAY_YEAR],
  match(text, at) {
    if (isDigit(text.folded.charCodeAt(at - 2)) && /[-/.]/.test(text.folded[at - 1]!)) return undefined;
    let start = at;
    let end = endOf(DATE, text.lower, at);
    if (end < 0) {
      end = endOf(DAY_YEAR, text.lower, at);
      // "March 4, 1985" starts a month before its first digit.
      const month = end < 0 ? null : MONTH_BEFORE.exec(text.lower.slice(Math.max(0, at - 13), at));
      if (month === null) return undefined;
      start = at - month[0].length;
    }
    if (!BORN.test(text.lower.slice(Math.max(0, start - 40), start))) return undefined;
    return { start, end, score: 0.85 };
  },
};

/** An identity number of letters and digits, which may begin with either. */
const named = (rule: string, digits: number, shape: RegExp, words: RegExp): readonly PiiKind[] =>
  (['digit', 'letter'] as const).map((anchor) =>
    defineIdentity({ rule, anchor, digits, shape, words, bare: 0, check: (value) => /\d{4}/.test(value) }),
  );

export const NAMED_IDS: readonly PiiKind[] = [
  birthDate,
  ...named('pii.passport', 6, /[A-Za-z]{0,2}\d{6,9}[A-Za-z]?(?![A-Za-z0-9])/y, PASSPORT),
  ...named('pii.driver_license', 0, /[A-Za-z]{0,3}\d{1,4}(?:[- ]?[A-Za-z0-9]{3,6}){1,3}(?![A-Za-z0-9])/y, LICENCE),
];
