// How far two distributions over the same bins differ, and how likely chance alone makes that much.
import { logGamma } from './gamma.ts';

export interface Difference {
  /** The measure itself. */
  readonly value: number;
  /** Chance of at least that much between two samples of one distribution. */
  readonly chance: number;
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** Shares with half a count added to each bin, so that an empty one has a logarithm. */
function sharesOf(counts: readonly number[]): number[] {
  const total = sum(counts) + counts.length / 2;
  return counts.map((count) => (count + 0.5) / total);
}

/**
 * Population stability index, sum of (p - q) ln(p / q). Of two samples of one distribution, it is a chi-squared variable of
 * one degree less than bins, times (1/n + 1/m) (Yurdakul 2018).
 */
export function psi(before: readonly number[], after: readonly number[]): Difference {
  const [p, q] = [sharesOf(before), sharesOf(after)];
  const value = p.reduce((total, share, i) => total + (share - q[i]!) * Math.log(share / q[i]!), 0);
  const scale = 1 / sum(before) + 1 / sum(after);
  return { value, chance: chiSquaredTail(value / scale, before.length - 1) };
}

/** Jensen-Shannon divergence in bits, 0..1; its chance is that of the G statistic of the two samples. */
export function jensenShannon(before: readonly number[], after: readonly number[]): Difference {
  const [n, m] = [sum(before), sum(after)];
  const [p, q] = [before.map((count) => count / n), after.map((count) => count / m)];
  const divergence = (weight: number): number =>
    p.reduce((total, share, i) => {
      const other = q[i]!;
      const middle = weight * share + (1 - weight) * other;
      const part = (x: number, w: number): number => (x === 0 ? 0 : w * x * Math.log(x / middle));
      return total + part(share, weight) + part(other, 1 - weight);
    }, 0);
  const statistic = 2 * (n + m) * divergence(n / (n + m));
  return { value: divergence(0.5) / Math.LN2, chance: chiSquaredTail(statistic, before.length - 1) };
}

/**
 * Kolmogorov-Smirnov: the largest distance between the two cumulated. Over bins it is never larger than over the values,
 * so that the chance is an upper bound (and for names, whose order says nothing, it is not to be used).
 */
export function kolmogorovSmirnov(before: readonly number[], after: readonly number[]): Difference {
  const [n, m] = [sum(before), sum(after)];
  let [p, q, value] = [0, 0, 0];
  before.forEach((count, i) => {
    p += count / n;
    q += after[i]! / m;
    value = Math.max(value, Math.abs(p - q));
  });
  const size = Math.sqrt((n * m) / (n + m));
  return { value, chance: kolmogorovTail((size + 0.12 + 0.11 / size) * value) };
}

/** The tail of Kolmogorov's distribution (with Stephens' correction of small samples in its argument). */
function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1;
  let total = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    total += k % 2 === 1 ? term : -term;
    if (term < 1e-12) break;
  }
  return Math.max(0, Math.min(1, 2 * total));
}

/** Chance that a chi-squared variable is at least `x`: the upper incomplete gamma function (series, continued fraction). */
export function chiSquaredTail(x: number, degrees: number): number {
  if (degrees < 1) return 1;
  if (x <= 0) return 1;
  const a = degrees / 2;
  const z = x / 2;
  const front = Math.exp(-z + a * Math.log(z) - logGamma(a));
  if (z < a + 1) {
    let term = 1 / a;
    let total = term;
    for (let n = 1; n < 500 && term > total * 1e-14; n++) total += term *= z / (a + n);
    return Math.max(0, 1 - front * total);
  }
  let b = z + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 500; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b || 1e-300);
    c = b + an / c || 1e-300;
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-14) break;
  }
  return Math.min(1, front * h);
}
