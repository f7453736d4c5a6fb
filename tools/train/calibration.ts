// Thresholds and calibration of a head from what it says of texts whose source it never saw.
import type { Entry } from './examples.ts';

export interface Scored {
  readonly entry: Entry;
  readonly score: number;
}

/** Groups of harmless texts, each with the share of false alarms that is accepted of it. */
export interface Budget {
  readonly rate: number;
  readonly groups: readonly (readonly number[])[];
}

/** Share of false alarms over groups, each weighing by the root of its size. */
function alarms(groups: readonly (readonly number[])[], threshold: number): number {
  let sum = 0;
  let weights = 0;
  for (const scores of groups) {
    const weight = Math.sqrt(scores.length);
    sum += (weight * scores.filter((score) => score >= threshold).length) / scores.length;
    weights += weight;
  }
  return weights === 0 ? 0 : sum / weights;
}

/** The least threshold that keeps every budget. */
export function chooseThreshold(budgets: readonly Budget[]): number {
  let threshold = -Infinity;
  for (const { rate, groups } of budgets) {
    const scores = groups.flat().sort((a, b) => a - b);
    let [low, high] = [0, scores.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (alarms(groups, scores[middle]!) > rate) low = middle + 1;
      else high = middle;
    }
    threshold = Math.max(threshold, scores[low] ?? scores.at(-1)! + 1);
  }
  return threshold;
}

export interface Calibration {
  readonly slope: number;
  readonly offset: number;
  /** Log odds of an attack for which the scores are probabilities. */
  readonly prior: number;
  /** Expected calibration error at that prior, ten bins. */
  readonly ece: number;
}

/**
 * Platt scaling (Platt 1999) by Newton's method, both sides weighing the same; then the prior is chosen such that the
 * threshold has the odds 1, so that a score is the chance of an attack where attacks are as frequent as that prior says.
 */
export function calibrate(scores: readonly { score: number; positive: boolean }[], threshold: number): Calibration {
  const positives = scores.filter(({ positive }) => positive).length;
  const weightOf = (positive: boolean): number => 0.5 / (positive ? positives : scores.length - positives);
  let [a, b] = [1, -threshold];
  for (let step = 0; step < 100; step++) {
    let [ga, gb, haa, hab, hbb] = [0, 0, 1e-9, 0, 1e-9];
    for (const { score, positive } of scores) {
      const p = 1 / (1 + Math.exp(-(a * score + b)));
      const w = weightOf(positive);
      const g = w * (p - Number(positive));
      const h = w * Math.max(p * (1 - p), 1e-6);
      ga += g * score;
      gb += g;
      haa += h * score * score;
      hab += h * score;
      hbb += h;
    }
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    a = Math.max(0.05, a - Math.max(-0.5, Math.min(0.5, da)));
    b -= Math.max(-1, Math.min(1, db));
    if (Math.abs(da) + Math.abs(db) < 1e-9) break;
  }
  const prior = -(a * threshold + b);
  const odds = Math.exp(prior);
  const bins = Array.from({ length: 10 }, () => ({ weight: 0, p: 0, hit: 0 }));
  for (const { score, positive } of scores) {
    const p = 1 / (1 + Math.exp(-(a * score + b + prior)));
    const weight = weightOf(positive) * (positive ? odds : 1);
    const bin = bins[Math.min(9, Math.floor(p * 10))]!;
    bin.weight += weight;
    bin.p += weight * p;
    bin.hit += weight * Number(positive);
  }
  const all = bins.reduce((sum, { weight }) => sum + weight, 0);
  const ece = bins.reduce((sum, { p, hit }) => sum + Math.abs(p - hit), 0) / all;
  return { slope: a, offset: b + prior, prior, ece };
}
