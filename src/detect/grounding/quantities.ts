// The figures of a text: numbers in any usual notation, times of day, dates, and names that hold digits.
import { type DatePlace, type PartialDate, findDates } from './dates.ts';
import { scaleAfter } from './number-words.ts';

interface Place {
  /** Span in the folded text. */
  readonly start: number;
  readonly end: number;
}

/** One way to read a number as written: `1.234` may be 1234 or 1.234. */
export interface NumberReading {
  readonly value: number;
  /** What one more in the last digit that is not a padding zero adds. */
  readonly step: number;
  /** Digits without padding zeros. */
  readonly digits: number;
}

export interface NumberQuantity extends Place {
  readonly kind: 'number';
  /** At least one; the likeliest first. */
  readonly readings: readonly NumberReading[];
  readonly percent: boolean;
  /** What a word or sign multiplied it by; 1 without. */
  readonly scale: number;
  /** It says of what it is a number: a currency, a percent sign, decimals, a scale. */
  readonly marked: boolean;
}

export interface DateQuantity extends Place {
  readonly kind: 'date';
  readonly readings: readonly PartialDate[];
}

/** Minutes since midnight. */
export interface TimeQuantity extends Place {
  readonly kind: 'time';
  readonly values: readonly number[];
}

/** Digits within a name: `Q3`, `INV-20391`, `10.0.0.1`, `v2.1.3`. */
export interface CodeQuantity extends Place {
  readonly kind: 'code';
  readonly text: string;
}

export type Quantity = NumberQuantity | DateQuantity | TimeQuantity | CodeQuantity;

/** Digits with what may stand within a number; at most so long, as longer runs are no figures. */
const RUN = /\d(?:[\d.,':]{0,38}\d)?/g;
const GROUPS = /^\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})*(?:[.,]\d{1,12})?$/;
const DECIMAL = /^\d{1,15}[.,]\d{1,12}$/;
const INDIAN = /^\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?$/;
const TIME = /^([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?$/;
const CURRENCY_BEFORE = /(?:[$€£¥₹₽₩฿]|(?<!\p{L})(?:usd|eur|gbp|chf|jpy|rs\.?|r\$))[ \t]?$/u;
const CURRENCY_AFTER = /^\s?(?:[€$£¥₹₽₩]|usd|eur|euros?|dollars?|gbp|chf|pounds?|yen|元|円|원)/;
const PERCENT =
  /^\s?(?:%|％|percent|prozent|pour ?cent|por ?ciento|per ?cento|por ?cento|procent|процент|パーセント|퍼센트)/;
const MERIDIEM = /^\s?([ap])\.?m\b/;
const IN_WORD = /[\p{L}_#]$/u;
const WORD_START = /[\p{L}\p{N}_.\-/]*$/u;
const WORD_REST = /^[\p{L}\p{N}_\-/]*/u;
const CJK = /[\u2e80-\u9fff\u1100-\u11ff\uac00-\ud7af]/;

/** A whole number, its padding zeros left out of what it says: of 1,500,000 the step is 100,000. */
function wholeReading(digits: string): NumberReading {
  const plain = digits.replace(/^0+(?=\d)/, '');
  const trimmed = plain.replace(/0+$/, '');
  return { value: Number(plain), step: 10 ** (plain.length - Math.max(1, trimmed.length)), digits: trimmed.length };
}

function decimalReading(whole: string, decimals: string): NumberReading {
  const digits = (whole + decimals).replace(/^0+/, '').length;
  return { value: Number(`${whole}.${decimals}`), step: 10 ** -decimals.length, digits };
}

/** The readings of a run of digits and signs; none where it has no usual form of a number. */
function readingsOf(run: string): NumberReading[] {
  if (/^\d+$/.test(run)) return run.length <= 15 ? [wholeReading(run)] : [];
  const readings: NumberReading[] = [];
  const mark = GROUPS.exec(run)?.[1];
  if (mark !== undefined) {
    const last = run.search(/[.,](?=\d+$)/);
    if (last !== -1 && run[last] !== mark) {
      readings.push(decimalReading(run.slice(0, last).replaceAll(mark, ''), run.slice(last + 1)));
    } else readings.push(wholeReading(run.replaceAll(mark, '')));
  }
  // Three decimals that end in a zero are a group.
  if (DECIMAL.test(run) && !(mark !== undefined && run.endsWith('0'))) {
    const [whole, decimals] = run.split(/[.,]/) as [string, string];
    readings.push(decimalReading(whole, decimals));
  }
  if (INDIAN.test(run) && !run.includes('.')) readings.push(wholeReading(run.replaceAll(',', '')));
  return readings;
}

/** White space between groups of three, `12 500`: the joined number, and where it ends. */
function joinSpaced(text: string, start: number, end: number): { run: string; end: number } {
  let to = end;
  if (end - start > 3) return { run: text.slice(start, end), end };
  for (let next = /^ \d{3}(?!\d)/.exec(text.slice(to, to + 5)); next !== null;) {
    to += 4;
    next = /^ \d{3}(?!\d)/.exec(text.slice(to, to + 5));
  }
  return { run: text.slice(start, to).replaceAll(' ', ''), end: to };
}

function toTime(text: string, start: number, end: number, match: RegExpExecArray): TimeQuantity {
  const hour = Number(match[1]) % 24;
  const minutes = hour * 60 + Number(match[2]);
  const half = MERIDIEM.exec(text.slice(end, end + 6))?.[1];
  if (half !== undefined)
    return { kind: 'time', start, end, values: [((hour % 12) + (half === 'p' ? 12 : 0)) * 60 + (minutes % 60)] };
  return { kind: 'time', start, end, values: hour < 12 && hour > 0 ? [minutes, minutes + 720] : [minutes] };
}

function toNumberQuantity(text: string, start: number, end: number, run: string): NumberQuantity | undefined {
  const readings = readingsOf(run);
  if (readings.length === 0) return undefined;
  const after = text.slice(end, end + 24);
  const percent = PERCENT.test(after);
  const scale = percent ? undefined : scaleAfter(after);
  const factor = scale?.factor ?? 1;
  const currency = CURRENCY_BEFORE.test(text.slice(Math.max(0, start - 8), start)) || CURRENCY_AFTER.test(after);
  return {
    kind: 'number',
    start,
    end: end + (scale?.length ?? 0),
    readings: readings.map(({ value, step, digits }) => ({ value: value * factor, step: step * factor, digits })),
    percent,
    scale: factor,
    marked: percent || currency || scale !== undefined || !Number.isInteger(readings[0]!.value),
  };
}

/** The name that a run of digits is part of, or undefined where it stands by itself or before a unit (`10km`, `3rd`). */
function nameAround(text: string, start: number, end: number): CodeQuantity | undefined {
  const before = text.slice(Math.max(0, start - 40), start);
  const last = before.at(-1) ?? ' ';
  const inWord = (IN_WORD.test(before) && !CJK.test(last)) || (/[-/]$/.test(before) && /[\p{L}_][-/]$/u.test(before));
  if (!inWord) return undefined;
  const from = start - (WORD_START.exec(before)?.[0].length ?? 0);
  const to = end + (WORD_REST.exec(text.slice(end, end + 40))?.[0].length ?? 0);
  return { kind: 'code', start: from, end: to, text: text.slice(from, to) };
}

/** All figures of a folded lower-case text, in order. Linear: every pattern is bounded. */
export function findQuantities(text: string): Quantity[] {
  const dates: DatePlace[] = findDates(text);
  const found: Quantity[] = dates.map((place) => ({ kind: 'date', ...place }));
  let dated = 0;
  let after = 0;
  RUN.lastIndex = 0;
  for (let match = RUN.exec(text); match !== null; match = RUN.exec(text)) {
    const start = match.index;
    const end = start + match[0].length;
    while (dated < dates.length && dates[dated]!.end <= start) dated++;
    const date = dates[dated];
    if (start < after || (date !== undefined && end > date.start && start < date.end)) continue;
    const quantity = quantityAt(text, start, end);
    if (quantity === undefined) continue;
    found.push(quantity);
    after = quantity.end;
    RUN.lastIndex = Math.max(RUN.lastIndex, after);
  }
  return found.sort((a, b) => a.start - b.start);
}

function quantityAt(text: string, start: number, end: number): Quantity | undefined {
  const run = text.slice(start, end);
  const name = nameAround(text, start, end);
  if (name !== undefined) return name;
  const time = TIME.exec(run);
  if (time !== null) return toTime(text, start, end, time);
  const hour = /^\d{1,2}$/.test(run) && Number(run) <= 12 ? MERIDIEM.exec(text.slice(end, end + 6)) : null;
  if (hour !== null) {
    const minutes = ((Number(run) % 12) + (hour[1] === 'p' ? 12 : 0)) * 60;
    return { kind: 'time', start, end, values: [minutes] };
  }
  const spaced = joinSpaced(text, start, end);
  return toNumberQuantity(text, start, spaced.end, spaced.run) ?? { kind: 'code', start, end, text: run };
}
