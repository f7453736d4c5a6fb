// Explains the prompt-attack score of one text: what the detectors that can say so say moved it, and else their rules.
import { ATTACK_CLASSES, type Channel, type Direction, type Explanation, type TextFinding } from '../contract/index.ts';
import {
  type DetectContext,
  type Detector,
  type TextView,
  bareContext,
  createView,
  placeWords,
} from '../detect/index.ts';

/** Explanations of one text that are told, the highest score first. */
const MOST = 100;

/** Weights and scores are told to four digits. */
const round = (value: number): number => Number(value.toFixed(4));

function rounded(explanation: Explanation): Explanation {
  const reasons = explanation.reasons.map((reason) => ({ ...reason, weight: round(reason.weight) }));
  return { ...explanation, score: round(explanation.score), reasons };
}

const isAttack = ({ class: kind }: TextFinding): boolean => ATTACK_CLASSES.includes(kind);

const covers = (told: readonly Explanation[], { rule, start, end }: TextFinding): boolean =>
  told.some((each) => each.rule === rule && each.start < end && start < each.end);

function byRule({ rule, start, end, score }: TextFinding): Explanation {
  return { start, end, score, rule, reasons: [{ kind: 'rule', what: rule, weight: score }] };
}

function explainBy(detector: Detector, view: TextView, context: DetectContext): Explanation[] {
  const told = (detector.explain?.(view, context) ?? []).map((each) => placeWords(view, each));
  const found = detector.inspect(view, context).filter((each) => isAttack(each) && !covers(told, each));
  return [...told, ...found.map(byRule)].map(rounded);
}

/**
 * What moved the score of a text, as if it had come by the channel. A detector that fails explains nothing: that it
 * failed is its verdict's to say.
 */
export function explainText(
  detectors: readonly Detector[],
  text: string,
  channel: Channel,
  direction: Direction = channel === 'output' ? 'output' : 'input',
): Explanation[] {
  if (text === '') return [];
  const context = bareContext(channel, direction);
  const view = createView(text);
  const all: Explanation[] = [];
  for (const detector of detectors) {
    if (!detector.appliesTo(channel, direction)) continue;
    try {
      all.push(...explainBy(detector, view, context));
    } catch {
      continue;
    }
  }
  return all.sort((a, b) => b.score - a.score || a.start - b.start).slice(0, MOST);
}
