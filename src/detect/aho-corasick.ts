// Finds every occurrence of many words in one pass over a text: the gate in front of every rule.

/** Non-ASCII letters are read as two symbols, so that a few thousand of them do not widen every row of the table. */
const FIRST_WIDE = 128;

interface Alphabet {
  /** Per UTF-16 unit its column, or 0 for a unit that no pattern has. Non-ASCII units: 128 + their number. */
  readonly columns: Uint16Array;
  readonly width: number;
  /** Columns of the two symbols of the wide letter of this number. */
  readonly high: Uint16Array;
  readonly low: Uint16Array;
}

function makeAlphabet(patterns: readonly string[]): Alphabet {
  const columns = new Uint16Array(0x10000);
  const wide: number[] = [];
  let narrow = 0;
  for (const pattern of patterns) {
    for (let i = 0; i < pattern.length; i++) {
      const unit = pattern.charCodeAt(i);
      if (columns[unit] !== 0) continue;
      if (unit < FIRST_WIDE) columns[unit] = ++narrow;
      else columns[unit] = FIRST_WIDE + wide.push(unit) - 1;
    }
  }
  const base = Math.ceil(Math.sqrt(wide.length));
  const high = new Uint16Array(wide.length);
  const low = new Uint16Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    high[i] = narrow + 1 + Math.floor(i / base);
    low[i] = narrow + 1 + base + (i % base);
  }
  return { columns, width: narrow + 1 + 2 * base, high, low };
}

function symbolsOf(pattern: string, { columns, high, low }: Alphabet): number[] {
  const symbols: number[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const column = columns[pattern.charCodeAt(i)]!;
    if (column < FIRST_WIDE) symbols.push(column);
    else symbols.push(high[column - FIRST_WIDE]!, low[column - FIRST_WIDE]!);
  }
  return symbols;
}

/**
 * An Aho-Corasick automaton (Aho and Corasick 1975) with every transition resolved beforehand: one table look-up
 * a character. States are stored as row offsets, negative where a pattern ends in them.
 */
export class AhoCorasick {
  readonly #alphabet: Alphabet;
  readonly #table: Int32Array;
  /** Per state the pattern that ends there (-1: none), and the next shorter state in which one ends (0: none). */
  readonly #pattern: Int32Array;
  readonly #shorter: Int32Array;
  /** Pattern number to the numbers that the caller knows it by: a word given twice is reported twice. */
  readonly #same: readonly (readonly number[])[];

  /** @param patterns non-empty words, compared unit by unit: fold and lower them like the text beforehand. */
  constructor(patterns: readonly string[]) {
    if (patterns.some((pattern) => pattern === '')) throw new RangeError('an empty pattern matches everywhere');
    const numbers = new Map<string, number[]>();
    patterns.forEach((pattern, index) => {
      const known = numbers.get(pattern);
      if (known === undefined) numbers.set(pattern, [index]);
      else known.push(index);
    });
    const distinct = [...numbers.keys()];
    this.#same = [...numbers.values()];
    this.#alphabet = makeAlphabet(distinct);
    const width = this.#alphabet.width;

    const words = distinct.map((pattern) => symbolsOf(pattern, this.#alphabet));
    const capacity = words.reduce((sum, word) => sum + word.length, 1);
    const next = new Int32Array(capacity * width);
    const ends = new Int32Array(capacity).fill(-1);
    let states = 1;
    words.forEach((word, index) => {
      let state = 0;
      for (const symbol of word) {
        const place = state * width + symbol;
        state = next[place] === 0 ? (next[place] = states++) : next[place]!;
      }
      ends[state] = index;
    });

    const fail = new Int32Array(states);
    this.#shorter = new Int32Array(states);
    const queue = new Int32Array(states);
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const state = queue[head]!;
      const from = fail[state]!;
      this.#shorter[state] = ends[from] === -1 ? this.#shorter[from]! : from;
      for (let symbol = 0; symbol < width; symbol++) {
        const child = next[state * width + symbol]!;
        const other = state === 0 ? 0 : next[from * width + symbol]!;
        if (child === 0) {
          next[state * width + symbol] = other;
        } else {
          fail[child] = other;
          queue[tail++] = child;
        }
      }
    }
    this.#pattern = ends.slice(0, states);
    this.#table = new Int32Array(states * width);
    for (let i = 0; i < this.#table.length; i++) {
      const target = next[i]!;
      const speaks = ends[target] !== -1 || this.#shorter[target] !== 0;
      this.#table[i] = speaks ? -target * width : target * width;
    }
  }

  /**
   * Calls `onHit` with the pattern's index and the end offset (exclusive) of every occurrence, in order of the end,
   * longer ones first. Returning `false` stops the scan.
   */
  scan(text: string, onHit: (pattern: number, end: number) => boolean | void): void {
    const { columns, width, high, low } = this.#alphabet;
    const table = this.#table;
    let row = 0;
    for (let i = 0; i < text.length; i++) {
      const column = columns[text.charCodeAt(i)]!;
      if (column < FIRST_WIDE) {
        row = table[row + column]!;
      } else {
        row = table[row + high[column - FIRST_WIDE]!]!;
        row = table[(row < 0 ? -row : row) + low[column - FIRST_WIDE]!]!;
      }
      if (row < 0) {
        row = -row;
        for (let state = row / width; state !== 0; state = this.#shorter[state]!) {
          const found = this.#pattern[state]!;
          if (found === -1) continue;
          for (const index of this.#same[found]!) if (onHit(index, i + 1) === false) return;
        }
      }
    }
  }
}
