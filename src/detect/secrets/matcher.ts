// Secret rules compiled: keywords into one automaton, patterns tried within a window around a keyword.
import { AhoCorasick } from '../aho-corasick.ts';
import { toPartialPattern } from '../partial.ts';
import type { TextView } from '../view.ts';
import { APART, APART_FROM_TAILS } from './form.ts';
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

/** One rule compiled. */
export interface Compiled {
  readonly rule: SecretRule;
  readonly index: number;
  readonly pattern: RegExp;
  /** Whether it never begins in the middle of a word, so that most places need not be tried. */
  readonly apart: boolean;
  /** Where it is open at the end of a text; made on first use, as only streams ask. */
  partial: RegExp | undefined;
}

/** Rules compiled, with the one automaton that finds the keywords of all. */
export interface SecretMatcher {
  readonly entries: readonly Compiled[];
  /** Keyword number to its rule and length. */
  readonly gates: readonly { readonly entry: Compiled; readonly word: string }[];
  readonly automaton: AhoCorasick;
  /** All matches of a view. The last views' are remembered, so that two detectors of the same rules scan once. */
  match(view: TextView): readonly SecretMatch[];
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90);
}

/** Whether a pattern that stands apart cannot begin at `at`: what `APART` says, without asking the regular expression. */
function isWithinWord(text: string, at: number): boolean {
  return isLetterOrDigit(text.charCodeAt(at - 1)) && text[at - 2] !== '\\' && text[at - 3] !== '%';
}

/** Whether the keyword of a name cannot begin at `at`: `meraki` is no part of `cameraKit`, but of `myMerakiKey`. */
function isWithinName(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const isLower = before >= 97 && before <= 122;
  return isLower ? /[a-z]/.test(text[at]!) && text[at - 2] !== '\\' : before >= 65 && before <= 90;
}

/** Whether what stands before `at` keeps the rule from beginning there. */
function cannotBegin({ rule, apart }: Compiled, text: string, at: number): boolean {
  return (apart && isWithinWord(text, at)) || (rule.named && isWithinName(text, at));
}

/** The rule tried at one position, seeing nothing but LEFT characters before it and WINDOW from it on. */
function tryAt(entry: Compiled, text: string, at: number): SecretMatch | undefined {
  if (cannotBegin(entry, text, at)) return undefined;
  const { rule, pattern } = entry;
  const from = at > LEFT ? at - LEFT : 0;
  pattern.lastIndex = at - from;
  const slice = text.slice(from, at + WINDOW);
  const match = pattern.exec(slice);
  if (match === null) return undefined;
  const secret = match.groups?.['secret'];
  const value = secret ?? match[0];
  if (value.length === 0 || !isCredible(value, rule)) return undefined;
  if (secret === undefined) return { rule, start: at, end: at + value.length };
  const [start, end] = withIndices(pattern, slice, at - from);
  return { rule, start: from + start, end: from + end };
}

const indexed = new WeakMap<RegExp, RegExp>();

/** Span of the group `secret`. Asked of matches alone: a pattern with indices costs several times as much. */
function withIndices(pattern: RegExp, slice: string, at: number): readonly [number, number] {
  let twin = indexed.get(pattern);
  if (twin === undefined) indexed.set(pattern, (twin = new RegExp(pattern.source, `${pattern.flags}d`)));
  twin.lastIndex = at;
  return twin.exec(slice)!.indices!.groups!['secret']!;
}

/** Whether text that follows may bring or change a match of the rule that begins at `at`. */
export function isOpenAt(entry: Compiled, text: string, at: number): boolean {
  const { rule } = entry;
  if (cannotBegin(entry, text, at)) return false;
  entry.partial ??= new RegExp(toPartialPattern(rule.pattern), rule.ignoreCase ? 'yi' : 'y');
  const from = at > LEFT ? at - LEFT : 0;
  entry.partial.lastIndex = at - from;
  return entry.partial.test(text.slice(from));
}

function findMatches({ entries, gates, automaton }: Omit<SecretMatcher, 'match'>, view: TextView): SecretMatch[] {
  const text = view.folded;
  const matches: SecretMatch[] = [];
  let seen: Set<string> | undefined;
  // Up to which position a rule that begins before its keyword has been tried, and the positions of the others.
  let tried: Int32Array | undefined;
  automaton.scan(view.lower, (gate, end) => {
    const { entry, word } = gates[gate]!;
    const { rule, index } = entry;
    const at = end - word.length;
    tried ??= new Int32Array(entries.length).fill(-1);
    if (rule.before === 0 && tried[index] === at) return;
    const first = rule.before === 0 ? at : Math.max(tried[index]! + 1, at - rule.before, 0);
    for (let start = first; start <= at; start++) {
      const match = tryAt(entry, text, start);
      if (match === undefined) continue;
      // Patterns that begin at different places may end in the same secret.
      const key = `${index}:${match.start}:${match.end}`;
      if (seen?.has(key) === true) continue;
      (seen ??= new Set()).add(key);
      matches.push(match);
    }
    tried[index] = Math.max(tried[index]!, at);
  });
  return matches;
}

/**
 * Compiles rules into a matcher: one pass for all keywords, then each pattern where its keyword is. Every position is
 * judged by itself.
 */
export function compileSecretRules(rules: readonly SecretRule[]): SecretMatcher {
  const entries = rules.map((rule, index): Compiled => ({
    rule,
    index,
    pattern: new RegExp(rule.pattern, rule.ignoreCase ? 'yi' : 'y'),
    apart: rule.pattern.startsWith(APART) || rule.pattern.startsWith(APART_FROM_TAILS),
    partial: undefined,
  }));
  const gates = entries.flatMap((entry) => entry.rule.keywords.map((word) => ({ entry, word })));
  const automaton = new AhoCorasick(gates.map(({ word }) => word));
  const parts = { entries, gates, automaton };
  const known = new WeakMap<TextView, readonly SecretMatch[]>();
  return {
    ...parts,
    match(view) {
      let matches = known.get(view);
      if (matches === undefined) known.set(view, (matches = findMatches(parts, view)));
      return matches;
    },
  };
}

const shared = new WeakMap<readonly SecretRule[], SecretMatcher>();

/** The one matcher of a rule list. */
export function matcherOf(rules: readonly SecretRule[]): SecretMatcher {
  let matcher = shared.get(rules);
  if (matcher === undefined) shared.set(rules, (matcher = compileSecretRules(rules)));
  return matcher;
}
