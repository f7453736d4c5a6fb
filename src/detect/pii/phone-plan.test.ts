// Numbering plans: what is compiled here of the library's metadata says what the library says.
import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { expect, it } from 'vitest';
import { isInternationalNumber, isNorthAmericanNumber } from './phone-plan.ts';

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });

it('agrees with the library on numbers of shared calling codes', () => {
  const starts = ['1', '1201', '1416', '1787', '1800', '1876', '44', '4420', '44020', '447624', '441481', '44800', '447911'];
  const number = fc.constantFrom(...starts).chain((start) => digits(6, 11).map((rest) => start + rest));
  let valid = 0;
  fc.assert(
    fc.property(number, (each) => {
      const known = parsePhoneNumberFromString(`+${each}`)?.isValid() === true;
      if (known) valid++;
      expect([each, isInternationalNumber(each)]).toEqual([each, known]);
    }),
    { numRuns: 15000 },
  );
  expect(valid).toBeGreaterThan(30);
});

it('agrees with the library on national numbers of North America', () => {
  fc.assert(
    fc.property(digits(10, 10), (each) => {
      expect(isNorthAmericanNumber(each)).toBe(parsePhoneNumberFromString(each, 'US')?.isValid() === true);
    }),
    { numRuns: 150 },
  );
});
