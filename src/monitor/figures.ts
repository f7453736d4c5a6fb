// Figures for systems that collect them: counters, histograms and gauges, with a bound on how many series there can be.

export interface FamilyInfo {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
}

export interface Series {
  readonly values: readonly string[];
  /** Of a counter or gauge. */
  value: number;
  /** Of a histogram: counts up to each bound and beyond, not cumulated. */
  readonly counts: number[];
  sum: number;
}

/** Series of one family; of more, the rest is counted together. */
const MOST_SERIES = 1000;
const MOST_CHARS = 120;
const REST = 'other';

export class Family {
  readonly info: FamilyInfo;
  readonly #series = new Map<string, Series>();

  constructor(info: FamilyInfo) {
    this.info = info;
  }

  get series(): readonly Series[] {
    return [...this.#series.values()];
  }

  add(values: readonly string[], amount = 1): void {
    this.#seriesOf(values).value += amount;
  }

  observe(values: readonly string[], amount: number): void {
    const series = this.#seriesOf(values);
    const { buckets = [] } = this.info;
    let at = 0;
    while (at < buckets.length && amount > buckets[at]!) at++;
    series.counts[at]!++;
    series.sum += amount;
    series.value++;
  }

  #seriesOf(values: readonly string[]): Series {
    const key = values.join('\u001f');
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    if (this.#series.size >= MOST_SERIES && !values.every((value) => value === REST)) {
      return this.#seriesOf(values.map(() => REST));
    }
    const counts = new Array<number>((this.info.buckets?.length ?? -1) + 1).fill(0);
    const made = { values: values.map((value) => value.slice(0, MOST_CHARS)), value: 0, counts, sum: 0 };
    this.#series.set(key, made);
    return made;
  }
}

/** A figure that is asked for when it is collected. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly type?: 'counter' | 'gauge';
  readonly labels?: readonly string[];
  readonly read: () => readonly { readonly values?: readonly string[]; readonly value: number }[];
}

/** Everything that is collected. Others add what they know of themselves: a sink its lag. */
export class Figures {
  readonly #families: Family[] = [];
  readonly #gauges: Gauge[] = [];

  family(info: FamilyInfo): Family {
    const family = new Family(info);
    this.#families.push(family);
    return family;
  }

  gauge(gauge: Gauge): void {
    this.#gauges.push(gauge);
  }

  /** Every family with its series as they are now. A gauge that cannot be read is left out. */
  collect(): { readonly info: FamilyInfo; readonly series: readonly Series[] }[] {
    const gauges = this.#gauges.flatMap(({ name, help, type = 'gauge', labels = [], read }) => {
      let found;
      try {
        found = read();
      } catch {
        return [];
      }
      const series = found.map(({ values = [], value }) => ({ values, value, counts: [], sum: 0 }));
      return [{ info: { name, help, type, labels }, series }];
    });
    return [...this.#families.map(({ info, series }) => ({ info, series })), ...gauges];
  }
}
