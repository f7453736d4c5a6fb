// What the trained classifier finds in a text and in what is encoded in it, as findings.
import type { Channel, Explanation, Severity, TextFinding } from '../../contract/index.ts';
import { isIndirect, techniquesBy } from '../attack-techniques.ts';
import { lowerSameLength } from '../fold.ts';
import type { TextView } from '../view.ts';
import { type Classifier, type Detecting, type Kind, type Loudest, type Reading, sigmoid } from './classifier.ts';

/** A text is told of from this score on; policies act on it from 0.5, the shipped threshold. */
export const LEAST_SCORE = 0.1;
const MOST_SCORE = 0.99;
/** Texts shorter than this, within a text, say nothing by themselves. */
const MIN_LAYER = 12;

/** Who speaks by a channel; undefined where the classifier is not asked (the application's and the model's own words). */
export function wayOf(channel: Channel): 'direct' | 'indirect' | undefined {
  if (channel === 'user') return 'direct';
  return isIndirect(channel) ? 'indirect' : undefined;
}

/** Thresholds of one's own (`ancile calibrate`), in units of the shipped score; absent: 0.5. */
export type Thresholds = Readonly<Partial<Record<Detecting, number>>>;

const TECHNIQUES: Readonly<Record<Kind | 'harmful', readonly string[]>> = {
  injection: ['AML.T0051', 'LLM01:2025'],
  extraction: ['AML.T0056', 'LLM07:2025'],
  exfiltration: ['AML.T0057', 'LLM02:2025'],
  jailbreak: ['AML.T0054', 'LLM01:2025'],
  harmful: [],
};

const SAYS: Readonly<Record<Kind | 'harmful', string>> = {
  injection: 'Reads like an attempt to take over the instructions.',
  extraction: 'Reads like an attempt to get at hidden instructions or a secret.',
  exfiltration: 'Reads like an attempt to have data sent away.',
  jailbreak: 'Reads like an attempt to lift the rules of the model.',
  harmful: 'Reads like a request for help with harm.',
};

/** How severe an attack is by how sure it is one. */
export function severityOf(score: number): Severity {
  return score >= 0.8 ? 'high' : score >= 0.5 ? 'medium' : 'info';
}

export const logit = (p: number): number => Math.log(p / (1 - p));

/** One form of a text: itself, or a text decoded from it. */
interface Form {
  readonly folded: string;
  readonly lower: string;
  readonly via: readonly string[];
  toOriginal(start: number, end: number): readonly [number, number];
}

function* formsOf(view: TextView): Generator<Form> {
  yield { folded: view.folded, lower: view.lower, via: [], toOriginal: (start, end) => view.toOriginal(start, end) };
  for (const layer of view.layers()) {
    if (layer.text.length < MIN_LAYER) continue;
    yield {
      folded: layer.text,
      lower: lowerSameLength(layer.text),
      via: layer.via,
      toOriginal: (start, end) => layer.toOriginal(start, end),
    };
  }
}

/** A window that told, of which form of the text it is, and what can be asked of it. */
export interface Told {
  readonly form: Form;
  readonly reading: Reading;
  readonly window: Loudest;
  readonly head: Detecting;
  readonly score: number;
  readonly span: readonly [start: number, end: number];
}

/** Every window of a text and of what is encoded in it that is at least `LEAST_SCORE` likely an attack or a plain harm. */
export function tellWindows(
  classifier: Classifier,
  view: TextView,
  channel: Channel,
  thresholds: Thresholds = {},
  least = LEAST_SCORE,
): Told[] {
  const way = wayOf(channel);
  if (way === undefined) return [];
  const told: Told[] = [];
  for (const form of formsOf(view)) {
    const reading = classifier.read(form.folded, form.lower, way);
    for (const head of ['direct', 'indirect', 'harmful'] as const) {
      for (const window of reading.windows[head] ?? []) {
        const score = Math.min(sigmoid(window.odds - logit(thresholds[head] ?? 0.5)), MOST_SCORE);
        if (score < least) continue;
        const span = form.toOriginal(window.start, window.end);
        // What is plain stands in most layers as well, and is not told again.
        const known = (old: Told): boolean => old.head === head && old.span[0] < span[1] && span[0] < old.span[1];
        const before = told.findIndex(known);
        if (before !== -1 && told[before]!.score >= score - 0.01) continue;
        const now = { form, reading, window, head, score, span };
        if (before === -1) told.push(now);
        else told[before] = now;
      }
    }
  }
  return told;
}

/** Of which kind it is. Reads the text once more: asked only of what is told. */
const kindOf = ({ head, reading, window }: Told): Kind | 'harmful' =>
  head === 'harmful' ? 'harmful' : reading.kindOf(window);

const ruleOf = (kind: Kind | 'harmful'): string => `${kind}.learned`;

/** Concepts that spoke for it: names of ours, never words of the text. */
function conceptsOf({ reading, window, head }: Told): string {
  const names = reading
    .explain(window, head, 40)
    .filter(({ kind, weight }) => kind === 'concept' && weight > 0)
    .map(({ what }) => what);
  return names.length === 0 ? '' : ` It speaks of ${names.slice(0, 3).join(', ')}.`;
}

export function toFinding(told: Told, channel: Channel): TextFinding {
  const kind = kindOf(told);
  const encoded = told.form.via.length === 0 ? '' : ` Decoded by ${told.form.via.join(', ')}.`;
  return {
    rule: ruleOf(kind),
    class: kind,
    severity: severityOf(told.score),
    score: told.score,
    start: told.span[0],
    end: told.span[1],
    evidence: `${SAYS[kind]}${conceptsOf(told)}${encoded}`,
    techniques: techniquesBy(channel, TECHNIQUES[kind]),
  };
}

/** Words and concepts that moved the scores of a text's loudest windows. Quotes the text: told on demand only. */
export function explainTold(told: readonly Told[], most = 12): Explanation[] {
  return told.map((each) => {
    const { reading, window, head, score, span, form } = each;
    return {
      start: span[0],
      end: span[1],
      score,
      rule: ruleOf(kindOf(each)),
      // Words of what was decoded stand nowhere in the text.
      reasons: reading
        .explain(window, head, most)
        .map((reason) => (form.via.length > 0 && reason.kind === 'word' ? { ...reason, places: [] } : reason)),
    };
  });
}
