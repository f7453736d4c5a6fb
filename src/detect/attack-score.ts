// One injection score out of many findings.
import type { FindingClass, TextFinding } from '../contract/index.ts';

const CAP = 0.99;
const COUNTED: ReadonlySet<FindingClass> = new Set(['injection', 'jailbreak', 'extraction', 'obfuscation']);

type Scored = Pick<TextFinding, 'rule' | 'class' | 'score'>;

/** Whether a finding counts towards the injection score of its text. */
export function countsAsInjection({ class: kind, rule }: Pick<Scored, 'rule' | 'class'>): boolean {
  return COUNTED.has(kind) || rule === 'exfiltration.learned';
}

/**
 * How likely the findings say that a text attacks the model, 0..1: one minus the chance that every rule that fired
 * is wrong (noisy-or over distinct rules, each with its best score), at most 0.99. Findings of other classes than
 * injection, jailbreak, extraction and obfuscation do not count, but for what was learned of exfiltration.
 */
export function injectionScore(findings: readonly Scored[]): number {
  const best = new Map<string, number>();
  for (const finding of findings) {
    if (!countsAsInjection(finding)) continue;
    const { rule, score } = finding;
    best.set(rule, Math.max(best.get(rule) ?? 0, score));
  }
  let clean = 1;
  for (const score of best.values()) clean *= 1 - score;
  return Math.min(1 - clean, CAP);
}
