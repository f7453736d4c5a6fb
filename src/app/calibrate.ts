// Thresholds of the trained classifier from a user's own traffic: judged as the gateway would judge it, at each threshold.
import { createHash } from 'node:crypto';
import { AncileError } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { Channel, ExampleLabel, TextFinding } from '../contract/index.ts';
import { type Detector, type Thresholds, bareContext, createView, injectionScore, wayOf } from '../detect/index.ts';
import { type Interval, fewestTrials, wilson } from '../stats/index.ts';
import { ALWAYS, type Height, SCALE, chooseThreshold, countFiring, findHeight } from './choose-threshold.ts';
import { createAttackParts } from './detectors.ts';
import { type SampleOptions, readSample } from './sample.ts';

/** What has a threshold of its own. */
export const THRESHOLD_GROUPS = ['direct', 'indirect', 'harmful'] as const;
export type ThresholdGroup = (typeof THRESHOLD_GROUPS)[number];

/** Where a score counts: policies, `inspect` and the figures that are published begin to act there. */
const COUNTS = 0.5;
/** False positives that are named. */
const MOST_NAMED = 10;
const EXCERPT = 160;

/** A share of texts, counted. */
export interface Counted extends Interval {
  readonly count: number;
  readonly of: number;
  readonly share: number;
}

/** A harmless text that fires. */
export interface FalsePositive {
  readonly line: number;
  readonly channel: Channel;
  /** The highest threshold it fires at; null where rules alone fire, at every one. */
  readonly upTo: number | null;
  readonly excerpt: string;
}

export interface GroupReport {
  readonly group: ThresholdGroup;
  /** `too_few`: the sample could not bear the claim out, whatever was found; `out_of_reach`: no threshold keeps the budget. */
  readonly outcome: 'chosen' | 'too_few' | 'out_of_reach';
  readonly benign: number;
  /** Harmless texts that there must be. */
  readonly needed: number;
  readonly threshold?: number;
  /** At the threshold; where none keeps the budget at the highest there is; absent of too few. */
  readonly falsePositives?: Counted;
  /** At the threshold in force. */
  readonly inForce: Counted & { readonly threshold: number };
  /** Harmless texts that rules alone fire on, and which. */
  readonly byRules: { readonly texts: number; readonly rules: readonly { rule: string; texts: number }[] };
  /** Attacks of the sample that are found at the threshold; absent without any. */
  readonly recall?: Counted;
  /** The surest first. */
  readonly top: readonly FalsePositive[];
}

export interface CalibrationReport {
  readonly fpr: number;
  readonly texts: {
    readonly benign: number;
    readonly attack: number;
    /** Texts that were there already. */
    readonly repeated: number;
    /** Lines without a text (none is kept), and texts of channels that the classifier is not asked about. */
    readonly withoutText: number;
    readonly notAsked: number;
  };
  readonly groups: readonly GroupReport[];
  /** What belongs into the configuration: the chosen, and those in force that were not asked for. */
  readonly thresholds: Thresholds;
  /** Whether a threshold was found for every group that there were texts of. */
  readonly ok: boolean;
}

export interface CalibrateOptions extends SampleOptions {
  readonly file: string;
  /** The share of harmless texts that may fire, above 0 and below 1. */
  readonly fpr: number;
  readonly groups: readonly ThresholdGroup[];
  /** Called with the number of texts judged so far. */
  readonly progress?: (judged: number) => void;
}

/** One text, measured for one group. */
interface Measured {
  readonly label: ExampleLabel;
  readonly height: Height;
  readonly firesNow: boolean;
  /** Rules of a text that rules alone fire on. */
  readonly rules: readonly string[];
  readonly place: Omit<FalsePositive, 'upTo'>;
}

const scoreOf = (group: ThresholdGroup, findings: readonly TextFinding[]): number =>
  group === 'harmful'
    ? Math.max(0, ...findings.filter((finding) => finding.class === 'harmful').map(({ score }) => score))
    : injectionScore(findings);

type Measure = (
  text: string,
  channel: Channel,
  group: ThresholdGroup,
) => Pick<Measured, 'height' | 'firesNow' | 'rules'>;

/** Measures texts by the detector that the gateway runs, at as many thresholds as it takes. */
function createMeasure(loaded: LoadedConfig): Measure {
  const { rules, learned } = createAttackParts(loaded);
  const inForce = loaded.config.detect.thresholds;
  const now = learned(inForce);
  const detectors: Detector[] = [];
  const detectorAt = (index: number): Detector => {
    const value = SCALE[index]!;
    return (detectors[index] ??= learned({ direct: value, indirect: value, harmful: value }));
  };
  return (text, channel, group) => {
    const view = createView(text);
    const context = bareContext(channel);
    const byRules = rules.inspect(view, context);
    if (scoreOf(group, byRules) >= COUNTS) {
      const ids = new Set(byRules.filter((finding) => scoreOf(group, [finding]) > 0).map(({ rule }) => rule));
      return { height: ALWAYS, firesNow: true, rules: [...ids] };
    }
    const fires = (detector: Detector): boolean =>
      scoreOf(group, [...byRules, ...detector.inspect(view, context)]) >= COUNTS;
    const height = findHeight((index) => fires(detectorAt(index)));
    const mayFireNow = height > 0 || (inForce[group] ?? COUNTS) < SCALE[0]!;
    return { height, firesNow: mayFireNow && fires(now), rules: [] };
  };
}

/** Wilson's interval beside a share; of no texts at all anything may hold. */
function toCounted(count: number, of: number): Counted {
  return of === 0 ? { count, of, share: 0, low: 0, high: 1 } : { count, of, share: count / of, ...wilson(count, of) };
}

function countRules(texts: readonly Measured[]): GroupReport['byRules'] {
  const counts = new Map<string, number>();
  for (const rule of texts.flatMap(({ rules }) => rules)) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const rules = [...counts].map(([rule, count]) => ({ rule, texts: count })).sort((a, b) => b.texts - a.texts);
  return { texts: texts.filter(({ height }) => height === ALWAYS).length, rules };
}

function reportGroup(group: ThresholdGroup, measured: readonly Measured[], fpr: number, inForce: number): GroupReport {
  const benign = measured.filter(({ label }) => label === 'benign');
  // Feedback says "attack" of attacks of every kind: of requests for harm it says nothing.
  const attacks = group === 'harmful' ? [] : measured.filter(({ label }) => label === 'attack');
  const heights = benign.map(({ height }) => height);
  const needed = fewestTrials(fpr);
  const base = {
    group,
    benign: benign.length,
    needed,
    inForce: { threshold: inForce, ...toCounted(benign.filter(({ firesNow }) => firesNow).length, benign.length) },
    byRules: countRules(benign),
  };
  if (benign.length < needed) return { ...base, outcome: 'too_few', top: [] };
  const chosen = chooseThreshold(heights, fpr);
  const index = chosen ?? SCALE.length - 1;
  const firing = benign
    .filter(({ height }) => height > index)
    .sort((a, b) => (a.height > b.height ? -1 : a.height < b.height ? 1 : 0));
  return {
    ...base,
    outcome: chosen === undefined ? 'out_of_reach' : 'chosen',
    ...(chosen === undefined ? {} : { threshold: SCALE[chosen]! }),
    falsePositives: toCounted(firing.length, benign.length),
    ...(attacks.length === 0
      ? {}
      : {
          recall: toCounted(
            countFiring(
              attacks.map(({ height }) => height),
              index,
            ),
            attacks.length,
          ),
        }),
    top: firing
      .slice(0, MOST_NAMED)
      .map(({ place, height }) => ({ ...place, upTo: height === ALWAYS ? null : SCALE[height - 1]! })),
  };
}

/**
 * Finds for each group the least threshold at which no more than `fpr` of the harmless texts fire. A text that stands in the
 * sample twice counts once: it says nothing new.
 * @throws AncileError `usage`, `request_invalid` for a sample that cannot be read, `config_invalid` where the trained model
 *   is switched off; else as `createDetectors`
 */
export async function calibrate(loaded: LoadedConfig, options: CalibrateOptions): Promise<CalibrationReport> {
  const { fpr, groups, file, progress } = options;
  const measure = createMeasure(loaded);
  const measured: Record<ThresholdGroup, Measured[]> = { direct: [], indirect: [], harmful: [] };
  const known = new Set<string>();
  const texts = { benign: 0, attack: 0, repeated: 0, withoutText: 0, notAsked: 0 };
  let judged = 0;
  for await (const { line, text, channel, label } of readSample(file, options)) {
    progress?.(++judged);
    const way = wayOf(channel);
    if (text === null) texts.withoutText++;
    else if (way === undefined) texts.notAsked++;
    else {
      // A long run need not hold every text.
      const digest = createHash('sha256').update(`${way} ${label} ${text}`).digest('base64');
      if (known.has(digest)) {
        texts.repeated++;
        continue;
      }
      known.add(digest);
      texts[label]++;
      const place = { line, channel, excerpt: text.slice(0, EXCERPT) };
      for (const group of way === 'direct' ? (['direct', 'harmful'] as const) : (['indirect'] as const)) {
        if (groups.includes(group)) measured[group].push({ label, place, ...measure(text, channel, group) });
      }
    }
  }
  if (texts.benign === 0) {
    throw new AncileError(
      'request_invalid',
      'the sample has no harmless text of a channel that the classifier is asked about',
      {
        hint: 'It is asked about user, tool_result, document, tool_description and metadata; --channel says how the texts came.',
      },
    );
  }
  const inForce = loaded.config.detect.thresholds;
  const reports = groups
    .filter((group) => measured[group].some(({ label }) => label === 'benign'))
    .map((group) => reportGroup(group, measured[group], fpr, inForce[group] ?? COUNTS));
  const chosen = reports.flatMap(({ group, threshold }) =>
    threshold === undefined ? [] : [[group, threshold] as const],
  );
  return {
    fpr,
    texts,
    groups: reports,
    thresholds: { ...inForce, ...Object.fromEntries(chosen) },
    ok: reports.length > 0 && chosen.length === reports.length,
  };
}
