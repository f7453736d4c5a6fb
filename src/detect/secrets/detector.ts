// The secret detectors: one for what fits a window, one for the rest of a secret that does not.
import type { TextFinding } from '../../contract/index.ts';
import type { Detector } from '../detector.ts';
import { maskEvidence } from '../evidence.ts';
import type { TextView } from '../view.ts';
import { LEFT, WINDOW, compileSecretRules } from './matcher.ts';
import type { SecretRule, SecretRules } from './rule.ts';
import { TAIL_MOST, endOfPem, endOfToken } from './tail.ts';

function toFinding(view: TextView, rule: SecretRule, from: number, to: number): TextFinding {
  const [start, end] = view.toOriginal(from, to);
  const evidence = maskEvidence(view.folded.slice(from, to));
  const { id, severity, score, techniques } = rule;
  return { rule: id, class: 'secret', severity, score, start, end, evidence, techniques };
}

/**
 * Credentials by their form, judged in a window of 256 characters. A secret longer than that is found by its
 * beginning; `createSecretTailDetector` finds the rest and belongs beside this one.
 */
export function createSecretDetector({ version, rules }: SecretRules): Detector {
  const findMatches = compileSecretRules(rules);
  return {
    id: 'secret',
    version,
    classes: ['secret'],
    reach: WINDOW,
    lookbehind: WINDOW + LEFT,
    usesContext: false,
    appliesTo: () => true,
    inspect: (view) => findMatches(view).map(({ rule, start, end }) => toFinding(view, rule, start, end)),
  };
}

/** Length of the pieces in which a tail is reported: short, so that a stream need not wait for the end of a key. */
const STEP = 96;

/**
 * What follows a match of a rule with a `tail` (the body of a private key, the rest of a long token), in pieces that
 * lie end to end. Its lookbehind is long, its reach is not: it is a detector of its own so that the others need
 * not look back as far.
 */
export function createSecretTailDetector({ version, rules }: SecretRules): Detector {
  const findMatches = compileSecretRules(rules.filter((rule) => rule.tail !== undefined));
  return {
    id: 'secret.tail',
    version,
    classes: ['secret'],
    // The last line that a piece touches is judged within STEP + 24 + 80 + 40 characters: less than the window.
    reach: WINDOW,
    lookbehind: TAIL_MOST + WINDOW + LEFT,
    usesContext: false,
    appliesTo: () => true,
    inspect(view) {
      const findings: TextFinding[] = [];
      // Two headers in a row have one body: what was followed once is not followed again.
      const known = new Set<number>();
      for (const { rule, end } of findMatches(view)) {
        if (known.has(end)) continue;
        known.add(end);
        const stop = rule.tail === 'pem' ? endOfPem(view.folded, end) : endOfToken(view.folded, end);
        for (let at = end; at < stop; at += STEP) {
          findings.push(toFinding(view, rule, at, Math.min(at + STEP, stop)));
        }
      }
      return findings;
    },
  };
}
