// What the documents of a request say, ready to be asked: does a figure stand there, and is a sentence made of their
// words?
import type { Documents } from '../detector.ts';
import { foldLower } from '../fold.ts';
import { type PartialDate, agree } from './dates.ts';
import { findNumberWords, isNumberWord } from './number-words.ts';
import { type NumberQuantity, type NumberReading, type Quantity, findQuantities } from './quantities.ts';
import { contentWords, languageOf, wordsOf } from './words.ts';

/** Characters of documents and of all else that are read; an answer to more is not judged. */
const TEXT_MOST = 400_000;
const SAID_MOST = 200_000;
/** More figures than so many are not combined: nearly every number is made of two of a hundred. */
const COMBINED_MOST = 24;

/** How far a figure is borne out. */
export type Standing = 'stated' | 'derived' | 'missing';

export interface Support {
  /** Whether everything was read. */
  readonly complete: boolean;
  readonly language: string | undefined;
  standingOf(quantity: Quantity, isRough: boolean): Standing;
  /** Whether a word's stem stands there. */
  hasStem(stem: string): boolean;
  /** Whether a word stands there, whole, in lower case. */
  hasWord(word: string): boolean;
}

/** Distinct numbers in ascending order. */
class NumberLine {
  readonly #values: Float64Array;

  constructor(values: Iterable<number>) {
    this.#values = Float64Array.from(new Set(values)).sort();
  }

  /** Whether a number lies within `reach` of `value`, or as near as binary fractions fall. */
  hasNear(value: number, within: number): boolean {
    const reach = within * (1 + 1e-9) + Math.abs(value) * 1e-9;
    let low = 0;
    let high = this.#values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! < value - reach) low = middle + 1;
      else high = middle;
    }
    return low < this.#values.length && this.#values[low]! <= value + reach;
  }
}

/** A text folded, in lower case, with its words. */
interface ReadText {
  readonly text: string;
  readonly words: readonly string[];
}

function readText(original: string): ReadText {
  const text = foldLower(original);
  return { text, words: wordsOf(text) };
}

/** What the figures of the texts come to. */
interface Figures {
  /** All numbers, those within dates and codes too. */
  readonly numbers: number[];
  /** Those that count or measure something, and so may be combined. */
  readonly amounts: Set<number>;
  readonly times: Set<number>;
  readonly dates: PartialDate[];
  readonly codes: Set<string>;
}

const DATES_MOST = 5000;

function gatherOne(quantity: Quantity, into: Figures): void {
  switch (quantity.kind) {
    case 'date':
      if (into.dates.length < DATES_MOST) into.dates.push(...quantity.readings);
      for (const { year, day } of quantity.readings)
        into.numbers.push(...[year, day].filter((each) => each !== undefined));
      return;
    case 'time':
      for (const value of quantity.values) into.times.add(value);
      return;
    case 'code':
      into.codes.add(quantity.text);
      for (const digits of quantity.text.match(/\d+/g) ?? []) into.numbers.push(Number(digits));
      return;
    case 'number': {
      const values = quantity.readings.map((reading) => reading.value);
      into.amounts.add(values[0]!);
      into.numbers.push(...values);
      // A table's head may hold the scale that its cells do not.
      if (quantity.scale !== 1) into.numbers.push(...values.map((value) => value / quantity.scale));
      if (quantity.percent) into.numbers.push(...values.map((value) => value / 100));
    }
  }
}

function gather(texts: readonly ReadText[]): Figures {
  const figures: Figures = { numbers: [], amounts: new Set(), times: new Set(), dates: [], codes: new Set() };
  for (const { text, words: spelt } of texts) {
    for (const quantity of findQuantities(text)) gatherOne(quantity, figures);
    const words = spelt.some(isNumberWord) ? findNumberWords(text) : [];
    figures.numbers.push(...words);
    for (const value of words) if (value > 2 || value < 1) figures.amounts.add(value);
  }
  return figures;
}

/** What two numbers come to, and the sum of all. */
interface Combined {
  readonly amounts: NumberLine;
  readonly ratios: NumberLine;
  readonly percents: NumberLine;
}

function combine(values: readonly number[]): Combined {
  const amounts: number[] = [values.reduce((sum, value) => sum + value, 0)];
  const ratios: number[] = [];
  const percents: number[] = [];
  for (const [i, a] of values.entries()) {
    for (const [j, b] of values.entries()) {
      if (i === j) continue;
      amounts.push(a + b, Math.abs(a - b), a * b, (a * b) / 100);
      if (b === 0) continue;
      ratios.push(a / b);
      percents.push((a / b) * 100, Math.abs((a - b) / b) * 100);
    }
    // What is left after so many percent.
    for (const b of values) if (b < 100) amounts.push((a * (100 - b)) / 100, (a * (100 + b)) / 100);
    if (a < 100) percents.push(100 - a);
  }
  return { amounts: new NumberLine(amounts), ratios: new NumberLine(ratios), percents: new NumberLine(percents) };
}

/** How much rounding may have changed it by: nothing, where it does not look rounded. */
function roundingOf({ digits, step, value }: NumberReading, isRough: boolean): number {
  if (isRough) return step;
  const isRounded = step > 1 || !Number.isInteger(value);
  return digits >= 2 && isRounded ? step / 2 : 0;
}

class DocumentSupport implements Support {
  readonly complete: boolean;
  readonly #texts: readonly ReadText[];
  readonly #all: readonly ReadText[];
  #figures: (Figures & { readonly line: NumberLine }) | undefined;
  #combined: Combined | undefined;
  #stems: Set<string> | undefined;
  #words: Set<string> | undefined;
  #language: { readonly name: string | undefined } | undefined;

  constructor({ texts, said }: Documents) {
    const size = (all: readonly string[]): number => all.reduce((sum, text) => sum + text.length, 0);
    this.complete = size(texts) <= TEXT_MOST && size(said) <= SAID_MOST;
    this.#texts = this.complete ? texts.map(readText) : [];
    this.#all = this.complete ? [...this.#texts, ...said.map(readText)] : [];
  }

  get language(): string | undefined {
    this.#language ??= { name: languageOf(this.#texts.flatMap(({ words }) => words.slice(0, 100))) };
    return this.#language.name;
  }

  standingOf(quantity: Quantity, isRough: boolean): Standing {
    const figures = this.#readFigures();
    switch (quantity.kind) {
      case 'date':
        return quantity.readings.some((date) => this.#hasDate(date)) ? 'stated' : 'missing';
      case 'time':
        return quantity.values.some((value) => figures.times.has(value)) ? 'stated' : 'missing';
      case 'code':
        return figures.codes.has(quantity.text) || this.#all.some(({ text }) => text.includes(quantity.text))
          ? 'stated'
          : 'missing';
      case 'number':
        return this.#standingOfNumber(quantity, isRough);
    }
  }

  #standingOfNumber({ readings, percent }: NumberQuantity, isRough: boolean): Standing {
    const { line, amounts } = this.#readFigures();
    for (const reading of readings) {
      const reach = roundingOf(reading, isRough);
      // Half is 50%, and 0.5 is too.
      const other = percent ? 0.01 : 100;
      if (line.hasNear(reading.value, reach) || line.hasNear(reading.value * other, reach * other)) return 'stated';
    }
    if (amounts.size > COMBINED_MOST) return 'missing';
    this.#combined ??= combine([...amounts]);
    const { amounts: made, ratios, percents } = this.#combined;
    // What is divided is rounded, what is added is not: nearly any rounded number is a product of some two.
    const isDerived = readings.some(({ value, step }) =>
      percent
        ? percents.hasNear(value, step / 2)
        : made.hasNear(value, 0) || (!Number.isInteger(value) && ratios.hasNear(value, step / 2)),
    );
    return isDerived ? 'derived' : 'missing';
  }

  #hasDate(date: PartialDate): boolean {
    const { dates, line } = this.#readFigures();
    const { day, ...month } = date;
    if (dates.some((each) => agree(each, date) && (day === undefined || each.day !== undefined))) return true;
    // Of "9 and 23 October" the first day stands apart from its month.
    return (
      day !== undefined && line.hasNear(day, 0) && dates.some((each) => each.month !== undefined && agree(each, month))
    );
  }

  hasStem(stem: string): boolean {
    this.#stems ??= new Set(this.#all.flatMap(({ words }) => contentWords(words)));
    return this.#stems.has(stem);
  }

  hasWord(word: string): boolean {
    this.#words ??= new Set(this.#all.flatMap(({ words }) => words));
    return this.#words.has(word);
  }

  #readFigures(): Figures & { readonly line: NumberLine } {
    if (this.#figures === undefined) {
      const figures = gather(this.#all);
      this.#figures = { ...figures, line: new NumberLine(figures.numbers) };
    }
    return this.#figures;
  }
}

const known = new WeakMap<Documents, Support>();

/** The documents of a request ready to be asked; made once for each. What is asked decides what is read. */
export function supportOf(documents: Documents): Support {
  let support = known.get(documents);
  if (support === undefined) known.set(documents, (support = new DocumentSupport(documents)));
  return support;
}
