// Whether digits are a telephone number by the numbering plan of their country.
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/metadata.min';

/** Places in the library's metadata of a country (version 4). */
const PATTERN = 2;
const PREFIX = 5;
const PREFIX_RULE = 7;
const LEADING = 10;
const TYPES = 11;

/** Codes that many countries share, the dearest of all to ask the library about. */
const SHARED: ReadonlySet<string> = new Set(['1', '44']);

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

/** The countries of a calling code. */
interface Code {
  readonly plans: readonly Plan[];
  /** National prefixes, "0" as a rule; undefined where the rule is more than digits to be left out. */
  readonly prefixes: readonly string[] | undefined;
}

/**
 * The library compiles every pattern anew and tries country by country, a hundred microseconds a number for some codes:
 * here each pattern is compiled once.
 */
const entire = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);
const codes = new Map<string, Code | undefined>();

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

function readCode(code: string): Code | undefined {
  const listed: Readonly<Record<string, readonly string[]>> = metadata.country_calling_codes;
  const countries: Readonly<Record<string, unknown>> = metadata.countries;
  const names = Object.hasOwn(listed, code) ? listed[code]! : [];
  const entries = names.map((name) => countries[name]).filter((entry) => Array.isArray(entry));
  if (entries.length === 0) return undefined;
  const main: readonly unknown[] = entries[0]!;
  const rule = main[PREFIX_RULE];
  const prefix = typeof rule === 'string' ? rule : typeof main[PREFIX] === 'string' ? main[PREFIX] : '';
  const prefixes = /^[\d|]*$/.test(prefix) ? prefix.split('|').filter((each) => each !== '') : undefined;
  return { plans: entries.map(readPlan), prefixes };
}

function codeOf(code: string): Code | undefined {
  if (!codes.has(code)) codes.set(code, readCode(code));
  return codes.get(code);
}

const isOfType = ({ pattern, lengths }: Type, number: string): boolean =>
  (lengths === undefined || lengths.includes(number.length)) && pattern.test(number);

/** As the library decides: where countries share a code, the first whose leading digits or types fit. */
function isNational(plans: readonly Plan[], number: string): boolean {
  if (plans.length === 1) {
    const { all, types } = plans[0]!;
    return all.test(number) && (types.length === 0 || types.some((type) => isOfType(type, number)));
  }
  for (const { all, leading, types } of plans) {
    if (leading !== undefined) {
      if (leading.test(number)) return all.test(number);
    } else if (all.test(number) && types.some((type) => isOfType(type, number))) return true;
  }
  return false;
}

/** Whether the digits, which begin with a country's calling code, are a valid number of its plan. */
export function isInternationalNumber(digits: string): boolean {
  for (let length = 1; length <= 3; length++) {
    const code = codeOf(digits.slice(0, length));
    if (code === undefined) continue;
    const { plans, prefixes } = code;
    // Of the other codes that countries share the library knows exceptions, and is quick enough.
    if (prefixes === undefined || (plans.length > 1 && !SHARED.has(digits.slice(0, length)))) break;
    const number = digits.slice(length);
    // "+44 (0)20 ..." is written often, and read as without the prefix.
    if (isNational(plans, number)) return true;
    const prefix = prefixes.find((each) => number.startsWith(each));
    return prefix !== undefined && isNational(plans, number.slice(prefix.length));
  }
  return parsePhoneNumberFromString(`+${digits}`)?.isValid() === true;
}

/** Whether ten digits are a valid number of the North American plan. */
export function isNorthAmericanNumber(digits: string): boolean {
  return isNational(codeOf('1')!.plans, digits);
}
