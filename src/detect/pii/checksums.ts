// Check digits: what tells an identity number from any other row of digits.

/** Luhn (ISO/IEC 7812-1, mod 10): payment cards, Canadian SIN, Swedish personnummer. Digits only. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const value = i % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** ISO 7064 mod 97-10 as IBAN uses it (ISO 13616). Upper-case letters and digits only. */
export function isMod97(iban: string): boolean {
  let rest = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Sum of digits times weights; further digits are ignored. */
export function weigh(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (digits.charCodeAt(i) - 48) * weights[i]!;
  return sum;
}

/** ISO 7064 mod 11,10 (hybrid): the German tax id. */
export function isMod11Ten(digits: string): boolean {
  let product = 10;
  for (let i = 0; i < digits.length - 1; i++) {
    let sum = (digits.charCodeAt(i) - 48 + product) % 10;
    if (sum === 0) sum = 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits.charCodeAt(digits.length - 1) - 48;
}

const VERHOEFF_STEP = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Verhoeff's check (1969): each digit permuted by its place, then multiplied up in the dihedral group D5. */
export function isVerhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    let value = digits.charCodeAt(digits.length - 1 - i) - 48;
    for (let times = i % 8; times > 0; times--) value = VERHOEFF_STEP[value]!;
    check = multiplyD5(check, value);
  }
  return check === 0;
}

/** Product in the dihedral group of the pentagon: 0..4 rotations, 5..9 reflections. */
function multiplyD5(a: number, b: number): number {
  const turn = b % 5;
  if (a < 5) return ((a + turn) % 5) + (b < 5 ? 0 : 5);
  return ((a - 5 - turn + 5) % 5) + (b < 5 ? 5 : 0);
}

/** Whether all digits are one and the same: passes several of the checks and is nobody's number. */
export function isRepeated(digits: string): boolean {
  return digits.length > 0 && digits === digits[0]!.repeat(digits.length);
}
