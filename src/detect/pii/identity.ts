// How an identity number is declared: shape, check digits, and the words that say what it is.
import type { Severity } from '../../contract/index.ts';
import { contextBefore, endOf, isDigit, type Anchor, type PiiKind } from './kind.ts';

interface IdentityNumber {
  readonly rule: string;
  readonly anchor: Anchor;
  /** Sticky, bounded, at most 40 characters, at most 12 of lookahead. */
  readonly shape: RegExp;
  /** Check digits and impossible values, on the match with separators dropped, in upper case. */
  readonly check?: (value: string) => boolean;
  /** Words within 40 characters before it that say what it is. Tried on lower case. */
  readonly words: RegExp;
  /** How sure without such a word, 0..1; 0 where the number means nothing without one. */
  readonly bare: number;
  readonly severity?: Severity;
  /** For the anchor `digit`: fewest digits of a match. */
  readonly digits?: number;
}

/** A kind that judges one national number: certain with check and word, as sure as `bare` without the word. */
export function defineIdentity(id: IdentityNumber): PiiKind {
  return {
    rule: id.rule,
    severity: id.severity ?? 'high',
    anchors: [id.anchor],
    digits: id.digits ?? 0,
    needsWord: id.bare === 0,
    shapes: [id.shape],
    match(text, at) {
      const end = endOf(id.shape, text.folded, at);
      if (end < 0) return undefined;
      // Part of a longer number: digits joined to it on the left.
      const before = text.folded.charCodeAt(at - 1);
      if ((before === 45 || before === 46) && isDigit(text.folded.charCodeAt(at - 2))) return undefined;
      const value = text.folded
        .slice(at, end)
        .replace(/[^0-9A-Za-z]/g, '')
        .toUpperCase();
      if (id.check !== undefined && !id.check(value)) return undefined;
      if (id.words.test(contextBefore(text, at))) return { start: at, end, score: 0.95 };
      return id.bare > 0 ? { start: at, end, score: id.bare } : undefined;
    },
  };
}
