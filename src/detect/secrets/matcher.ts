// Secret rules compiled: keywords into one automaton, patterns tried within a window around a keyword.
import { AhoCorasick } from '../aho-corasick.ts';
import type { TextView } from '../view.ts';
import type { SecretRule } from './rule.ts';
import { isCredible } from './shape.ts';

/** Longest text a pattern sees from its first character on: the reach of the detector. */
export const WINDOW = 256;
/** What a pattern may see before its first character. */
export const LEFT = 16;

export interface SecretMatch {
  readonly rule: SecretRule;
  /** Span of the secret, in folded characters. */
  readonly start: number;
  readonly end: number;
}

export type SecretMatcher = (view: TextView) => SecretMatch[];

interface Compiled {
  readonly rule: SecretRule;
  readonly pattern: RegExp;
}

/** The rule tried at one position, seeing nothing but LEFT characters before it and WINDOW from it on. */
function tryAt({ rule, pattern }: Compiled, text: string, at: number): SecretMatch | undefined {
  const from = Math.max(0, at - LEFT);
  pattern.lastIndex = at - from;
  const match = pattern.exec(text.slice(from, at + WINDOW));
  if (match === null) return undefined;
  const [start, end] = match.indices?.groups?.['secret'] ?? match.indices![0]!;
  if (end <= start || !isCredible(match.groups?.['secret'] ?? match[0], rule)) return undefined;
  return { rule, start: from + start, end: from + end };
}

/**
 * Compiles rules into one function that finds their matches: one pass for all keywords, then each pattern where its
 * keyword is. Every position is judged by itself.
 */
export function compileSecretRules(rules: readonly SecretRule[]): SecretMatcher {
  const compiled = rules.map((rule) => ({ rule, pattern: new RegExp(rule.pattern, rule.ignoreCase ? 'dyi' : 'dy') }));
  const gates = compiled.flatMap((entry, index) => entry.rule.keywords.map((word) => ({ entry, index, word })));
  const automaton = new AhoCorasick(gates.map(({ word }) => word));
  return (view) => {
    const text = view.folded;
    const matches: SecretMatch[] = [];
    const seen = new Set<string>();
    // Up to which position a rule that begins before its keyword has been tried, and the positions of the others.
    const tried = new Int32Array(compiled.length).fill(-1);
    automaton.scan(view.lower, (gate, end) => {
      const { entry, index, word } = gates[gate]!;
      const at = end - word.length;
      const first = entry.rule.before === 0 ? at : Math.max(tried[index]! + 1, at - entry.rule.before, 0);
      if (entry.rule.before === 0 && tried[index] === at) return;
      for (let start = first; start <= at; start++) {
        const match = tryAt(entry, text, start);
        if (match === undefined) continue;
        // Patterns that begin at different places may end in the same secret.
        const key = `${index}:${match.start}:${match.end}`;
        if (seen.has(key)) continue;
        seen.add(key);
        matches.push(match);
      }
      tried[index] = Math.max(tried[index]!, at);
    });
    return matches;
  };
}
