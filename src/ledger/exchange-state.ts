// An exchange as the index holds it: its opened and closed record joined into one row.
import { type ExchangeClosed, type ExchangeOpened, type ExchangeRow, stricter } from '../contract/index.ts';

/** Longest value that is kept and found by, in UTF-16 units: a caller names the model, and may name it at length. */
const MAX_VALUE = 256;

export interface ExchangeState extends Omit<ExchangeRow, 'seq' | 'time'> {
  /** What budgets had set aside; null where nothing was. */
  readonly reserved: { readonly tokens: number; readonly costMicros: number } | null;
}

export interface IndexedExchange {
  readonly seq: number;
  /** Of its opened record, milliseconds since the epoch. */
  readonly time: number;
  readonly state: ExchangeState;
}

const cut = (text: string): string => (text.length > MAX_VALUE ? text.slice(0, MAX_VALUE).toWellFormed() : text);

function merged(known: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...known, ...more])];
}

/** The state after the opened record. */
export function toOpenState({ exchange, findings, decision, reserved }: ExchangeOpened): ExchangeState {
  return {
    id: exchange.id,
    principal: exchange.principal.id,
    principalName: exchange.principal.name,
    tenant: exchange.principal.tenant,
    route: cut(exchange.route),
    model: cut(exchange.model),
    upstream: exchange.upstream,
    surface: exchange.surface,
    stream: exchange.stream,
    session: exchange.session ?? null,
    action: decision.action,
    outcome: null,
    status: null,
    classes: merged(
      [],
      findings.map((finding) => finding.class),
    ),
    rules: merged(
      [],
      findings.map((finding) => finding.rule),
    ),
    inputTokens: 0,
    outputTokens: 0,
    costMicros: 0,
    durationMs: null,
    reserved:
      reserved === undefined
        ? null
        : { tokens: reserved.inputTokens + reserved.outputTokens, costMicros: reserved.costMicros },
  };
}

/** Whether the exchange was opened by a process that ended before it closed it. */
export function isAbandoned({ outcome, status }: ExchangeState): boolean {
  return outcome === 'fault' && status === null;
}

/** The state after the closed record; an exchange ends once, so that one that has ended stays as it is. */
export function toClosedState(state: ExchangeState, closed: ExchangeClosed): ExchangeState {
  if (state.outcome !== null && !isAbandoned(state)) return state;
  const { inputTokens, outputTokens, costMicros } = closed.usage;
  return {
    ...state,
    upstream: closed.attempts?.at(-1)?.upstream ?? state.upstream,
    action: closed.decision === undefined ? state.action : stricter(state.action, closed.decision.action),
    outcome: closed.outcome,
    status: closed.status,
    classes: merged(
      state.classes,
      closed.findings.map((finding) => finding.class),
    ),
    rules: merged(
      state.rules,
      closed.findings.map((finding) => finding.rule),
    ),
    inputTokens,
    outputTokens,
    costMicros,
    durationMs: closed.durationMs,
  };
}

/** The state of an exchange whose process ended: a fault without a status, charged what was set aside. */
export function toAbandonedState(state: ExchangeState): ExchangeState {
  return state.outcome === null ? { ...state, outcome: 'fault' } : state;
}

/** The row as the contract has it. */
export function toExchangeRow({ seq, time, state }: IndexedExchange): ExchangeRow {
  const { reserved: _, ...row } = state;
  return { ...row, seq, time: new Date(time).toISOString() };
}
