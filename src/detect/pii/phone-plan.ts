// Whether digits are a telephone number by the numbering plan of their country.
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/metadata.min';

/**
 * Calling codes that many countries share. The library tries country by country and compiles every pattern anew:
 * a hundred microseconds a number, where other codes cost seven. Of these the patterns are compiled once.
 */
const SHARED = ['1', '44'] as const;
/** Places in the library's metadata of a country (version 4): pattern of all numbers, first digits, types. */
const PATTERN = 2;
const LEADING = 10;
const TYPES = 11;

interface Type {
  readonly pattern: RegExp;
  readonly lengths: readonly number[] | undefined;
}

interface Plan {
  readonly all: RegExp;
  /** Digits that say that a number is of this country and no other. */
  readonly leading: RegExp | undefined;
  readonly types: readonly Type[];
}

const entire = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const plans = new Map<string, readonly Plan[]>();

function readPlan(country: readonly unknown[]): Plan {
  const leading = country[LEADING];
  const listed = country[TYPES];
  const types = (Array.isArray(listed) ? (listed as readonly unknown[]) : []).flatMap((type): Type[] => {
    if (!Array.isArray(type) || typeof type[0] !== 'string' || type[0] === '') return [];
    return [{ pattern: entire(type[0]), lengths: Array.isArray(type[1]) ? (type[1] as number[]) : undefined }];
  });
  return {
    all: entire(String(country[PATTERN])),
    leading: typeof leading === 'string' ? new RegExp(`^(?:${leading})`) : undefined,
    types,
  };
}

function plansOf(code: (typeof SHARED)[number]): readonly Plan[] {
  let known = plans.get(code);
  if (known === undefined) {
    const countries = metadata.country_calling_codes[code] ?? [];
    known = countries.map((country) => readPlan(metadata.countries[country] as unknown as readonly unknown[]));
    plans.set(code, known);
  }
  return known;
}

const isOfType = ({ pattern, lengths }: Type, number: string): boolean =>
  (lengths === undefined || lengths.includes(number.length)) && pattern.test(number);

/** As the library decides: the first country whose leading digits or types fit. */
function isNational(code: (typeof SHARED)[number], number: string): boolean {
  for (const { all, leading, types } of plansOf(code)) {
    if (leading !== undefined) {
      if (leading.test(number)) return all.test(number);
    } else if (all.test(number) && types.some((type) => isOfType(type, number))) return true;
  }
  return false;
}

/** Whether the digits, which begin with a country's calling code, are a valid number of its plan. */
export function isInternationalNumber(digits: string): boolean {
  for (const code of SHARED) {
    if (!digits.startsWith(code)) continue;
    const number = digits.slice(code.length);
    // "+44 (0)20 ..." is written often, and read as without the prefix.
    return isNational(code, number) || (number[0] === (code === '44' ? '0' : '1') && isNational(code, number.slice(1)));
  }
  return parsePhoneNumberFromString(`+${digits}`)?.isValid() === true;
}

/** Whether ten digits are a valid number of the North American plan. */
export function isNorthAmericanNumber(digits: string): boolean {
  return isNational('1', digits);
}
