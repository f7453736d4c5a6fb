// Counts over one span of time, of one principal or of all: a sum over exchanges, which can be taken out again as they
// were put in when more becomes known of them.
import type { FigureRow } from '../store/index.ts';
import { type ExchangeState, isAbandoned } from './exchange-state.ts';
import { latencyBucket } from './latency.ts';

/** Names told apart in one figure. Callers name models: what comes after so many is counted together. */
const MAX_NAMES = 200;
/** What is counted for names beyond `MAX_NAMES`. */
export const OTHER_NAMES = '(others)';

type Counts<K = string> = Map<K, number>;

interface Detail {
  readonly refused: number;
  readonly input: number;
  readonly output: number;
  readonly actions: readonly [string, number][];
  readonly outcomes: readonly [string, number][];
  readonly latencies: readonly [number, number][];
  /** Name, exchanges, tokens, cost. */
  readonly models: readonly [string, number, number, number][];
  /** Of exchanges that were more than allowed: class and action, with a space between. */
  readonly classes: readonly [string, number][];
  readonly rules: readonly [string, number][];
  /** Detections by severity; figures of before there were any have none. */
  readonly detections?: readonly [string, number][];
}

function count<K>(into: Counts<K>, key: K, by: number): void {
  const sum = (into.get(key) ?? 0) + by;
  if (sum > 0) into.set(key, sum);
  else into.delete(key);
}

/** The name itself while there is room for it. */
function known<T>(names: ReadonlyMap<string, T>, name: string): string {
  return names.has(name) || names.size < MAX_NAMES ? name : OTHER_NAMES;
}

interface ModelCounts {
  readonly exchanges: number;
  readonly tokens: number;
  readonly costMicros: number;
}

export class Figure {
  name = '';
  exchanges = 0;
  refused = 0;
  inputTokens = 0;
  outputTokens = 0;
  costMicros = 0;
  denied = 0;
  chargedRequests = 0;
  chargedTokens = 0;
  chargedMicros = 0;
  readonly actions: Counts = new Map();
  readonly outcomes: Counts = new Map();
  readonly latencies: Counts<number> = new Map();
  readonly models = new Map<string, ModelCounts>();
  readonly classes: Counts = new Map();
  readonly rules: Counts = new Map();
  readonly detections: Counts = new Map();

  /** Puts an exchange in (1) or takes it out as it was put in (-1). */
  addExchange(state: ExchangeState, sign: 1 | -1): void {
    const { action, outcome, durationMs, inputTokens, outputTokens, costMicros, model } = state;
    this.exchanges += sign;
    this.inputTokens += sign * inputTokens;
    this.outputTokens += sign * outputTokens;
    this.costMicros += sign * costMicros;
    count(this.actions, action, sign);
    if (outcome !== null) count(this.outcomes, outcome, sign);
    if (outcome === 'denied_input' || outcome === 'denied_output') this.denied += sign;
    if (durationMs !== null) count(this.latencies, latencyBucket(durationMs), sign);
    this.#addModel(model, {
      exchanges: sign,
      tokens: sign * (inputTokens + outputTokens),
      costMicros: sign * costMicros,
    });
    if (action !== 'allow') {
      for (const name of state.classes) {
        const key = `${name} ${action}`;
        count(this.classes, known(this.classes, key), sign);
      }
    }
    for (const rule of state.rules) count(this.rules, known(this.rules, rule), sign);
    this.#addCharge(state, sign);
  }

  addRefused(requests: number): void {
    this.refused += requests;
  }

  addDetection(severity: string): void {
    count(this.detections, severity, 1);
  }

  /** What the budgets were charged (`access/usage.ts` has the same in force): nothing while it is under way. */
  #addCharge(state: ExchangeState, sign: 1 | -1): void {
    if (state.reserved === null || state.outcome === null) return;
    const abandoned = isAbandoned(state);
    this.chargedRequests += sign;
    this.chargedTokens += sign * (abandoned ? state.reserved.tokens : state.inputTokens + state.outputTokens);
    this.chargedMicros += sign * (abandoned ? state.reserved.costMicros : state.costMicros);
  }

  #addModel(name: string, { exchanges, tokens, costMicros }: ModelCounts): void {
    const key = known(this.models, name);
    const before = this.models.get(key) ?? { exchanges: 0, tokens: 0, costMicros: 0 };
    const sum = {
      exchanges: before.exchanges + exchanges,
      tokens: before.tokens + tokens,
      costMicros: before.costMicros + costMicros,
    };
    if (sum.exchanges > 0) this.models.set(key, sum);
    else this.models.delete(key);
  }

  /** Adds another figure. */
  add(other: Figure): void {
    this.exchanges += other.exchanges;
    this.refused += other.refused;
    this.inputTokens += other.inputTokens;
    this.outputTokens += other.outputTokens;
    this.costMicros += other.costMicros;
    this.denied += other.denied;
    this.chargedRequests += other.chargedRequests;
    this.chargedTokens += other.chargedTokens;
    this.chargedMicros += other.chargedMicros;
    for (const [action, n] of other.actions) count(this.actions, action, n);
    for (const [outcome, n] of other.outcomes) count(this.outcomes, outcome, n);
    for (const [bucket, n] of other.latencies) count(this.latencies, bucket, n);
    for (const [model, sums] of other.models) this.#addModel(model, sums);
    for (const [key, n] of other.classes) count(this.classes, known(this.classes, key), n);
    for (const [rule, n] of other.rules) count(this.rules, known(this.rules, rule), n);
    for (const [severity, n] of other.detections) count(this.detections, severity, n);
  }

  /** Adds a figure as `toRow` wrote it, without making one of it first: hundreds are added for one chart. */
  addRow(row: FigureRow): void {
    // eslint-disable-next-line no-restricted-properties -- written by `toRow`
    const detail = JSON.parse(row.detail) as Detail;
    this.exchanges += row.exchanges;
    this.refused += detail.refused;
    this.inputTokens += detail.input;
    this.outputTokens += detail.output;
    this.costMicros += row.cost_micros;
    this.denied += row.denied;
    this.chargedRequests += row.charged_requests;
    this.chargedTokens += row.charged_tokens;
    this.chargedMicros += row.charged_micros;
    for (const [action, n] of detail.actions) count(this.actions, action, n);
    for (const [outcome, n] of detail.outcomes) count(this.outcomes, outcome, n);
    for (const [bucket, n] of detail.latencies) count(this.latencies, bucket, n);
    for (const [model, exchanges, tokens, costMicros] of detail.models) {
      this.#addModel(model, { exchanges, tokens, costMicros });
    }
    for (const [key, n] of detail.classes) count(this.classes, known(this.classes, key), n);
    for (const [rule, n] of detail.rules) count(this.rules, known(this.rules, rule), n);
    for (const [severity, n] of detail.detections ?? []) count(this.detections, severity, n);
    if (row.name !== '') this.name = row.name;
  }

  toRow(step: number, start: number, principal: string): FigureRow {
    const detail: Detail = {
      refused: this.refused,
      input: this.inputTokens,
      output: this.outputTokens,
      actions: [...this.actions],
      outcomes: [...this.outcomes],
      latencies: [...this.latencies],
      models: [...this.models].map(([model, sums]) => [model, sums.exchanges, sums.tokens, sums.costMicros]),
      classes: [...this.classes],
      rules: [...this.rules],
      detections: [...this.detections],
    };
    return {
      step,
      start,
      principal,
      name: this.name,
      exchanges: this.exchanges,
      tokens: this.inputTokens + this.outputTokens,
      cost_micros: this.costMicros,
      denied: this.denied,
      charged_requests: this.chargedRequests,
      charged_tokens: this.chargedTokens,
      charged_micros: this.chargedMicros,
      detail: JSON.stringify(detail),
    };
  }

  /** From a row that `toRow` made. */
  static fromRow(row: FigureRow): Figure {
    const figure = new Figure();
    figure.addRow(row);
    return figure;
  }
}
