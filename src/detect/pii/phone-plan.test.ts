// Numbering plans: what is compiled here of the library's metadata says what the library says.
import fc from 'fast-check';
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { expect, it } from 'vitest';
import { isInternationalNumber, isNorthAmericanNumber } from './phone-plan.ts';

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });

const CODES = getCountries().map((country) => getCountryCallingCode(country));
const STARTS = [
  '1201',
  '1416',
  '1787',
  '1800',
  '1876',
  '4420',
  '44020',
  '447624',
  '441481',
  '447911',
  '4930',
  '39333',
  '7495',
];

it('agrees with the library on numbers of every calling code', () => {
  const start = fc.oneof(fc.constantFrom(...CODES), fc.constantFrom(...STARTS));
  const number = fc.tuple(start, fc.constantFrom('', '', '0', '8'), digits(5, 11)).map((parts) => parts.join(''));
  let valid = 0;
  fc.assert(
    fc.property(number, (each) => {
      const known = parsePhoneNumberFromString(`+${each}`)?.isValid() === true;
      if (known) valid++;
      expect([each, isInternationalNumber(each)]).toEqual([each, known]);
    }),
    { numRuns: 800 },
  );
  expect(valid).toBeGreaterThan(40);
});

it('agrees with the library on national numbers of North America', () => {
  fc.assert(
    fc.property(digits(10, 10), (each) => {
      expect(isNorthAmericanNumber(each)).toBe(parsePhoneNumberFromString(each, 'US')?.isValid() === true);
    }),
    { numRuns: 150 },
  );
});
