// Distributions in bounded memory: counts in fixed bins, which can be added up and held against each other.

/** Bins of amounts: 0, then four a doubling from 1 to 2^30; what is more falls into the last. */
const AMOUNT_BINS = 122;
/** Bins of shares: fiftieths of 0..1. */
const SHARE_BINS = 50;
/** Names counted apart; of more, the rest is counted together. */
const MOST_NAMES = 64;
const REST = '\u2026';

/** Counts by bin; plain data. Of names, the bins are the names. */
export type Sketch =
  | { readonly of: 'amount' | 'share'; readonly counts: number[] }
  | { readonly of: 'name'; readonly names: Record<string, number> };

export function newSketch(of: Sketch['of']): Sketch {
  if (of === 'name') return { of, names: Object.create(null) as Record<string, number> };
  return { of, counts: new Array<number>(of === 'amount' ? AMOUNT_BINS : SHARE_BINS).fill(0) };
}

/** Adds a value: of an amount or a share a number, of a name a text. What does not fit its kind is not counted. */
export function sketchValue(sketch: Sketch, value: number | string): void {
  if (sketch.of === 'name') {
    const name = String(value);
    const { names } = sketch;
    const isKnown = Object.hasOwn(names, name);
    const bin = isKnown || Object.keys(names).length < MOST_NAMES ? name : REST;
    names[bin] = (names[bin] ?? 0) + 1;
    return;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return;
  const { counts } = sketch;
  const bin =
    sketch.of === 'share' ? Math.floor(value * SHARE_BINS) : value < 1 ? 0 : 1 + Math.floor(4 * Math.log2(value));
  counts[Math.max(0, Math.min(counts.length - 1, bin))]!++;
}

export function addSketch(into: Sketch, other: Sketch): void {
  if (into.of === 'name' && other.of === 'name') {
    for (const [name, count] of Object.entries(other.names)) {
      const bin = Object.hasOwn(into.names, name) || Object.keys(into.names).length < MOST_NAMES ? name : REST;
      into.names[bin] = (into.names[bin] ?? 0) + count;
    }
  } else if (into.of !== 'name' && other.of === into.of) {
    other.counts.forEach((count, i) => (into.counts[i]! += count));
  }
}

export function sketchSize(sketch: Sketch): number {
  const counts = sketch.of === 'name' ? Object.values(sketch.names) : sketch.counts;
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Share of the baseline that a bin of the comparison has at least, so that what chance does to it is known. */
const LEAST_SHARE = 0.05;

/** The same bins for both: neighbours put together until each holds a share of the baseline. */
export function alignSketches(baseline: Sketch, now: Sketch): { readonly before: number[]; readonly after: number[] } {
  const before: number[] = [];
  const after: number[] = [];
  const least = LEAST_SHARE * sketchSize(baseline);
  if (baseline.of === 'name') {
    const seen = now.of === 'name' ? now.names : {};
    let rest = [0, 0];
    for (const [name, count] of Object.entries(baseline.names)) {
      const is = Object.hasOwn(seen, name) ? seen[name]! : 0;
      if (count >= least) {
        before.push(count);
        after.push(is);
      } else rest = [rest[0]! + count, rest[1]! + is];
    }
    // What the baseline never had.
    for (const [name, count] of Object.entries(seen)) if (!Object.hasOwn(baseline.names, name)) rest[1]! += count;
    before.push(rest[0]!);
    after.push(rest[1]!);
    return { before, after };
  }
  let [was, is] = [0, 0];
  baseline.counts.forEach((count, i) => {
    was += count;
    is += now.of === 'name' ? 0 : now.counts[i]!;
    if (was < least) return;
    before.push(was);
    after.push(is);
    [was, is] = [0, 0];
  });
  if (was > 0 || is > 0) {
    // The tail is too thin to stand alone, unless what is new lies in it.
    if (is < LEAST_SHARE * sketchSize(now) && before.length > 0) {
      before[before.length - 1]! += was;
      after[after.length - 1]! += is;
    } else {
      before.push(was);
      after.push(is);
    }
  }
  return { before, after };
}
