// Runs many rules over a text: one pass for the keywords of all, a bounded pattern around those that were seen.
import { AhoCorasick } from './aho-corasick.ts';
import { foldLower } from './fold.ts';
import { compilePattern } from './rule-pattern.ts';
import type { AttackRule } from './rule.ts';

/** Matches of one rule in one text after which it is no longer tried: the verdict would not change. */
const MAX_MATCHES = 16;
/** Keywords whose starts share a cell share a window, so that a repeated keyword costs no more than the text. */
const CELL = 64;

export interface RuleMatch {
  readonly rule: AttackRule;
  /** Span in the lower-case folded text. */
  readonly start: number;
  readonly end: number;
}

interface Progress {
  matches: number;
  /** Last cell that was looked at. */
  cell: number;
  /** End of the last match: windows overlap, matches are reported once. */
  end: number;
}

const isWord = (unit: number): boolean =>
  (unit >= 97 && unit <= 122) || (unit >= 48 && unit <= 57) || unit === 95 || unit > 0x2af;

/** Whether a word of an alphabet ends here. Scripts without spaces are not asked: their words touch. */
function standsAlone(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  const last = text.charCodeAt(end - 1);
  if (first < 0x2b0 && isWord(first) && start > 0 && isWord(text.charCodeAt(start - 1))) return false;
  return !(last < 0x2b0 && isWord(last) && end < text.length && isWord(text.charCodeAt(end)));
}

/** Compiled rules. */
export class RuleMatcher {
  readonly #rules: readonly AttackRule[];
  readonly #patterns: readonly (RegExp | undefined)[];
  readonly #finder: AhoCorasick;
  readonly #owners: Int32Array;
  readonly #lengths: Int32Array;

  constructor(rules: readonly AttackRule[]) {
    this.#rules = rules;
    this.#patterns = rules.map((rule) => (rule.pattern === undefined ? undefined : compilePattern(rule.pattern)));
    const keywords: string[] = [];
    const owners: number[] = [];
    rules.forEach((rule, index) => {
      for (const keyword of new Set(rule.keywords.map(foldLower))) {
        keywords.push(keyword);
        owners.push(index);
      }
    });
    this.#finder = new AhoCorasick(keywords);
    this.#owners = Int32Array.from(owners);
    this.#lengths = Int32Array.from(keywords, (keyword) => keyword.length);
  }

  /** All matches, at most MAX_MATCHES a rule. Linear in the text for a given set of rules. */
  match(lower: string): readonly RuleMatch[] {
    const found: RuleMatch[] = [];
    const states: (Progress | undefined)[] = [];
    this.#finder.scan(lower, (keyword, end) => {
      const owner = this.#owners[keyword]!;
      const state = (states[owner] ??= { matches: 0, cell: -1, end: 0 });
      if (state.matches >= MAX_MATCHES) return;
      const start = end - this.#lengths[keyword]!;
      const match = this.#tryRule(owner, lower, start, end, state);
      if (match === undefined) return;
      state.matches++;
      state.end = match.end;
      found.push(match);
    });
    return found;
  }

  /** Runs every pattern once over texts of either width: V8 compiles for each apart. */
  warmUp(): void {
    for (const pattern of this.#patterns) {
      for (const text of ['a note of it. ', 'a note – of it. ']) {
        if (pattern === undefined) continue;
        pattern.lastIndex = 0;
        pattern.exec(text);
      }
    }
  }

  #tryRule(owner: number, lower: string, start: number, end: number, state: Progress): RuleMatch | undefined {
    const rule = this.#rules[owner]!;
    const pattern = this.#patterns[owner];
    if (pattern === undefined) {
      return start >= state.end && standsAlone(lower, start, end) ? { rule, start, end } : undefined;
    }
    if (start < state.end) return undefined;
    const cell = Math.floor(start / CELL);
    if (cell === state.cell) return undefined;
    state.cell = cell;
    const from = Math.max(cell * CELL - rule.window, state.end, 0);
    // One character more on the left lets a word edge be judged.
    const lead = from > 0 ? 1 : 0;
    const slice = lower.slice(from - lead, (cell + 1) * CELL + Math.max(rule.window, end - start));
    pattern.lastIndex = lead;
    const hit = pattern.exec(slice);
    if (hit === null || hit[0] === '') return undefined;
    const at = from - lead + hit.index;
    return { rule, start: at, end: at + hit[0].length };
  }
}
