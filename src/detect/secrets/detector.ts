// The secret detectors: one for what fits a window, one for the rest of a secret that does not.
import type { TextFinding } from '../../contract/index.ts';
import type { Detector } from '../detector.ts';
import { maskEvidence } from '../evidence.ts';
import type { TextView } from '../view.ts';
import { settledText } from '../open-end.ts';
import { LEFT, type SecretMatcher, WINDOW, compileSecretRules, matcherOf } from './matcher.ts';
import { findOpenings } from './opening.ts';
import type { SecretRule, SecretRules } from './rule.ts';
import { TAIL_MOST, breakBefore, endOfPem, endOfToken, openTail } from './tail.ts';

function toFinding(view: TextView, rule: SecretRule, from: number, to: number): TextFinding {
  const [start, end] = view.toOriginal(from, to);
  const evidence = maskEvidence(view.folded.slice(from, to));
  const { id, severity, score, techniques } = rule;
  return { rule: id, class: 'secret', severity, score, start, end, evidence, techniques };
}

/**
 * Credentials by their form, judged in a window of 256 characters. A secret longer than that is found by its
 * beginning; `createSecretTailDetector` finds the rest and belongs beside this one. Both, made of the same rules, scan
 * a view once.
 */
export function createSecretDetector({ version, rules }: SecretRules): Detector {
  const matcher = matcherOf(rules);
  const findOpening = findOpenings(matcher);
  return {
    id: 'secret',
    version,
    classes: ['secret'],
    reach: WINDOW,
    lookbehind: WINDOW + LEFT,
    usesContext: false,
    appliesTo: () => true,
    openFrom: (view) => findOpening(view),
    inspect: (view) => matcher.match(view).map(({ rule, start, end }) => toFinding(view, rule, start, end)),
  };
}

/** Length of the pieces in which a tail is reported: short, so that a stream need not wait for the end of a key. */
const STEP = 96;

interface Tail {
  readonly rule: SecretRule;
  readonly start: number;
  readonly end: number;
}

/** The tails in a view: what follows each match of a rule that has one. */
function tailsOf(matcher: SecretMatcher, view: TextView): Tail[] {
  const tails: Tail[] = [];
  // Two headers in a row have one body: what was followed once is not followed again.
  const known = new Set<number>();
  for (const { rule, end: start } of matcher.match(view)) {
    if (rule.tail === undefined || known.has(start)) continue;
    known.add(start);
    const end = rule.tail === 'pem' ? endOfPem(view.folded, start) : endOfToken(view.folded, start);
    tails.push({ rule, start, end });
  }
  return tails;
}

/** Where the last piece of a tail starts that later text may lengthen; the text's end where none may. */
function openPiece(text: string, { rule, start }: Tail): number {
  const settled = openTail(text, start, rule.tail!);
  return settled === undefined ? text.length : start + Math.floor((settled - start) / STEP) * STEP;
}

/**
 * What follows a match of a rule with a `tail` (the body of a private key, the rest of a long token), in pieces that
 * lie end to end. Its lookbehind is long, its reach is not: it is a detector of its own so that the others need
 * not look back as far.
 */
export function createSecretTailDetector({ version, rules }: SecretRules): Detector {
  const matcher = matcherOf(rules);
  const findOpening = findOpenings(compileSecretRules(rules.filter((rule) => rule.tail !== undefined)));
  return {
    id: 'secret.tail',
    version,
    classes: ['secret'],
    // The last line that a piece touches is judged within STEP + 24 + 80 + 40 characters: less than the window.
    reach: WINDOW,
    lookbehind: TAIL_MOST + WINDOW + LEFT,
    usesContext: false,
    appliesTo: () => true,
    openFrom(view) {
      let open = findOpening(view);
      const { folded } = settledText(view);
      for (const tail of tailsOf(matcher, view)) open = Math.min(open, openPiece(folded, tail));
      return open;
    },
    neededFrom(view, from) {
      // A tail that has come to its end before is of no more concern, nor is the header that it hangs on.
      let needed = Math.max(0, from - WINDOW - LEFT);
      for (const { start, end } of tailsOf(matcher, view)) {
        if (end >= needed) needed = Math.max(0, Math.min(needed, start - WINDOW - LEFT));
      }
      // A token cut in two would begin anew at the cut.
      return breakBefore(view.folded, needed);
    },
    inspect(view) {
      const findings: TextFinding[] = [];
      for (const { rule, start, end } of tailsOf(matcher, view)) {
        for (let at = start; at < end; at += STEP) {
          findings.push(toFinding(view, rule, at, Math.min(at + STEP, end)));
        }
      }
      return findings;
    },
  };
}
