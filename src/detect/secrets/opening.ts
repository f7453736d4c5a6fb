// From where on a text that goes on may hold a secret whose end has not come.
import { leastOpen, settledText } from '../open-end.ts';
import { toPartialPattern } from '../partial.ts';
import type { TextView } from '../view.ts';
import { type Compiled, type SecretMatcher, WINDOW, isOpenAt } from './matcher.ts';

/** The folded index from which on later text may bring or change a match. */
export type FindOpening = (view: TextView) => number;

/** Proper beginnings of keywords to the rules whose keyword so begins. */
function beginningsOf(matcher: SecretMatcher): ReadonlyMap<string, readonly Compiled[]> {
  const beginnings = new Map<string, Compiled[]>();
  for (const { entry, word } of matcher.gates) {
    for (let length = 1; length < word.length; length++) {
      const beginning = word.slice(0, length);
      const entries = beginnings.get(beginning) ?? [];
      if (!entries.includes(entry)) entries.push(entry);
      beginnings.set(beginning, entries);
    }
  }
  return beginnings;
}

/**
 * Makes the search for open matches. A match is open where its pattern could go on at the end of the text, and its
 * keyword either stands there already or could still come.
 */
export function findOpenings(matcher: SecretMatcher): FindOpening {
  const { entries, gates, automaton } = matcher;
  const beginnings = beginningsOf(matcher);
  const longest = Math.max(...gates.map(({ word }) => word.length));
  // Rules that begin before their keyword, with how far back a match may have begun whose keyword is not whole yet.
  const early = entries
    .filter(({ rule }) => rule.before > 0)
    .map(({ rule }) => ({
      span: rule.before + Math.max(...rule.keywords.map((word) => word.length)),
      // Searched for and not tried place by place: no rule looks further back than LEFT.
      pattern: new RegExp(toPartialPattern(rule.pattern), rule.ignoreCase ? 'gi' : 'g'),
    }));

  return (view) => {
    const { folded, lower, length } = settledText(view);
    const least = leastOpen(length, WINDOW);
    let open = length;
    const tryFrom = (entry: Compiled, first: number, last: number): void => {
      for (let at = Math.max(first, least); at <= last && at < open; at++) {
        if (isOpenAt(entry, folded, at)) open = at;
      }
    };
    for (const { pattern, span } of early) {
      pattern.lastIndex = Math.max(least, length - span);
      open = Math.min(open, pattern.exec(folded)?.index ?? length);
    }
    automaton.scan(lower.slice(least), (gate, end) => {
      const { entry, word } = gates[gate]!;
      const at = least + end - word.length;
      tryFrom(entry, at - entry.rule.before, at);
    });
    for (let count = Math.min(longest - 1, length - least); count > 0; count--) {
      const at = length - count;
      if (at >= open) break;
      for (const entry of beginnings.get(lower.slice(at, length)) ?? []) tryFrom(entry, at, at);
    }
    return open;
  };
}
