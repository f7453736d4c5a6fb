// One call from its admission to its closed record: opened and closed are written once each, however it ends.
import type { Reservation } from '../../access/index.ts';
import type { Decision, Exchange, Finding, Outcome, ToolRuling, Usage } from '../../contract/index.ts';
import { untilDurable } from '../durable.ts';
import type { CallParts } from './parts.ts';

/** What was ruled in one direction. */
export interface Ruled {
  readonly decision: Decision;
  readonly findings: readonly Finding[];
}

export interface CallRunOptions {
  readonly parts: CallParts;
  readonly exchange: Exchange;
  readonly reservation: Reservation | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly network: string | undefined;
}

/** Tools are not charged by tokens. */
const USAGE: Usage = { inputTokens: 0, outputTokens: 0, costMicros: 0, estimated: false };

export class CallRun {
  readonly exchange: Exchange;
  readonly #parts: CallParts;
  readonly #reservation: Reservation | undefined;
  readonly #startedAt: number;
  readonly #network: string | undefined;
  #closed = false;

  constructor({ parts, exchange, reservation, startedAt, network }: CallRunOptions) {
    this.#parts = parts;
    this.exchange = exchange;
    this.#reservation = reservation;
    this.#startedAt = startedAt;
    this.#network = network;
  }

  get ended(): boolean {
    return this.#closed;
  }

  /**
   * Resolves when the record is durable.
   * @param payload - what is called, and with what, as it is sent on
   * @throws AncileError `ledger_fault`: it may not be sent
   */
  async open(payload: string, segments: number, { decision, findings }: Ruled, call?: ToolRuling): Promise<void> {
    const { append, keyedDigest, capture } = this.#parts;
    const writes = [
      append({
        kind: 'exchange.opened',
        exchange: this.exchange,
        inputDigest: keyedDigest(payload),
        segments,
        findings: [...findings],
        decision,
        ...(this.#reservation === undefined ? {} : { reserved: this.#reservation.estimate }),
        ...(call === undefined ? {} : { call }),
        ...(this.#network === undefined ? {} : { network: this.#network }),
      }),
    ];
    if (capture !== undefined) writes.push(capture(this.exchange.id, 'input', payload));
    await untilDurable(this.#parts, this.exchange.id, Promise.all(writes));
  }

  /**
   * Resolves when the record is durable. The first call counts.
   * @param released - what the agent is given
   * @throws AncileError `ledger_fault`: nothing may be told
   */
  async close(
    ending: { readonly outcome: Outcome; readonly status: number; readonly reason?: string },
    ruled?: Ruled,
    released = '',
  ): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { append, keyedDigest, capture, budgets, clock } = this.#parts;
    if (this.#reservation !== undefined) budgets.settle(this.#reservation, USAGE);
    const writes = [
      append({
        kind: 'exchange.closed',
        exchange: this.exchange.id,
        principal: this.exchange.principal.id,
        outcome: ending.outcome,
        status: ending.status,
        ...(released === '' ? {} : { outputDigest: keyedDigest(released) }),
        findings: ruled === undefined ? [] : [...ruled.findings],
        ...(ruled === undefined ? {} : { decision: ruled.decision }),
        usage: USAGE,
        durationMs: clock() - this.#startedAt,
        ...(ending.reason === undefined ? {} : { reason: ending.reason }),
      }),
    ];
    if (capture !== undefined && released !== '') writes.push(capture(this.exchange.id, 'output', released));
    await untilDurable(this.#parts, this.exchange.id, Promise.all(writes));
  }
}
