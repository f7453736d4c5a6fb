// One exchange of the library that is put on record: opened before its request may be sent, closed before its answer is
// used up, once, however it ends.
import { AncileError, type Clock, newId, toAncileError } from '../base/index.ts';
import { type LlmSurface, type RequestView, type TokenUsage, estimateTokens } from '../codec/index.ts';
import type { Exchange, Outcome, RecordBody, Usage } from '../contract/index.ts';
import {
  ANYONE,
  type ExchangeOptions,
  type GuardedExchange,
  type Judged,
  type OutputJudge,
  type Pipeline,
  openExchange,
} from '../guard/index.ts';

export interface RecordedExchange<Q> {
  /** As the records carry it. */
  readonly id: string;
  readonly request: Judged<Q>;
  /**
   * Judges a whole answer; its record is durable when this resolves.
   * @throws AncileError `upstream_malformed`, `ledger_fault`; `conflict` where the exchange has ended
   */
  judgeAnswer<A>(answer: A): Promise<Judged<A>>;
  /**
   * Passes the events of a streamed answer on; its record is durable before the stream ends.
   * @throws AncileError as `judgeAnswer`, and `blocked_by_policy` or `held_for_approval` where policy stops it
   */
  guardStream<E>(events: AsyncIterable<E>): AsyncGenerator<E, void, undefined>;
  /** Says that no answer will come: the call failed, or was not made. What has ended stays as it is. */
  abandon(): Promise<void>;
}

export interface RecorderParts {
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly keyedDigest: (content: string) => string;
  readonly keyedLabel: (text: string) => string;
  /** Waits for a write by the policy set's choice of what its failure does. */
  readonly durable: (exchange: string, write: Promise<unknown>) => Promise<void>;
  readonly clock: Clock;
  /** Told of each when it has ended. */
  readonly onEnded: (run: RecordedRun) => void;
}

interface Ending {
  readonly outcome: Outcome;
  readonly status: number;
  readonly reason?: string;
}

const COMPLETED: Ending = { outcome: 'completed', status: 200 };

/** How a fault of the stream, or of the answer, is recorded. */
function endingOf(thrown: unknown, upstreamFailed: boolean): Ending {
  const { code, status } = toAncileError(thrown);
  if (code === 'blocked_by_policy' || code === 'held_for_approval') {
    return { outcome: 'denied_output', status, reason: code };
  }
  if (upstreamFailed) return { outcome: 'upstream_error', status: 502, reason: 'upstream_reset' };
  return { outcome: code.startsWith('upstream_') ? 'upstream_error' : 'fault', status, reason: code };
}

/** What is on record of one exchange, and how it ends. */
export class RecordedRun {
  readonly id: string;
  readonly startedAt: number;
  readonly #parts: RecorderParts;
  readonly #principal: string;
  #judge: OutputJudge | undefined;
  #usage: TokenUsage | undefined;
  #inputTokens = 0;
  #answering = false;
  #closed: Promise<void> | undefined;

  constructor(parts: RecorderParts, principal: string) {
    this.#parts = parts;
    this.id = newId('ex');
    this.startedAt = parts.clock();
    this.#principal = principal;
  }

  /** Reads and judges a request; nothing of it is on record yet. */
  judge<Q>(
    pipeline: Pipeline,
    surface: LlmSurface,
    request: Q,
    options: ExchangeOptions,
  ): { readonly guarded: GuardedExchange<Q>; readonly view: RequestView } {
    let view: RequestView | undefined;
    const guarded = openExchange(pipeline, surface, request, options, {
      request: (read) => void (view = read),
      answer: (judge) => void (this.#judge = judge),
      usage: (usage) => void (this.#usage = usage),
    });
    const { segments } = view!;
    this.#inputTokens = segments.reduce((sum, segment) => sum + estimateTokens(segment.text), 0);
    return { guarded, view: view! };
  }

  /** Puts the request on record, and its end where it is denied. */
  async open(
    exchange: Pick<Exchange, 'surface' | 'principal' | 'model' | 'stream' | 'session'>,
    body: unknown,
    { denied, decision, findings, denial }: Judged<unknown>,
    view: Pick<RequestView, 'segments' | 'capabilities'>,
  ): Promise<void> {
    const opened = this.#durable(
      this.#parts.append({
        kind: 'exchange.opened',
        exchange: { id: this.id, route: '*', upstream: 'library', ...exchange },
        inputDigest: this.#parts.keyedDigest(JSON.stringify(body)),
        segments: view.segments.length,
        findings: [...findings],
        decision,
        capabilities: [...view.capabilities],
      }),
    );
    const reason = denial?.code ?? 'blocked_by_policy';
    const ended = denied ? this.end({ outcome: 'denied_input', status: 403, reason }, '') : undefined;
    await Promise.all([opened, ended]);
  }

  /** An exchange has one answer. @throws AncileError `conflict` */
  beginAnswer(): void {
    if (!this.#answering && this.#closed === undefined) {
      this.#answering = true;
      return;
    }
    throw new AncileError('conflict', 'this exchange has ended, or its answer was given already', {
      hint: 'Open an exchange for each request; one that is not answered within half an hour is given up.',
    });
  }

  get ended(): boolean {
    return this.#closed !== undefined;
  }

  /** Puts the end on record; the first call counts. */
  async end({ outcome, status, reason }: Ending, released: string): Promise<void> {
    if (this.#closed !== undefined) return;
    const judge = this.#judge;
    this.#closed = this.#durable(
      this.#parts.append({
        kind: 'exchange.closed',
        exchange: this.id,
        principal: this.#principal,
        outcome,
        status,
        ...(released === '' ? {} : { outputDigest: this.#parts.keyedDigest(released) }),
        findings: judge === undefined ? [] : [...judge.findings],
        ...(judge === undefined ? {} : { decision: judge.decision() }),
        usage: this.#used(outcome, released),
        durationMs: this.#parts.clock() - this.startedAt,
        ...(reason === undefined ? {} : { reason }),
      }),
    );
    this.#parts.onEnded(this);
    await this.#closed;
  }

  /** Judges what comes of the answer, and ends as that does. */
  async answer<A>(judge: () => Judged<A>): Promise<Judged<A>> {
    this.beginAnswer();
    let judged: Judged<A>;
    try {
      judged = judge();
    } catch (thrown) {
      await this.end(endingOf(thrown, false), '');
      throw thrown;
    }
    const { denial, body } = judged;
    await this.end(
      denial === undefined ? COMPLETED : endingOf(denial, false),
      body === undefined ? '' : JSON.stringify(body),
    );
    return judged;
  }

  async *stream<E>(
    guardStream: (events: AsyncIterable<E>) => AsyncIterable<E>,
    events: AsyncIterable<E>,
  ): AsyncGenerator<E, void, undefined> {
    this.beginAnswer();
    const released: string[] = [];
    let upstreamFailed = false;
    async function* upstream(): AsyncGenerator<E, void, undefined> {
      try {
        yield* events;
      } catch (thrown) {
        upstreamFailed = true;
        throw thrown;
      }
    }
    // Whoever stops reading has gone.
    let ending: Ending = { outcome: 'client_gone', status: 200 };
    try {
      for await (const event of guardStream(upstream())) {
        released.push(JSON.stringify(event));
        yield event;
      }
      ending = COMPLETED;
    } catch (thrown) {
      ending = endingOf(thrown, upstreamFailed);
      throw thrown;
    } finally {
      await this.end(ending, released.join('\n'));
    }
  }

  /** As the model says, else by the texts that passed. What it costs is not known here. */
  #used(outcome: Outcome, released: string): Usage {
    if (this.#usage !== undefined) return { ...this.#usage, costMicros: 0, estimated: false };
    if (outcome === 'denied_input') return { inputTokens: 0, outputTokens: 0, costMicros: 0, estimated: false };
    return {
      inputTokens: this.#inputTokens,
      outputTokens: estimateTokens(released),
      costMicros: 0,
      estimated: true,
    };
  }

  #durable(write: Promise<unknown>): Promise<void> {
    return this.#parts.durable(this.id, write);
  }
}

/** Judges a request and opens its exchange: resolved when that is on record. */
export async function recordExchange<Q>(
  run: RecordedRun,
  { keyedLabel }: Pick<RecorderParts, 'keyedLabel'>,
  pipeline: Pipeline,
  surface: LlmSurface,
  request: Q,
  options: ExchangeOptions = {},
): Promise<RecordedExchange<Q>> {
  const { guarded, view } = run.judge(pipeline, surface, request, options);
  const principal = options.principal ?? ANYONE;
  const { model, stream, conversationKey } = view;
  const session = keyedLabel(`${principal.id}\0${conversationKey}`);
  await run.open(
    { surface: surface.id, principal, model, stream, session },
    guarded.request.body ?? request,
    guarded.request,
    view,
  );
  return {
    id: run.id,
    request: guarded.request,
    judgeAnswer: (answer) => run.answer(() => guarded.judgeAnswer(answer)),
    guardStream: (events) => run.stream((each) => guarded.guardStream(each), events),
    abandon: () => run.end({ outcome: 'client_gone', status: 0, reason: 'abandoned' }, ''),
  };
}
