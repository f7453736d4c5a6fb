// The prompt-attack detector: rules for injection and jailbreak, over the text and over what is encoded in it.
import type { Channel, FindingClass, TextFinding } from '../contract/index.ts';
import type { Detector, DetectContext } from './detector.ts';
import { maskEvidence } from './evidence.ts';
import { lowerSameLength } from './fold.ts';
import { findDisguise, findHiddenText, toEncodedAttack, toUndecoded } from './obfuscation.ts';
import type { TextView } from './view.ts';
import { RuleMatcher, type RuleMatch } from './rule-matcher.ts';
import type { AttackRule } from './rule.ts';

/** Grows whenever matching itself changes; rules are in the version by their digest. */
const ENGINE = 'attack-1';

/** Channels whose text nobody of the conversation wrote: an injection there is indirect. */
const INDIRECT: ReadonlySet<Channel> = new Set(['tool_description', 'tool_result', 'document', 'metadata']);

/** The ATLAS sub-technique by the way the text came: direct injection from the user, indirect from a document. */
function techniquesFor(rule: AttackRule, channel: Channel): string[] {
  return rule.techniques.map((id) => (id === 'AML.T0051' ? `${id}.${INDIRECT.has(channel) ? '001' : '000'}` : id));
}

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
    techniques: techniquesFor(rule, channel),
  };
}

class AttackDetector implements Detector {
  readonly id = 'attack';
  readonly version: string;
  readonly classes: readonly FindingClass[];
  /** An encoded layer may close anywhere later: on a stream this detector flags, or the answer is buffered. */
  readonly reach = Infinity;
  readonly lookbehind = Infinity;
  readonly usesContext = false;
  readonly #matcher: RuleMatcher;

  constructor(rules: readonly AttackRule[]) {
    this.version = `${ENGINE}-${digestOf(rules)}`;
    // Users' rules are of any class: what is not said here, a policy may not know to hold back on a stream.
    this.classes = [...new Set<FindingClass>(['obfuscation', ...rules.map((rule) => rule.class)])];
    this.#matcher = new RuleMatcher(rules);
  }

  warmUp(): void {
    this.#matcher.warmUp();
  }

  appliesTo(channel: Channel): boolean {
    return channel !== 'system';
  }

  inspect(view: TextView, { channel }: DetectContext): readonly TextFinding[] {
    const found: TextFinding[] = [];
    for (const match of this.#matcher.match(view.lower)) {
      if (!applies(match.rule, channel)) continue;
      const attack = toFinding(match, view.toOriginal(match.start, match.end), match.end - match.start, channel);
      found.push(attack);
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
    found.push(...findHiddenText(view));
    if (view.layersCut()) found.push(toUndecoded(view));
    return found;
  }
}

/**
 * The prompt-attack detector over parsed rules. Of the shipped rules see `content/rules/`. A trained classifier
 * is another `Detector` with findings of class `injection` or `jailbreak`: `injectionScore` joins both.
 */
export function createAttackDetector(rules: readonly AttackRule[]): Detector {
  return new AttackDetector(rules);
}
