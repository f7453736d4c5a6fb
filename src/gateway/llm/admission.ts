// May this request become an exchange: a route in the key's scope, a dialect its upstream speaks, a budget left.
import { type AccessKey, type Reservation, costMicros } from '../../access/index.ts';
import { AncileError, newId, toAncileError } from '../../base/index.ts';
import { type LlmSurface, type RequestView, estimateTokens } from '../../codec/index.ts';
import type { Route, StageReport, Usage } from '../../contract/index.ts';
import type { LlmParts, UpstreamDoor } from './parts.ts';
import { ExchangeRun } from './run.ts';

/** A request with a good key, read and understood. */
export interface Arrival {
  readonly key: AccessKey;
  readonly body: unknown;
  readonly view: RequestView;
  /** Headers of the caller that are sent on. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** An exchange that may be judged and sent. */
export interface Admitted {
  readonly run: ExchangeRun;
  readonly door: UpstreamDoor;
  /** The upstream's name for the model. */
  readonly model: string;
  /** The budget's own failure, where the policy set lets the request pass all the same. */
  readonly fault: StageReport | undefined;
}

function selectDoor(
  parts: LlmParts,
  surface: LlmSurface,
  { key, view }: Arrival,
): { readonly name: string; readonly route: Route; readonly door: UpstreamDoor } {
  const selected = parts.routes.select(view.model, key);
  const door = selected === undefined ? undefined : parts.upstreams.get(selected.route.upstream);
  const model = view.model.slice(0, 100);
  if (selected === undefined || door === undefined) {
    throw new AncileError('not_found', `there is no model "${model}" for this key`, {
      at: 'model',
      hint: 'GET /v1/models lists those there are.',
    });
  }
  if (door.kind !== 'practice' && !surface.id.startsWith(door.kind)) {
    throw new AncileError('request_invalid', `the model "${model}" does not speak this dialect`, {
      at: 'model',
      hint: `Its upstream speaks ${door.kind}'s.`,
    });
  }
  return { ...selected, door };
}

/**
 * Sets the budget aside. A spent budget is an `AncileError`, `budget_exceeded`; a fault of the book itself is what the
 * policy set's `onFault` of the stage says.
 */
function reserveBudget(
  parts: LlmParts,
  key: AccessKey,
  view: RequestView,
  route: Route,
  inputTokens: number,
): { readonly reservation?: Reservation; readonly fault?: StageReport } {
  const tokens = { inputTokens, outputTokens: view.n * (view.maxOutputTokens ?? parts.limits.answerTokens) };
  const estimate: Usage = { ...tokens, costMicros: costMicros(route.price, tokens), estimated: true };
  let reserved;
  try {
    reserved = parts.budgets.reserve(key.id, key.budgets, estimate);
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
 * @throws AncileError `unauthenticated`, `not_found`, `request_invalid`, `budget_exceeded`
 */
export function admitExchange(parts: LlmParts, surface: LlmSurface, arrival: Arrival): Admitted {
  const { key, view, startedAt } = arrival;
  // The key may have ended while its request was being read.
  if (!parts.keys.isActive(key.id)) throw new AncileError('unauthenticated', 'the key is not valid');
  const { name, route, door } = selectDoor(parts, surface, arrival);
  const inputTokens = view.segments.reduce((sum, segment) => sum + estimateTokens(segment.text), 0);
  const { reservation, fault } = reserveBudget(parts, key, view, route, inputTokens);
  const exchange = {
    id: newId('ex', startedAt),
    surface: surface.id,
    principal: key.principal,
    session: parts.keyedLabel(`${key.id}\0${view.conversationKey}`),
    route: name,
    model: view.model,
    upstream: door.name,
    stream: view.stream,
  };
  const run = new ExchangeRun(parts, exchange, view, route, reservation, inputTokens, startedAt);
  return { run, door, model: route.model ?? view.model, fault };
}
