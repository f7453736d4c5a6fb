// Identity numbers of the Americas.
import { isLuhn, isRepeated, weigh } from './checksums.ts';
import { defineIdentity } from './identity.ts';
import type { PiiKind } from './kind.ts';

/** SSA: no area 000, 666 or 9xx, no group 00, no serial 0000; the two numbers that advertisements made famous. */
function isSsn(value: string): boolean {
  if (value === '078051120' || value === '219099999' || value === '123456789') return false;
  return !/^(?:000|666)|^...00|0000$/.test(value) && !isRepeated(value);
}

/** Mod 11 check digit as Brazil's CPF and CNPJ use it. */
function brazilDigit(digits: string, weights: readonly number[]): number {
  const rest = weigh(digits, weights) % 11;
  return rest < 2 ? 0 : 11 - rest;
}

function isCpf(value: string): boolean {
  if (isRepeated(value)) return false;
  const first = brazilDigit(value, [10, 9, 8, 7, 6, 5, 4, 3, 2]);
  const second = brazilDigit(value, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return value.slice(9) === `${first}${second}`;
}

function isCnpj(value: string): boolean {
  if (isRepeated(value)) return false;
  const first = brazilDigit(value, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
  const second = brazilDigit(value, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]);
  return value.slice(12) === `${first}${second}`;
}

const SSN_WORDS = /social\s{0,2}security|\bssn\b|\bss ?(?:#|no\b|num)|\btax ?(?:payer)? ?id|\btin\b/;

export const AMERICAN_IDS: readonly PiiKind[] = [
  defineIdentity({
    rule: 'pii.us_ssn',
    anchor: 'digit',
    digits: 9,
    shape: /[0-8]\d{2}-\d{2}-\d{4}(?!\d|-\d)/y,
    check: isSsn,
    words: SSN_WORDS,
    bare: 0.7,
  }),
  defineIdentity({
    rule: 'pii.us_ssn',
    anchor: 'digit',
    digits: 9,
    shape: /[0-8]\d{2} ?\d{2} ?\d{4}(?!\d|[.-]\d)/y,
    check: isSsn,
    words: SSN_WORDS,
    bare: 0,
  }),
  defineIdentity({
    // IRS: 9xx with a fourth and fifth digit of 50-65, 70-88, 90-92 or 94-99.
    rule: 'pii.us_itin',
    anchor: 'digit',
    digits: 9,
    shape: /9\d{2}([- ]?)(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\1\d{4}(?!\d|-\d)/y,
    words: /\bitin\b|taxpayer|\btax id|\btin\b/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.ca_sin',
    anchor: 'digit',
    digits: 9,
    shape: /[1-79]\d{2}([- ]?)\d{3}\1\d{3}(?!\d|-\d)/y,
    check: (value) => isLuhn(value) && !isRepeated(value),
    words: /\bsin\b|social insurance|\bnas\b|assurance sociale/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.br_cpf',
    anchor: 'digit',
    digits: 11,
    shape: /\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)/y,
    check: isCpf,
    words: /\bcpf\b/,
    bare: 0.9,
  }),
  defineIdentity({
    rule: 'pii.br_cpf',
    anchor: 'digit',
    digits: 11,
    shape: /\d{11}(?!\d|[.-]\d)/y,
    check: isCpf,
    words: /\bcpf\b/,
    bare: 0,
  }),
  defineIdentity({
    rule: 'pii.br_cnpj',
    anchor: 'digit',
    digits: 14,
    shape: /\d{2}\.?\d{3}\.?\d{3}\/?\d{4}-?\d{2}(?!\d)/y,
    check: isCnpj,
    words: /\bcnpj\b/,
    bare: 0.6,
    severity: 'low',
  }),
];
