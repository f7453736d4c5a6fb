// One exchange from its admission to its closed record: the budget is settled once, the record is written once,
// however it ends.
import type { AncileError } from '../../base/index.ts';
import type { Reservation } from '../../access/index.ts';
import type { RequestView, TokenUsage } from '../../codec/index.ts';
import type { Attempt, Decision, Exchange, Outcome, ToolRuling } from '../../contract/index.ts';
import type { InputVerdict, OutputJudge, WatchedExchange } from '../../guard/index.ts';
import { untilDurable } from '../durable.ts';
import type { Marks } from '../marks.ts';
import type { AskObserver, PlannedTarget } from '../upstreams/index.ts';
import { Bill } from './bill.ts';
import type { LlmParts } from './parts.ts';

export interface Ending {
  readonly outcome: Outcome;
  readonly status: number;
  /** Error code, where the outcome is not `completed`. */
  readonly reason?: string;
}

export interface RunOptions {
  readonly parts: LlmParts;
  readonly exchange: Exchange;
  readonly view: RequestView;
  /** Where it may be sent, in the order of asking. */
  readonly plan: readonly PlannedTarget[];
  readonly reservation: Reservation | undefined;
  /** What it is thought to use at most. */
  readonly estimate: TokenUsage;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly marks: Marks;
}

export class ExchangeRun implements AskObserver {
  readonly exchange: Exchange;
  readonly view: RequestView;
  readonly plan: readonly PlannedTarget[];
  readonly #parts: LlmParts;
  readonly #reservation: Reservation | undefined;
  readonly #startedAt: number;
  readonly #marks: Marks;
  readonly #released: (string | Buffer)[] = [];
  readonly #bill: Bill;
  readonly #attempts: Attempt[] = [];
  readonly #calls: ToolRuling[] = [];
  #target: PlannedTarget | undefined;
  #judge: OutputJudge | undefined;
  #watched: WatchedExchange | undefined;
  #inputAction: Decision['action'] = 'allow';
  #opened: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #closeFailed = false;

  constructor({ parts, exchange, view, plan, reservation, estimate, startedAt, marks }: RunOptions) {
    this.#parts = parts;
    this.exchange = exchange;
    this.view = view;
    this.plan = plan;
    this.#reservation = reservation;
    this.#bill = new Bill(view.stream, estimate);
    this.#startedAt = startedAt;
    this.#marks = marks;
  }

  /** The target that is being asked, or was last. */
  get target(): PlannedTarget {
    return this.#target ?? this.plan[0]!;
  }

  /** Milliseconds for which every upstream of the plan rests after failures. */
  get restsFor(): number {
    return Math.min(...this.plan.map(({ circuit }) => circuit.restsFor));
  }

  asking(target: PlannedTarget): void {
    this.#target = target;
    this.#bill.begin(target.price);
  }

  asked(attempt: Attempt, free: boolean): void {
    this.#attempts.push(attempt);
    if (free) this.#bill.note({ inputTokens: 0, outputTokens: 0 });
  }

  /** The answer to the last asking is not taken: what was found in it is told with that asking. */
  noteDiscontent(judge: OutputJudge): void {
    const last = this.#attempts.pop();
    if (last === undefined) return;
    const policies = judge.decision().policies.filter(({ action }) => action !== 'allow');
    this.#attempts.push({ ...last, findings: [...judge.findings], policies });
  }

  /** The judgement of the answer: what it found is part of the closed record, however the exchange ends. */
  attachJudge(judge: OutputJudge): void {
    this.#judge = judge;
  }

  /** Who remembers the exchange is told how it ends. */
  attachWatch(watched: WatchedExchange | undefined): void {
    this.#watched = watched;
  }

  /** A call that the answer proposed, and what was ruled on it. */
  noteCall(ruling: ToolRuling): void {
    this.#calls.push(ruling);
  }

  /** What the client was given, for the keyed digest. */
  noteReleased(content: string | Buffer): void {
    if (content.length > 0) this.#released.push(content);
  }

  /** Text that the upstream produced, for the estimate where it does not say what it used. */
  noteReceived(text: string): void {
    this.#bill.receive(text);
  }

  /** What the upstream says it used; the last word counts. */
  noteUsage(usage: TokenUsage | undefined): void {
    this.#bill.note(usage);
  }

  get ended(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * Appends the opened record. It settles when the record is durable; it rejects with `ledger_fault` when it cannot
   * be made so and the policy set says to deny.
   * @param payload - the request as it is sent on
   * @param text - what of it evidence capture keeps, where that is not the payload itself
   */
  open(payload: string | Buffer, verdict: InputVerdict, text: () => string = () => payload.toString()): Promise<void> {
    this.#inputAction = verdict.decision.action;
    this.#opened = this.#durable(
      this.#parts.append({
        kind: 'exchange.opened',
        exchange: this.exchange,
        inputDigest: this.#parts.keyedDigest(payload),
        segments: this.view.segments.length,
        findings: [...verdict.findings],
        decision: verdict.decision,
        capabilities: [...this.view.capabilities],
        ...(this.#reservation === undefined ? {} : { reserved: this.#reservation.estimate }),
        ...this.#marks,
      }),
    );
    if (this.#parts.capture !== undefined) {
      this.#opened = Promise.all([
        this.#opened,
        this.#durable(this.#parts.capture(this.exchange.id, 'input', text())),
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
    try {
      await this.#closed;
    } catch (thrown) {
      this.#closeFailed = true;
      throw thrown;
    }
    return true;
  }

  /** It ended and that could not be recorded: nothing but this may be told to the client any more. */
  get closeFailed(): boolean {
    return this.#closeFailed;
  }

  async #close(ending: Ending): Promise<void> {
    const usage = this.#bill.total();
    const released = this.#releasedContent();
    const judge = this.#judge;
    if (this.#reservation !== undefined) this.#parts.budgets.settle(this.#reservation, usage);
    // Whether a person said no to what was held is his word on one thing, and no refusal by the model.
    const held = this.#inputAction === 'hold' && ending.outcome === 'denied_input';
    const findings = judge?.findings ?? [];
    this.#watched?.settle({ outcome: ending.outcome, held, findings }, this.#parts.clock());
    const writes = [
      this.#parts.append({
        kind: 'exchange.closed',
        exchange: this.exchange.id,
        principal: this.exchange.principal.id,
        outcome: ending.outcome,
        status: ending.status,
        ...(released.length === 0 ? {} : { outputDigest: this.#parts.keyedDigest(released) }),
        findings: judge === undefined ? [] : [...judge.findings],
        ...(judge === undefined ? {} : { decision: judge.decision() }),
        ...(this.#calls.length === 0 ? {} : { calls: this.#calls }),
        usage,
        durationMs: this.#parts.clock() - this.#startedAt,
        ...(ending.reason === undefined ? {} : { reason: ending.reason }),
        ...(this.#tellsMore() ? { attempts: this.#attempts } : {}),
      }),
    ];
    // What is no text nobody inspected: it is not kept.
    if (this.#parts.capture !== undefined && typeof released === 'string' && released !== '') {
      writes.push(this.#parts.capture(this.exchange.id, 'output', released));
    }
    const closed = this.#durable(Promise.all(writes));
    closed.catch(() => undefined);
    return closed;
  }

  /** Whether the askings say more than the opened record does. */
  #tellsMore(): boolean {
    const [first, second] = this.#attempts;
    return second !== undefined || (first !== undefined && first.upstream !== this.exchange.upstream);
  }

  #releasedContent(): string | Buffer {
    const released = this.#released;
    if (released.every((part) => typeof part === 'string')) return released.join('');
    return Buffer.concat(released.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  }

  #durable(write: Promise<unknown>): Promise<void> {
    return untilDurable(this.#parts, this.exchange.id, write);
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
  return error.code.startsWith('upstream_') || error.code === 'overloaded' ? 'upstream_error' : 'fault';
}
