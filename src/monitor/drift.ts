// Drift of what a model is asked, of how it answers and of the scores on it, against a baseline that a person pinned:
// sketches of a sample of exchanges, held against those of the baseline when the sample is full.
import { createHash } from 'node:crypto';
import { AncileError } from '../base/index.ts';
import type { Detection, DriftReport } from '../contract/index.ts';
import type { StoredRecord } from '../ledger/index.ts';
import {
  type Difference,
  type Sketch,
  addSketch,
  alignSketches,
  jensenShannon,
  kolmogorovSmirnov,
  newSketch,
  psi,
  sketchValue,
} from '../stats/index.ts';
import type { Opened } from './event.ts';
import { FEATURES } from './features.ts';
import type { Condition, MonitorRule } from './rule.ts';

type DriftCondition = Extract<Condition, { type: 'drift' }>;

/** Models whose traffic is sketched; of more, the one that was silent longest is forgotten. */
const MOST_MODELS = 200;
/** Full samples kept of a model, from which a baseline is pinned. */
const KEPT_SAMPLES = 10;
/** The chance of an alarm by chance alone of one comparison of one side; shared out among its features. */
export const FALSE_ALARMS = 0.001;

interface Sample {
  sketches: Sketch[];
  size: number;
  since: string;
  until: string;
}

interface ModelState {
  current: Sample;
  readonly past: Sample[];
  report?: DriftReport['sides'];
  /** When each rule was last told of. */
  readonly told: Record<string, number>;
}

/** What was pinned of a model. */
export interface Baseline {
  readonly model: string;
  readonly pinned: string;
  readonly actor: string;
  readonly size: number;
  readonly since: string;
  readonly until: string;
  readonly sketches: readonly Sketch[];
}

/** Where baselines are kept: they outlive the ledger's records that they were made of. */
export interface BaselineShelf {
  list(): readonly Baseline[];
  put(baseline: Baseline): Promise<void>;
  remove(model: string): Promise<void>;
}

export interface DriftOptions {
  readonly rules: readonly MonitorRule[];
  readonly shelf: BaselineShelf;
  /** Exchanges of a sample. */
  readonly sample: number;
}

const MEASURES = { psi, ks: kolmogorovSmirnov, js: jensenShannon };

const emptySample = (): Sample => ({
  sketches: FEATURES.map(({ of }) => newSketch(of)),
  size: 0,
  since: '',
  until: '',
});

/** A measure of one feature: names have no order, so that what needs one is measured otherwise. */
function measureFeature(index: number, measure: DriftCondition['measure'], baseline: Sketch, now: Sketch): Difference {
  const { before, after } = alignSketches(baseline, now);
  if (before.length < 2) return { value: 0, chance: 1 };
  return MEASURES[measure === 'ks' && FEATURES[index]!.of === 'name' ? 'js' : measure](before, after);
}

export class DriftBook {
  readonly #rules: readonly { readonly rule: MonitorRule; readonly condition: DriftCondition }[];
  readonly #shelf: BaselineShelf;
  readonly #sample: number;
  #models = new Map<string, ModelState>();

  constructor({ rules, shelf, sample }: DriftOptions) {
    this.#rules = rules.flatMap((rule) => {
      const [condition] = rule.when;
      return condition?.type === 'drift' ? [{ rule, condition }] : [];
    });
    this.#shelf = shelf;
    this.#sample = sample;
  }

  /** Takes the end of an exchange in. */
  observe(record: StoredRecord, opened: Opened | undefined): Detection[] {
    if (record.kind !== 'exchange.closed' || opened === undefined || opened.exchange.surface === 'mcp') return [];
    const { model } = opened.exchange;
    let state = this.#models.get(model);
    this.#models.delete(model);
    state ??= { current: emptySample(), past: [], told: {} };
    for (const oldest of this.#models.keys()) {
      if (this.#models.size < MOST_MODELS) break;
      this.#models.delete(oldest);
    }
    this.#models.set(model, state);
    const { current } = state;
    FEATURES.forEach(({ read }, i) => sketchValue(current.sketches[i]!, read(opened, record)));
    if (current.size === 0) current.since = record.time;
    current.until = record.time;
    if (++current.size < this.#sample) return [];
    state.past.push(current);
    if (state.past.length > KEPT_SAMPLES) state.past.shift();
    state.current = emptySample();
    return this.#compare(model, state, current, record);
  }

  #compare(model: string, state: ModelState, sample: Sample, { seq, time }: StoredRecord): Detection[] {
    const baseline = this.#shelf.list().find((each) => each.model === model);
    if (baseline === undefined) return [];
    state.report = (['input', 'output', 'score'] as const).map((side) => ({
      side,
      features: FEATURES.flatMap((feature, i) => {
        if (feature.side !== side) return [];
        const measured = (measure: DriftCondition['measure']): Difference =>
          measureFeature(i, measure, baseline.sketches[i]!, sample.sketches[i]!);
        const [byPsi, byKs, byJs] = [measured('psi'), measured('ks'), measured('js')];
        return [{ name: feature.name, psi: byPsi.value, ks: byKs.value, js: byJs.value, chance: byPsi.chance }];
      }),
    }));
    return this.#rules.flatMap(({ rule, condition }): Detection[] => {
      const own = FEATURES.filter(({ side }) => side === condition.side).length;
      const moved = FEATURES.flatMap(({ name, side }, i) => {
        if (side !== condition.side) return [];
        const found = measureFeature(i, condition.measure, baseline.sketches[i]!, sample.sketches[i]!);
        const counts = found.value >= condition.atLeast && found.chance < FALSE_ALARMS / own;
        return counts ? [{ name, value: found.value }] : [];
      });
      const now = Date.parse(time);
      const told = state.told[rule.id] ?? 0;
      if (moved.length === 0 || (told !== 0 && now - told < (rule.cooldown ?? 0))) return [];
      state.told[rule.id] = now;
      const detail = moved.map(({ name, value }) => `${name}: ${condition.measure} ${value.toFixed(3)}`).join('; ');
      return [
        {
          detection: `det_${createHash('sha256').update(`${rule.id}\u001f${model}\u001f${seq}`).digest('hex').slice(0, 26)}`,
          rule: rule.id,
          title: rule.title,
          severity: rule.severity,
          techniques: [...rule.techniques],
          involved: { model },
          count: moved.length,
          since: sample.since,
          until: sample.until,
          records: [seq],
          detail: `${detail} (${sample.size} exchanges against ${baseline.size} of the baseline)`,
        },
      ];
    });
  }

  /**
   * Pins what was seen of a model lately as its baseline.
   * @throws AncileError `not_found` where too little was seen of it
   */
  async pin(model: string, actor: string, time: string): Promise<Baseline> {
    const state = this.#models.get(model);
    const samples = state === undefined ? [] : [...state.past, state.current];
    const size = samples.reduce((total, sample) => total + sample.size, 0);
    if (size < this.#sample) {
      throw new AncileError(
        'not_found',
        `of "${model.slice(0, 100)}" ${size} exchanges were seen, and a baseline needs ${this.#sample}`,
        {
          at: 'model',
          hint: 'Let it answer more traffic first, or lower monitor.drift.sample.',
        },
      );
    }
    const all = emptySample();
    for (const { sketches } of samples) sketches.forEach((sketch, i) => addSketch(all.sketches[i]!, sketch));
    const baseline: Baseline = {
      model,
      pinned: time,
      actor,
      size,
      since: samples[0]!.since,
      until:
        samples
          .map(({ until }) => until)
          .filter((until) => until !== '')
          .at(-1) ?? time,
      sketches: all.sketches,
    };
    await this.#shelf.put(baseline);
    state!.report = [];
    return baseline;
  }

  /** Ends the baseline of a model. @throws AncileError `not_found` */
  async unpin(model: string): Promise<void> {
    if (!this.#shelf.list().some((each) => each.model === model)) {
      throw new AncileError('not_found', `"${model.slice(0, 100)}" has no baseline`, { at: 'model' });
    }
    await this.#shelf.remove(model);
  }

  reports(): DriftReport[] {
    const baselines = new Map(this.#shelf.list().map((each) => [each.model, each]));
    const names = new Set([...baselines.keys(), ...this.#models.keys()]);
    return [...names].sort().map((model) => {
      const state = this.#models.get(model);
      const baseline = baselines.get(model);
      const seen = (state?.past.reduce((total, { size }) => total + size, 0) ?? 0) + (state?.current.size ?? 0);
      return {
        model,
        seen,
        sample: this.#sample,
        ...(baseline === undefined
          ? {}
          : {
              baseline: {
                pinned: baseline.pinned,
                actor: baseline.actor,
                size: baseline.size,
                since: baseline.since,
                until: baseline.until,
              },
            }),
        sides: baseline === undefined ? [] : (state?.report ?? []),
      };
    });
  }

  save(): readonly (readonly [string, ModelState])[] {
    return [...this.#models];
  }

  restore(saved: readonly (readonly [string, ModelState])[]): void {
    this.#models = new Map(saved.filter(([, { current }]) => current.sketches.length === FEATURES.length));
  }
}
