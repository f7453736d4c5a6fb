// The exact lower bound of a share, for claims that must hold, and the normal quantile that turns shares into radii.
import { logGamma } from './gamma.ts';

/** The continued fraction of the incomplete beta function (Lentz). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (Math.abs(1 - ((a + b) * x) / (a + 1)) < tiny ? tiny : 1 - ((a + b) * x) / (a + 1));
  let value = d;
  // As many terms as the square root of the larger number needs.
  for (let m = 1; m < 10_000; m++) {
    for (const part of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 + part * d;
      if (Math.abs(d) < tiny) d = tiny;
      d = 1 / d;
      c = 1 + part / c;
      if (Math.abs(c) < tiny) c = tiny;
      value *= d * c;
    }
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return value;
}

/** The regularised incomplete beta function. */
function beta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/**
 * The least share that is not ruled out: below it, as many hits come with a chance of less than `alpha` (Clopper and Pearson 1934, one-sided).
 * @param hits - of `trials`, which must be more than none
 * @param alpha - how often the bound may be wrong, 0 to 1
 */
export function clopperPearsonLower(hits: number, trials: number, alpha: number): number {
  if (hits <= 0) return 0;
  if (hits >= trials) return alpha ** (1 / trials);
  let low = 0;
  let high = hits / trials;
  for (let round = 0; round < 100 && high - low > 1e-14; round++) {
    const middle = (low + high) / 2;
    // The chance of so many hits or more.
    if (beta(middle, hits, trials - hits + 1) < alpha) low = middle;
    else high = middle;
  }
  return low;
}

/** The two-sided chance that a fair coin gives so uneven a count. @param hits - of `trials` */
export function fairCoinChance(hits: number, trials: number): number {
  const more = Math.max(hits, trials - hits);
  return Math.min(1, 2 * beta(0.5, more, trials - more + 1));
}

/** The number below which a standard normal lies with the chance `p`, 0 < p < 1 (Acklam 2003, one step of Halley after it). */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const at = (terms: readonly number[], x: number): number => terms.reduce((sum, term) => sum * x + term, 0);
  if (p <= 0 || p >= 1) return p <= 0 ? -Infinity : Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  let x: number;
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    x = at(c, q) / at(d, q);
  } else {
    const q = p - 0.5;
    x = (at(a, q * q) * q) / at(b, q * q);
  }
  const error = normalBelow(x) - p;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
  return x - step / (1 + (x * step) / 2);
}

/** The chance that a standard normal lies below `x` (x <= 0): by the incomplete gamma function's series and fraction. */
function normalBelow(x: number): number {
  const z = (x * x) / 2;
  if (z === 0) return 0.5;
  const front = Math.exp(-z + 0.5 * Math.log(z) - logGamma(0.5));
  if (z < 1.5) {
    let term = 2;
    let sum = term;
    for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * sum; n++) {
      term *= z / (0.5 + n);
      sum += term;
    }
    return (1 - front * sum) / 2;
  }
  let b = z + 0.5;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 500; n++) {
    const part = -n * (n - 0.5);
    b += 2;
    d = 1 / (part * d + b);
    c = b + part / c;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * value) / 2;
}
