// The PII detector: one pass finds the places worth a look, each kind judges the places of its sort.
import type { TextFinding } from '../../contract/index.ts';
import { maskEvidence } from '../evidence.ts';
import type { Detector } from '../detector.ts';
import { card } from './card.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { AMERICAN_IDS } from './ids-america.ts';
import { ASIAN_IDS } from './ids-asia.ts';
import { NAMED_IDS } from './ids-by-name.ts';
import { EUROPEAN_IDS } from './ids-europe.ts';
import { LOOKBEHIND, MATCH_REACH, isAlphanumeric, isDigit, type Anchor, type PiiKind, type PiiText } from './kind.ts';
import { colonAddress, ipv4 } from './network.ts';
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

const by = (anchor: Anchor): readonly PiiKind[] => PII_KINDS.filter((kind) => kind.anchors.includes(anchor));
const KINDS: Readonly<Record<Anchor, readonly PiiKind[]>> = {
  digit: by('digit'),
  letter: by('letter'),
  at: by('at'),
  colon: by('colon'),
};

/** Whether a token of two letters and one space stand before `start`. */
function isSetApart(text: string, start: number): boolean {
  const isLetter = (at: number): boolean => isAlphanumeric(text.charCodeAt(at)) && !isDigit(text.charCodeAt(at));
  if (text.charCodeAt(start - 1) !== 32 || !isLetter(start - 2) || !isLetter(start - 3)) return false;
  return start === 3 || !isAlphanumeric(text.charCodeAt(start - 4));
}

/** Calls `visit` for every place where a kind may be: see `Anchor`. */
function anchorsOf(text: string, visit: (anchor: Anchor, at: number) => void): void {
  const gate = /[0-9@:]/g;
  let last = -1;
  for (let hit = gate.exec(text); hit !== null; hit = gate.exec(text)) {
    const at = hit.index;
    const code = text.charCodeAt(at);
    if (code === 64) visit('at', at);
    else if (code === 58) visit('colon', at);
    if (!isDigit(code)) continue;
    // Back to where the token begins, at most as far as a token with a number in it is worth.
    let start = at;
    while (start > 0 && at - start < 20 && isAlphanumeric(text.charCodeAt(start - 1))) start--;
    if (start !== last && (start === 0 || !isAlphanumeric(text.charCodeAt(start - 1)))) {
      last = start;
      visit(isDigit(text.charCodeAt(start)) ? 'digit' : 'letter', start);
      // "AB 12 34 56 C": two letters set apart belong to the number as well.
      if (isSetApart(text, start)) visit('letter', start - 3);
    }
    // On behind the digits, so that a long number costs once.
    let next = at + 1;
    while (isDigit(text.charCodeAt(next))) next++;
    gate.lastIndex = next;
  }
}

/** Personal data: payment, identity, contact and network numbers. Names and places are not looked for. */
export const piiDetector: Detector = {
  id: 'pii',
  version: '1',
  classes: ['pii'],
  reach: MATCH_REACH,
  lookbehind: LOOKBEHIND,
  usesContext: false,
  appliesTo: () => true,
  inspect(view) {
    const text: PiiText = view;
    const findings: TextFinding[] = [];
    anchorsOf(view.folded, (anchor, at) => {
      for (const kind of KINDS[anchor]) {
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
          evidence: maskEvidence(view.folded.slice(found.start, found.end)),
          techniques: TECHNIQUES,
        });
      }
    });
    return findings;
  },
};
