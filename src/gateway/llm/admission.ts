// May this request become an exchange: a route in the key's scope, a dialect its upstream speaks, a budget left.
import { type AccessKey, type Affected, type Reservation, capsOf, costMicros } from '../../access/index.ts';
import { AncileError, newId, toAncileError } from '../../base/index.ts';
import { type LlmSurface, type RequestView, estimateTokens } from '../../codec/index.ts';
import type { StageReport, Usage } from '../../contract/index.ts';
import { notCutOff } from '../contained.ts';
import { tightened } from '../tightened.ts';
import type { Slot } from '../load.ts';
import type { Marks } from '../marks.ts';
import { type PlannedTarget, planTargets } from '../upstreams/index.ts';
import type { LlmParts } from './parts.ts';
import { ExchangeRun } from './run.ts';

/** A request with a good key, read and understood. */
export interface Arrival {
  readonly key: AccessKey;
  readonly body: unknown;
  readonly view: RequestView;
  /** Its place among what is under way, which bounds the memory it takes. */
  readonly slot: Slot;
  /** Headers of the caller that are sent on. */
  readonly headers: Readonly<Record<string, string>>;
  /** For its record. */
  readonly marks: Marks;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** An exchange that may be judged and sent. */
export interface Admitted {
  /** What it is handled with: as it came, or stricter. */
  readonly parts: LlmParts;
  readonly run: ExchangeRun;
  /** The budget's own failure, where the policy set lets the request pass all the same. */
  readonly fault: StageReport | undefined;
  /** What containment may aim at. */
  readonly affected: Affected;
}

/** The route that something is diverted to. One that the configuration has no more diverts nothing. */
function divertedTo({ restraints, routes }: LlmParts, affected: Affected): ReturnType<typeof routes.select> {
  const to = restraints.find('divert', affected)?.with?.['to'];
  return to === undefined ? undefined : routes.all.find(({ name }) => name === to);
}

interface Selected {
  readonly name: string;
  readonly plan: readonly PlannedTarget[];
  readonly affected: Affected;
}

/**
 * The route that the model's name selects for this key, and where its requests go: where containment diverts it, to
 * another route's upstreams, under the policies of its own.
 */
function selectPlan(parts: LlmParts, surface: LlmSurface, { key, view }: Arrival, session: string): Selected {
  const { restraints } = parts;
  const selected = parts.routes.select(view.model, key);
  if (selected === undefined) {
    throw new AncileError('not_found', `there is no model "${view.model.slice(0, 100)}" for this key`, {
      at: 'model',
      hint: 'GET /v1/models lists those there are.',
    });
  }
  const { id: principal, tenant } = key;
  const affected = { principal, tenant, session, route: selected.name, model: view.model };
  restraints.checkFrozen(affected);
  const diverted = divertedTo(parts, affected);
  const { route } = diverted ?? selected;
  const model = diverted === undefined || diverted.name.includes('*') ? view.model : diverted.name;
  const whole = planTargets(route, parts.upstreams, surface, model, session);
  const plan = notCutOff(restraints, affected, whole, ({ door }) => door.name);
  // Before it costs anything: a flood that no upstream has room for leaves no exchange on record.
  if (plan.every(({ circuit }) => circuit.condition === 'full')) {
    parts.load.noteShed();
    throw new AncileError('overloaded', 'every upstream of this model has as much to do as it may have', {
      hint: 'Try again in a moment.',
    });
  }
  return { name: selected.name, plan, affected: { ...affected, upstream: plan[0]!.door.name } };
}

/** An estimate that sums of it are still exact with. */
const MOST_TOKENS = 2 ** 50;

/** What a request is thought to use at most, at the price of the dearest target that may answer it. */
function estimateUsage(parts: LlmParts, view: RequestView, plan: readonly PlannedTarget[]): Usage {
  const inputTokens = view.segments.reduce((sum, segment) => sum + estimateTokens(segment.text), 0);
  // Many answers of many prompts: what cannot be counted is beyond every budget all the same.
  const outputTokens = Math.min(MOST_TOKENS, view.n * (view.maxOutputTokens ?? parts.limits.answerTokens));
  const tokens = { inputTokens, outputTokens };
  const cost = Math.max(...plan.map(({ price }) => costMicros(price, tokens)));
  return { ...tokens, costMicros: cost, estimated: true };
}

/**
 * Sets the budget aside. A spent budget is an `AncileError`, `budget_exceeded`; a fault of the book itself is what the
 * policy set's `onFault` of the stage says.
 */
function reserveBudget(
  parts: LlmParts,
  key: AccessKey,
  affected: Affected,
  estimate: Usage,
): { readonly reservation?: Reservation; readonly fault?: StageReport } {
  let reserved;
  try {
    reserved = parts.budgets.reserve(key.id, [...key.budgets, ...capsOf(parts.restraints, affected)], estimate);
  } catch (thrown) {
    parts.onFault(thrown, undefined);
    const onFault = parts.policies.onFault.budget;
    if (onFault === 'deny') throw thrown;
    return { fault: { stage: 'budget', status: 'failed', detail: toAncileError(thrown).code, onFault } };
  }
  if (reserved.ok) return { reservation: reserved.reservation };
  const { refusal } = reserved;
  throw new AncileError('budget_exceeded', `the key's ${refusal.budget.period} budget of ${refusal.measure} is spent`, {
    hint: refusal.resets === undefined ? 'It does not renew.' : `It renews at ${refusal.resets}.`,
  });
}

/**
 * Makes an exchange of a request. From here on every ending is a record.
 * @throws AncileError `unauthenticated`, `frozen`, `not_found`, `request_invalid`, `overloaded`, `budget_exceeded`
 */
export function admitExchange(given: LlmParts, surface: LlmSurface, arrival: Arrival): Admitted {
  const { key, view, startedAt, marks } = arrival;
  // The key may have ended while its request was being read.
  if (!given.keys.isActive(key.id)) throw new AncileError('unauthenticated', 'the key is not valid');
  const session = given.keyedLabel(`${key.id}\0${view.conversationKey}`);
  const { name, plan, affected } = selectPlan(given, surface, arrival, session);
  const parts = tightened(given, affected);
  const estimate = estimateUsage(parts, view, plan);
  const { reservation, fault } = reserveBudget(parts, key, affected, estimate);
  const exchange = {
    id: newId('ex', startedAt),
    surface: surface.id,
    principal: key.principal,
    session,
    route: name,
    model: view.model,
    upstream: plan[0]!.door.name,
    stream: view.stream,
  };
  const run = new ExchangeRun({ parts, exchange, view, plan, reservation, estimate, startedAt, marks });
  return { parts, run, fault, affected };
}
