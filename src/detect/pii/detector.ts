// The PII detector: one pass finds the places worth a look, each kind judges the places of its sort.
import type { TextFinding } from '../../contract/index.ts';
import { maskEvidence } from '../evidence.ts';
import type { Detector } from '../detector.ts';
import { anchorsOf, digitsAhead } from './anchors.ts';
import { card } from './card.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { AMERICAN_IDS } from './ids-america.ts';
import { ASIAN_IDS } from './ids-asia.ts';
import { NAMED_IDS } from './ids-by-name.ts';
import { EUROPEAN_IDS } from './ids-europe.ts';
import { LOOKBEHIND, MATCH_REACH, wordsBefore, type Anchor, type PiiKind, type PiiText } from './kind.ts';
import { colonAddress, ipv4 } from './network.ts';
import { findOpenings } from './opening.ts';
import { phone } from './phone.ts';

/** Every kind, in the order tried. */
export const PII_KINDS: readonly PiiKind[] = [
  card,
  iban,
  email,
  ...AMERICAN_IDS,
  ...EUROPEAN_IDS,
  ...ASIAN_IDS,
  ...NAMED_IDS,
  phone,
  ipv4,
  colonAddress,
];

const TECHNIQUES = ['LLM02:2025', 'AML.T0057'];

/** The kinds of each anchor; for `digit` by the number of digits at hand, those that are content with so many. */
interface Choice {
  readonly digit: readonly (readonly PiiKind[])[];
  readonly other: Readonly<Record<Exclude<Anchor, 'digit'>, readonly PiiKind[]>>;
}
const MOST_DIGITS = Math.max(...PII_KINDS.map((kind) => kind.digits ?? 0));

function chooseAmong(kinds: readonly PiiKind[]): Choice {
  const by = (anchor: Anchor): readonly PiiKind[] => kinds.filter((kind) => kind.anchors.includes(anchor));
  const digit = by('digit');
  return {
    digit: Array.from({ length: MOST_DIGITS + 1 }, (_, count) => digit.filter((kind) => (kind.digits ?? 0) <= count)),
    other: { letter: by('letter'), at: by('at'), colon: by('colon') },
  };
}

const ALL = chooseAmong(PII_KINDS);
const WITHOUT_WORD = chooseAmong(PII_KINDS.filter((kind) => kind.needsWord !== true));

/** Personal data: payment, identity, contact and network numbers. Names and places are another detector's. */
export const piiDetector: Detector = {
  id: 'pii',
  version: '2',
  classes: ['pii'],
  reach: MATCH_REACH,
  lookbehind: LOOKBEHIND,
  usesContext: false,
  appliesTo: () => true,
  openFrom: findOpenings(PII_KINDS),
  inspect(view) {
    const text: PiiText = view;
    const { folded } = view;
    const findings: TextFinding[] = [];
    const hasWordBefore = wordsBefore(folded);
    anchorsOf(folded, 0, (anchor, at) => {
      const { digit, other } = anchor === 'at' || anchor === 'colon' || hasWordBefore(at) ? ALL : WITHOUT_WORD;
      const kinds = anchor === 'digit' ? digit[Math.min(digitsAhead(folded, at), MOST_DIGITS)]! : other[anchor];
      for (const kind of kinds) {
        const found = kind.match(text, at);
        if (found === undefined) continue;
        const [start, end] = view.toOriginal(found.start, found.end);
        findings.push({
          rule: kind.rule,
          class: 'pii',
          severity: found.severity ?? kind.severity,
          score: found.score,
          start,
          end,
          evidence: maskEvidence(folded.slice(found.start, found.end)),
          techniques: TECHNIQUES,
        });
      }
    });
    return findings;
  },
};
