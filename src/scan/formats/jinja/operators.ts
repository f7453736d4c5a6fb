// What Python's operators make of values that are known.
import { type Value, SOME_TEXT, UNKNOWN, isText, join, string } from './value.ts';

/** Characters or items that a repetition is written out to. */
const MOST_REPEATED = 2000;

export function add(left: Value, right: Value): Value {
  if (isText(left) || isText(right)) return join(left, right);
  if (left.kind === 'number' && right.kind === 'number') return { kind: 'number', number: left.number + right.number };
  if (left.kind === 'list' && right.kind === 'list') {
    return { kind: 'list', items: [...left.items, ...right.items].slice(0, MOST_REPEATED) };
  }
  return UNKNOWN;
}

/** @param spend - is told how many characters or items there would be */
export function multiply(left: Value, right: Value, spend: (much: number) => void): Value {
  if (left.kind === 'number' && right.kind === 'number') return { kind: 'number', number: left.number * right.number };
  const [value, times] = left.kind === 'number' ? [right, left] : [left, right];
  if (times.kind !== 'number') return isText(value) ? SOME_TEXT : UNKNOWN;
  const length = value.kind === 'string' ? value.text.length : value.kind === 'list' ? value.items.length : 0;
  spend(length * times.number);
  if (length * times.number > MOST_REPEATED || times.number < 0) return isText(value) ? SOME_TEXT : UNKNOWN;
  if (value.kind === 'string') return string(value.text.repeat(times.number));
  if (value.kind === 'list')
    return { kind: 'list', items: Array.from({ length: times.number }, () => value.items).flat() };
  return isText(value) ? SOME_TEXT : UNKNOWN;
}

/** @param spend - is told how many bits the number would have */
export function power(left: Value, right: Value, spend: (bits: number) => void): Value {
  if (left.kind !== 'number' || right.kind !== 'number') return UNKNOWN;
  spend(Math.log2(Math.max(2, Math.abs(left.number))) * right.number);
  const number = left.number ** right.number;
  return { kind: 'number', number };
}

/** Any other operator: numbers, and whether two known values are equal. */
export function compare(operator: string, left: Value, right: Value): Value {
  const plain = (value: Value): string | number | boolean | null | undefined =>
    value.kind === 'string'
      ? value.text
      : value.kind === 'number'
        ? value.number
        : value.kind === 'plain'
          ? value.value
          : undefined;
  const [a, b] = [plain(left), plain(right)];
  if (a === undefined || b === undefined) return UNKNOWN;
  if (operator === '==' || operator === '!=') return { kind: 'plain', value: (a === b) === (operator === '==') };
  if (typeof a !== 'number' || typeof b !== 'number') return UNKNOWN;
  switch (operator) {
    case '-':
      return { kind: 'number', number: a - b };
    case '/':
      return { kind: 'number', number: a / b };
    case '//':
      return { kind: 'number', number: Math.floor(a / b) };
    case '%':
      return { kind: 'number', number: a - b * Math.floor(a / b) };
    case '<':
      return { kind: 'plain', value: a < b };
    case '<=':
      return { kind: 'plain', value: a <= b };
    case '>':
      return { kind: 'plain', value: a > b };
    case '>=':
      return { kind: 'plain', value: a >= b };
    default:
      return UNKNOWN;
  }
}

/** `of[key]` where the key is no text. */
export function index(of: Value, key: Value): Value {
  if (of.kind === 'partly') return SOME_TEXT;
  if (key.kind !== 'number') {
    if (of.kind === 'string') return SOME_TEXT;
    return UNKNOWN;
  }
  if (of.kind === 'string') {
    const char = [...of.text].at(key.number);
    return char === undefined ? UNKNOWN : string(char);
  }
  return of.kind === 'list' ? (of.items.at(key.number) ?? UNKNOWN) : UNKNOWN;
}

/** `of[start:stop:step]` as Python has it. */
export function slice(of: Value, bounds: readonly (Value | undefined)[]): Value {
  if (of.kind !== 'string' && of.kind !== 'list') return isText(of) ? SOME_TEXT : UNKNOWN;
  const items: readonly (string | Value)[] = of.kind === 'string' ? [...of.text] : of.items;
  const numbers = bounds.map((bound) =>
    bound === undefined ? undefined : bound.kind === 'number' ? bound.number : NaN,
  );
  const [start, stop, step = 1] = numbers;
  if (numbers.some((number) => Number.isNaN(number)) || step === 0) return of.kind === 'string' ? SOME_TEXT : UNKNOWN;
  const { length } = items;
  const clamp = (at: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, at < 0 ? at + length : at));
  const from =
    start === undefined ? (step > 0 ? 0 : length - 1) : clamp(start, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
  const to =
    stop === undefined ? (step > 0 ? length : -1) : clamp(stop, step > 0 ? 0 : -1, step > 0 ? length : length - 1);
  const picked: (string | Value)[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) picked.push(items[at]!);
  return of.kind === 'string' ? string(picked.join('')) : { kind: 'list', items: picked as Value[] };
}
