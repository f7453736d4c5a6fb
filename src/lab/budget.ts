// The one place where queries are counted and bounded: whatever asks the model asks through here, and nothing is asked that the
// budget does not cover. Repeats after a fault of the network are queries as well.
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { AncileError, type ErrorCode } from '../base/index.ts';
import { type Batch, BudgetSpent, type Target, sizeOf } from './target.ts';

/** Milliseconds of asking after which signals and timers get their turn: an answer within this process comes without one. */
const BREATH_MS = 50;
const TRIES = 4;
const FIRST_WAIT_MS = 250;
/** Faults after which the same question is asked once more; an answer that is none would be none again. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['upstream_unreachable', 'upstream_timeout', 'upstream_reset']);

export interface QueryBudget {
  /** For all that is asked through this target. */
  readonly total?: number | undefined;
  /** For each sample: held exactly where the rows are told, and over the samples of the attack together in any case. */
  readonly perSample?: number | undefined;
}

/** Told of each answer, before the asker has it. */
export interface QueryWatch {
  /** @param rows - of which sample each is; undefined where that is not known */
  scored?(batch: Batch, scores: Float32Array, rows: Int32Array | undefined, asked: Float64Array): void;
  gradient?(batch: Batch, gradient: Float32Array): void;
}

export interface CountedTarget extends Target {
  /** Samples asked about so far; those for gradients are among them. */
  readonly queries: number;
  readonly gradientQueries: number;
  /** Begins a run of an attack on so many samples. @param watch - told of its answers */
  begin(samples: number, watch?: QueryWatch): void;
  /** Queries for each sample since `begin`. */
  readonly asked: Float64Array;
  /** Whether the budget for all has refused a query. */
  readonly totalSpent: boolean;
  /** Counts what was asked before, in a run that is taken up again. */
  note(queries: number, gradientQueries: number): void;
  /** Whether some of them were shared out evenly, as nobody said whom they were about. */
  readonly shared: boolean;
}

/** Numbers the rows where a batch has all samples in their order. */
function toRows(batch: Batch, samples: number): Int32Array | undefined {
  if (batch.rows !== undefined) return batch.rows;
  return batch.count === samples ? Int32Array.from({ length: samples }, (_, i) => i) : undefined;
}

/**
 * @param wait - before a repeat; replaced in tests
 * @returns the target, counted; closing it closes the target
 */
export function countQueries(
  target: Target,
  budget: QueryBudget,
  wait: (ms: number) => Promise<unknown> = sleep,
): CountedTarget {
  const size = sizeOf(target);
  let queries = 0;
  let gradientQueries = 0;
  let inRun = 0;
  let asked = new Float64Array(0);
  let shared = false;
  let totalSpent = false;
  let watch: QueryWatch = {};
  let breath = performance.now();

  /** @throws BudgetSpent with nothing counted */
  function charge(count: number, rows: Int32Array | undefined): void {
    const { total = Infinity, perSample = Infinity } = budget;
    if (queries + count > total) {
      totalSpent = true;
      throw new BudgetSpent(`the budget of ${total} queries is spent`);
    }
    if (asked.length > 0) {
      if (inRun + count > perSample * asked.length)
        throw new BudgetSpent(`the budget of ${perSample} queries a sample is spent`);
      rows?.forEach((row) => asked[row]!++);
      if (rows !== undefined && rows.some((row) => asked[row]! > perSample)) {
        rows.forEach((row) => asked[row]!--);
        throw new BudgetSpent(`the budget of ${perSample} queries for one sample is spent`);
      }
      if (rows === undefined) {
        shared = true;
        for (let i = 0; i < asked.length; i++) asked[i]! += count / asked.length;
      }
    }
    queries += count;
    inRun += count;
  }

  /** Asks, and once more after a fault that may pass: each time it is charged. */
  async function insist<T>(count: number, rows: Int32Array | undefined, ask: () => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      charge(count, rows);
      if (performance.now() - breath > BREATH_MS) {
        await setImmediate();
        breath = performance.now();
      }
      try {
        return await ask();
      } catch (thrown) {
        if (!(thrown instanceof AncileError) || !PASSING.has(thrown.code) || tried === TRIES) throw thrown;
        await wait(FIRST_WAIT_MS * 2 ** (tried - 1));
      }
    }
  }

  async function scores(batch: Batch): Promise<Float32Array> {
    const all = toRows(batch, asked.length);
    const most = target.most ?? batch.count;
    if (batch.count <= most) {
      const answer = await insist(batch.count, all, () => target.scores(batch));
      watch.scored?.(batch, answer, all, asked);
      return answer;
    }
    const whole = new Float32Array(batch.count * target.classes);
    for (let at = 0; at < batch.count; at += most) {
      const count = Math.min(most, batch.count - at);
      const rows = all?.subarray(at, at + count);
      const part: Batch = { data: batch.data.subarray(at * size, (at + count) * size), count, ...(rows && { rows }) };
      const answer = await insist(count, rows, () => target.scores(part));
      watch.scored?.(part, answer, rows, asked);
      whole.set(answer, at * target.classes);
    }
    return whole;
  }

  const { gradients } = target;
  /** As `scores`, of what gives gradients: a model in this process, which takes any number. */
  async function withGradient<T extends { readonly scores: Float32Array; readonly gradient: Float32Array }>(
    batch: Batch,
    ask: () => Promise<T>,
  ): Promise<T> {
    const rows = toRows(batch, asked.length);
    const answer = await insist(batch.count, rows, ask);
    gradientQueries += batch.count;
    watch.scored?.(batch, answer.scores, rows, asked);
    watch.gradient?.(batch, answer.gradient);
    return answer;
  }

  return {
    name: target.name,
    shape: target.shape,
    classes: target.classes,
    gives: target.gives,
    scores,
    ...(gradients === undefined
      ? {}
      : {
          gradients: {
            ofLoss: (loss, batch, labels, targets) =>
              withGradient(batch, () => gradients.ofLoss(loss, batch, labels, targets)),
            ofScores: (batch, weights) => withGradient(batch, () => gradients.ofScores(batch, weights)),
          },
        }),
    get queries() {
      return queries;
    },
    get gradientQueries() {
      return gradientQueries;
    },
    get asked() {
      return asked;
    },
    get totalSpent() {
      return totalSpent;
    },
    get shared() {
      return shared;
    },
    note(before, gradients) {
      queries += before;
      gradientQueries += gradients;
    },
    begin(samples, observer = {}) {
      asked = new Float64Array(samples);
      inRun = 0;
      shared = false;
      watch = observer;
    },
    close: () => target.close(),
  };
}
