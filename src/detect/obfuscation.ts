// Signs that an attack was hidden: written in invisible or stylised characters, or inside an encoding.
import type { TextFinding } from '../contract/index.ts';
import type { TextView } from './view.ts';

/** Characters that a reader does not see or sees as a plain letter; those that ordinary writing needs left out. */
const DISGUISE =
  /[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff\uff21-\uff5a\u{e0020}-\u{e007e}\u{1d400}-\u{1d7ff}\u{1f110}-\u{1f189}]/u;

const TECHNIQUES = ['AML.T0068', 'LLM01:2025'];

const finding = (
  rule: string,
  severity: TextFinding['severity'],
  score: number,
): Omit<TextFinding, 'start' | 'end'> => ({
  rule,
  class: 'obfuscation',
  severity,
  score,
  evidence: rule,
  techniques: TECHNIQUES,
});

/** Text that only a machine can read, whatever it says. */
export function findHiddenText(view: TextView): readonly TextFinding[] {
  const found: TextFinding[] = [];
  for (const layer of view.layers()) {
    if (layer.via.at(-1) !== 'hidden') continue;
    const [start, end] = layer.toOriginal(0, layer.text.length);
    const base = finding('obfuscation.hidden_text', 'high', 0.8);
    found.push({ ...base, start, end, evidence: `${layer.text.length} characters spelt by invisible ones` });
  }
  return found;
}

/** For an attack found in folded text: whether its letters were disguised in the original. */
export function findDisguise(view: TextView, attack: TextFinding): TextFinding | undefined {
  if (view.original === view.folded || !DISGUISE.test(view.original.slice(attack.start, attack.end))) return undefined;
  const base = finding('obfuscation.disguised_attack', attack.severity, 0.5);
  return { ...base, start: attack.start, end: attack.end, evidence: `${attack.rule} in disguised characters` };
}

/** For attacks found only in a layer. */
export function toEncodedAttack(attack: TextFinding, via: readonly string[]): TextFinding {
  const base = finding('obfuscation.encoded_attack', attack.severity, Math.min(attack.score, 0.6));
  return { ...base, start: attack.start, end: attack.end, evidence: `${attack.rule} under ${via.join(' > ')}` };
}

/** Where decoding met a bound: something encoded may not have been seen. */
export function toUndecoded(view: TextView): TextFinding {
  const base = finding('obfuscation.not_fully_decoded', 'medium', 0.3);
  return { ...base, start: 0, end: view.original.length, evidence: 'more encoded layers than are undone' };
}
