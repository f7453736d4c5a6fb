// One exchange from its admission to its closed record: the budget is settled once, the record is written once,
// however it ends.
import { AncileError, toAncileError } from '../../base/index.ts';
import { type Reservation, costMicros } from '../../access/index.ts';
import type { RequestView, TokenUsage } from '../../codec/index.ts';
import { estimateTokens } from '../../codec/index.ts';
import type { Exchange, Outcome, Route, Usage } from '../../contract/index.ts';
import type { InputVerdict, OutputJudge } from '../../guard/index.ts';
import type { LlmParts } from './parts.ts';

export interface Ending {
  readonly outcome: Outcome;
  readonly status: number;
  /** Error code, where the outcome is not `completed`. */
  readonly reason?: string;
}

export class ExchangeRun {
  readonly exchange: Exchange;
  readonly view: RequestView;
  readonly #parts: LlmParts;
  readonly #route: Route;
  readonly #reservation: Reservation | undefined;
  readonly #inputTokens: number;
  readonly #startedAt: number;
  readonly #released: string[] = [];
  #received = 0;
  #sent = false;
  #usage: TokenUsage | undefined;
  #judge: OutputJudge | undefined;
  #opened: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    parts: LlmParts,
    exchange: Exchange,
    view: RequestView,
    route: Route,
    reservation: Reservation | undefined,
    inputTokens: number,
    startedAt: number,
  ) {
    this.#parts = parts;
    this.exchange = exchange;
    this.view = view;
    this.#route = route;
    this.#reservation = reservation;
    this.#inputTokens = inputTokens;
    this.#startedAt = startedAt;
  }

  /** The judgement of the answer: what it found is part of the closed record, however the exchange ends. */
  attachJudge(judge: OutputJudge): void {
    this.#judge = judge;
  }

  /** What the client was given, for the keyed digest. */
  noteReleased(text: string): void {
    if (text !== '') this.#released.push(text);
  }

  /** Text that the upstream produced, for the estimate where it does not say what it used. */
  noteReceived(text: string): void {
    this.#received += estimateTokens(text);
  }

  /** What the upstream says it used; the last word counts. */
  noteUsage(usage: TokenUsage | undefined): void {
    if (usage !== undefined) this.#usage = usage;
  }

  get ended(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Appends the opened record. It settles when the record is durable; it rejects with `ledger_fault` when it cannot
   * be made so and the policy set says to deny.
   */
  open(payload: string | Buffer, verdict: InputVerdict): Promise<void> {
    this.#opened = this.#durable(
      this.#parts.append({
        kind: 'exchange.opened',
        exchange: this.exchange,
        inputDigest: this.#parts.keyedDigest(payload),
        segments: this.view.segments.length,
        findings: [...verdict.findings],
        decision: verdict.decision,
        ...(this.#reservation === undefined ? {} : { reserved: this.#reservation.estimate }),
      }),
    );
    if (this.#parts.capture !== undefined) {
      this.#opened = Promise.all([
        this.#opened,
        this.#durable(this.#parts.capture(this.exchange.id, 'input', payload.toString())),
      ]).then(() => undefined);
    }
    // Whoever awaits it hears of a rejection; nobody may, when the client has gone.
    this.#opened.catch(() => undefined);
    return this.#opened;
  }

  /** Durable, or let pass by the policy set's written choice. */
  get opened(): Promise<void> {
    return this.#opened ?? Promise.resolve();
  }

  /**
   * Settles the budget and appends the closed record. The first call counts: it resolves with true when the record is
   * durable, or rejects as `open` does. Whoever calls later has lost the race to end the exchange: he gets false at
   * once, and may write nothing to the client.
   */
  async close(ending: Ending): Promise<boolean> {
    if (this.#closed !== undefined) return false;
    this.#closed = this.#close(ending);
    await this.#closed;
    return true;
  }

  /** The request is on its way: the upstream may do its work, and bill it, whatever becomes of the client. */
  noteSent(): void {
    this.#sent = true;
  }

  async #close(ending: Ending): Promise<void> {
    const usage = this.#settledUsage(ending);
    const released = this.#released.join('');
    const judge = this.#judge;
    if (this.#reservation !== undefined) this.#parts.budgets.settle(this.#reservation, usage);
    const writes = [
      this.#parts.append({
        kind: 'exchange.closed',
        exchange: this.exchange.id,
        principal: this.exchange.principal.id,
        outcome: ending.outcome,
        status: ending.status,
        ...(released === '' ? {} : { outputDigest: this.#parts.keyedDigest(released) }),
        findings: judge === undefined ? [] : [...judge.findings],
        ...(judge === undefined ? {} : { decision: judge.decision() }),
        usage,
        durationMs: this.#parts.clock() - this.#startedAt,
        ...(ending.reason === undefined ? {} : { reason: ending.reason }),
      }),
    ];
    if (this.#parts.capture !== undefined && released !== '') {
      writes.push(this.#parts.capture(this.exchange.id, 'output', released));
    }
    const closed = this.#durable(Promise.all(writes));
    closed.catch(() => undefined);
    return closed;
  }

  /** What the exchange used: as the upstream says, else estimated from the texts that passed. */
  #settledUsage(ending: Ending): Usage {
    // Denied before anything was sent on: a request was made, no token was used.
    if (ending.outcome === 'denied_input') {
      return { inputTokens: 0, outputTokens: 0, costMicros: 0, estimated: false };
    }
    // A whole answer that nobody waited for may have been made all the same: as much as was set aside.
    const unseen = this.#sent && !this.view.stream && this.#usage === undefined && this.#received === 0;
    if (unseen && this.#reservation !== undefined) return this.#reservation.estimate;
    const tokens = this.#usage ?? { inputTokens: this.#inputTokens, outputTokens: this.#received };
    return {
      ...tokens,
      costMicros: costMicros(this.#route.price, tokens),
      estimated: this.#usage === undefined,
    };
  }

  #durable(write: Promise<unknown>): Promise<void> {
    return write.then(
      () => undefined,
      (thrown: unknown) => {
        this.#parts.onFault(thrown, this.exchange.id);
        if (this.#parts.policies.onFault.ledger !== 'deny') return;
        // The ledger's own words name folders of this machine, which are the operator's to know.
        throw new AncileError(toAncileError(thrown, 'ledger_fault').code, 'the exchange could not be recorded', {
          hint: 'Nothing passes unrecorded; try again later.',
          cause: thrown,
        });
      },
    );
  }
}

/** Keeps what is confidential out of a fault's words. */
export function withoutSecrets(text: string, confidential: readonly string[]): string {
  let out = text;
  for (const secret of confidential) out = out.replaceAll(secret, '[removed]');
  return out;
}

/** The outcome that an upstream's fault is recorded as. */
export function faultOutcome(error: AncileError): Outcome {
  return error.code.startsWith('upstream_') ? 'upstream_error' : 'fault';
}
