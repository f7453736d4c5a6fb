// The prompt-attack detector: rules for injection and jailbreak, over the text and over what is encoded in it.
import type { Channel, Explanation, FindingClass, TextFinding } from '../contract/index.ts';
import {
  type Classifier,
  LEAST_SCORE,
  type Thresholds,
  explainTold,
  tellWindows,
  toFinding as toLearnedFinding,
} from './classifier/index.ts';
import type { Detector, DetectContext } from './detector.ts';
import { techniquesBy } from './attack-techniques.ts';
import { maskEvidence } from './evidence.ts';
import { lowerSameLength } from './fold.ts';
import { findDisguise, findHiddenText, toEncodedAttack, toUndecoded } from './obfuscation.ts';
import { isQuoted } from './quotation.ts';
import type { TextView } from './view.ts';
import { RuleMatcher, type RuleMatch } from './rule-matcher.ts';
import type { AttackRule } from './rule.ts';

/** Grows whenever matching itself changes; rules are in the version by their digest. */
const ENGINE = 'attack-3';

/** A short digest (FNV-1a over UTF-16 units) that tells rule sets apart; not a cryptographic one. */
function digestOf(rules: readonly AttackRule[]): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (const rule of rules) {
    for (const unit of JSON.stringify(rule)) {
      low = Math.imul(low ^ unit.codePointAt(0)!, 0x01000193);
      high = Math.imul(high ^ low, 0x85ebca6b) ^ (low >>> 13);
    }
  }
  return (low >>> 0).toString(16).padStart(8, '0') + (high >>> 0).toString(16).padStart(8, '0');
}

const applies = (rule: AttackRule, channel: Channel): boolean =>
  rule.channels?.includes(channel) ?? channel !== 'system';

function toFinding(match: RuleMatch, span: readonly [number, number], length: number, channel: Channel): TextFinding {
  const { rule } = match;
  return {
    rule: rule.id,
    class: rule.class,
    severity: rule.severity,
    score: rule.score,
    start: span[0],
    end: span[1],
    evidence: `${rule.message} ${maskEvidence('x'.repeat(Math.min(length, 100_000)))}`,
    techniques: techniquesBy(channel, rule.techniques),
  };
}

/** Below this the model is sure enough that a text only speaks of an attack, where a rule's match stands in quotation marks. */
const SURE_NO_ATTACK = 0.3;
/** What such a match still counts: it is noted and acted on by nobody, not even where several rules match one quotation. */
const DOUBTED_SCORE = 0.15;

const doubt = (finding: TextFinding): TextFinding => ({
  ...finding,
  severity: 'info',
  score: Math.min(finding.score, DOUBTED_SCORE),
  evidence: `${finding.evidence} Quoted, it seems.`,
});

const LEARNED_CLASSES: readonly FindingClass[] = ['injection', 'extraction', 'exfiltration', 'jailbreak', 'harmful'];

class AttackDetector implements Detector {
  readonly id = 'attack';
  readonly version: string;
  readonly classes: readonly FindingClass[];
  /** The model is not asked of answers. */
  readonly outputClasses: readonly FindingClass[];
  /** An encoded layer may close anywhere later: on a stream this detector flags, or the answer is buffered. */
  readonly reach = Infinity;
  readonly lookbehind = Infinity;
  readonly usesContext = false;
  readonly #matcher: RuleMatcher;
  readonly #classifier: Classifier | undefined;
  readonly #thresholds: Thresholds;

  constructor(rules: readonly AttackRule[], classifier: Classifier | undefined, thresholds: Thresholds) {
    const learned = classifier === undefined ? '' : `-${classifier.version}-${JSON.stringify(thresholds)}`;
    this.version = `${ENGINE}-${digestOf(rules)}${learned}`;
    // Users' rules are of any class: what is not said here, a policy may not know to hold back on a stream.
    const classes = new Set<FindingClass>(['obfuscation', ...rules.map((rule) => rule.class)]);
    this.outputClasses = [...classes];
    if (classifier !== undefined) for (const kind of LEARNED_CLASSES) classes.add(kind);
    this.classes = [...classes];
    this.#matcher = new RuleMatcher(rules);
    this.#classifier = classifier;
    this.#thresholds = thresholds;
  }

  warmUp(): void {
    this.#matcher.warmUp();
  }

  appliesTo(channel: Channel): boolean {
    return channel !== 'system';
  }

  inspect(view: TextView, { channel }: DetectContext): readonly TextFinding[] {
    const found: TextFinding[] = [];
    const told =
      this.#classifier === undefined ? [] : tellWindows(this.#classifier, view, channel, this.#thresholds, 0);
    // Without a model, nothing speaks for a quotation being one.
    const doubted = told.length > 0 && told.every(({ head, score }) => head === 'harmful' || score < SURE_NO_ATTACK);
    for (const match of this.#matcher.match(view.lower)) {
      if (!applies(match.rule, channel)) continue;
      const attack = toFinding(match, view.toOriginal(match.start, match.end), match.end - match.start, channel);
      found.push(doubted && isQuoted(view.lower, match.start, match.end) ? doubt(attack) : attack);
      const disguise = findDisguise(view, attack);
      if (disguise !== undefined) found.push(disguise);
    }
    for (const layer of view.layers()) {
      for (const match of this.#matcher.match(lowerSameLength(layer.text))) {
        if (!applies(match.rule, channel)) continue;
        const span = layer.toOriginal(match.start, match.end);
        // Most layers hold the plain parts of the text as well: what was found there is not found again.
        const known = (old: TextFinding): boolean =>
          old.rule === match.rule.id && old.start < span[1] && span[0] < old.end;
        if (found.some(known)) continue;
        const attack = toFinding(match, span, match.end - match.start, channel);
        found.push(attack, toEncodedAttack(attack, layer.via));
      }
    }
    for (const each of told) {
      if (each.score < (each.head === 'harmful' ? 0.5 : LEAST_SCORE)) continue;
      const learned = toLearnedFinding(each, channel);
      found.push(learned);
      const { via } = each.form;
      if (via.length > 0 && each.score >= 0.5) found.push(toEncodedAttack(learned, via));
    }
    found.push(...findHiddenText(view));
    if (view.layersCut()) found.push(toUndecoded(view));
    return found;
  }

  explain(view: TextView, { channel }: DetectContext): readonly Explanation[] {
    if (this.#classifier === undefined) return [];
    const told = tellWindows(this.#classifier, view, channel, this.#thresholds, 0);
    const attacks = told.filter(({ head, score }) => head !== 'harmful' || score >= 0.1);
    return explainTold(attacks);
  }
}

/**
 * The prompt-attack detector over parsed rules. Of the shipped rules see `content/rules/`.
 * @param classifier - the trained classifier, asked besides the rules; `injectionScore` joins what both found
 */
export function createAttackDetector(
  rules: readonly AttackRule[],
  classifier?: Classifier,
  thresholds: Thresholds = {},
): Detector {
  return new AttackDetector(rules, classifier, thresholds);
}
