// Asks the targets of a plan until one answers: retries, fallbacks, deadlines. To whoever reads the answer it is one
// flight, and what was begun is never asked for again.
import { toFrozen } from '../../access/index.ts';
import { AncileError, type Clock, toAncileError } from '../../base/index.ts';
import type { Attempt, Config } from '../../contract/index.ts';
import type { AnswerHeaders, AnswerSink, Flight, OutletRequest } from '../../net/index.ts';
import type { Visit } from './circuit.ts';
import type { Ask } from './door.ts';
import { type Advice, adviseFault, adviseStatus, forbidsRetry, isBusy } from './pace.ts';
import { readRetryAfter, retryDelay, toStatusFault } from './pace.ts';
import type { PlannedTarget } from './plan.ts';

/** Told of each asking, for the budget and the record. */
export interface AskObserver {
  /** This target is being asked; the one before it has ended. */
  asking(target: PlannedTarget): void;
  /**
   * The asking has its head, or has failed before it.
   * @param free - certain to have cost nothing: it never left, or it was answered with an error
   */
  asked(attempt: Attempt, free: boolean): void;
}

/** The request as its first target gets it, worded beforehand; or why it could not be. */
export interface Prepared {
  readonly target: PlannedTarget;
  readonly request?: OutletRequest;
  readonly fault?: unknown;
}

export interface AskOptions {
  readonly plan: readonly PlannedTarget[];
  readonly ask: Omit<Ask, 'model'>;
  readonly why: 'first' | 'reask';
  readonly prepared?: Prepared | undefined;
  /**
   * Whether it may be asked again where an upstream may have acted on it and did not say: not so for a request that
   * acts on the world.
   */
  readonly repeatable: boolean;
  readonly retries: Config['retries'];
  /** From an answer's head to its end, milliseconds. */
  readonly answerTimeout: number;
  readonly clock: Clock;
  readonly observer: AskObserver;
  /** Whether a target may be asked at this moment: egress to it may have been cut since the plan was made. */
  readonly mayAsk?: (target: PlannedTarget) => boolean;
}

/** Words the request for the target that would be asked now. */
export async function prepareFirst(
  plan: readonly PlannedTarget[],
  ask: Omit<Ask, 'model'>,
): Promise<Prepared | undefined> {
  const target = plan.find(({ circuit }) => circuit.condition === 'ready');
  if (target === undefined) return undefined;
  try {
    return { target, request: await target.door.prepare({ ...ask, model: target.model }) };
  } catch (fault) {
    return { target, fault };
  }
}

/** One asking of one target. */
interface Step {
  readonly target: PlannedTarget;
  readonly visit: Visit;
  readonly why: Attempt['why'];
  readonly startedAt: number;
  flight: Flight | undefined;
}

class Asking implements Flight {
  readonly #options: AskOptions;
  readonly #sink: AnswerSink;
  readonly #startedAt = performance.now();
  #at = 0;
  /** Retries of the present target. */
  #retries = 0;
  #last: PlannedTarget | undefined;
  #fault: AncileError | undefined;
  /** A target was passed over because egress to it is cut. */
  #cutOff = false;
  #step: Step | undefined;
  #begun = false;
  #over = false;
  #wait: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: AskOptions, sink: AnswerSink) {
    this.#options = options;
    this.#sink = sink;
    this.#deadline = setTimeout(() => this.#expire(), options.retries.deadline);
    this.#ask();
  }

  get sent(): boolean {
    return this.#step?.flight?.sent ?? false;
  }

  pause(): void {
    this.#step?.flight?.pause();
  }

  resume(): void {
    this.#step?.flight?.resume();
  }

  abort(): void {
    this.#stop((flight) => flight.abort());
  }

  release(): void {
    this.#stop((flight) => flight.release());
  }

  #stop(end: (flight: Flight) => void): void {
    if (this.#over) return;
    const step = this.#end();
    if (step === undefined) return;
    // One that was still waited for is on the record without an outcome.
    if (!this.#begun) this.#note(step, {}, !(step.flight?.sent ?? false));
    if (step.flight !== undefined) end(step.flight);
    step.visit.leave();
  }

  /** @returns the step that was under way */
  #end(): Step | undefined {
    this.#over = true;
    clearTimeout(this.#wait);
    clearTimeout(this.#deadline);
    const step = this.#step;
    this.#step = undefined;
    return step;
  }

  /** Asks the present target, or the next that takes a request. */
  #ask(): void {
    const { plan, prepared, why } = this.#options;
    for (; this.#at < plan.length; this.#at++, this.#retries = 0) {
      const target = plan[this.#at]!;
      if (!this.#isOpen(target)) {
        this.#cutOff = true;
        continue;
      }
      const visit = target.circuit.enter();
      if (visit === undefined) continue;
      const first = this.#last === undefined;
      const reason = first ? (this.#at === 0 ? why : 'fallback') : target === this.#last ? 'retry' : 'fallback';
      this.#last = target;
      const step: Step = { target, visit, why: reason, startedAt: performance.now(), flight: undefined };
      this.#step = step;
      this.#options.observer.asking(target);
      this.#prepare(step, first && prepared?.target === target ? prepared : undefined);
      return;
    }
    this.#fail(this.#fault ?? this.#noneReady());
  }

  #prepare(step: Step, prepared: Prepared | undefined): void {
    const { ask } = this.#options;
    try {
      if (prepared !== undefined && prepared.request === undefined) throw prepared.fault;
      // Worded anew each time: a signature has its hour, and each target its own words.
      const request = prepared?.request ?? step.target.door.prepare({ ...ask, model: step.target.model });
      if (!(request instanceof Promise)) {
        this.#send(step, request);
        return;
      }
      request
        .then((worded) => this.#send(step, worded))
        .catch((thrown: unknown) => this.#onFail(step, toAncileError(thrown)));
    } catch (thrown) {
      this.#onFail(step, toAncileError(thrown));
    }
  }

  #send(step: Step, request: OutletRequest): void {
    if (this.#step !== step) return;
    step.flight = step.target.door.outlet.send(request, {
      head: (status, headers) => this.#onHead(step, status, headers),
      data: (chunk) => {
        if (this.#step === step) this.#sink.data(chunk);
      },
      end: () => {
        if (this.#step !== step) return;
        this.#end();
        step.visit.leave();
        this.#sink.end();
      },
      fail: (error) => this.#onFail(step, error),
    });
  }

  #onHead(step: Step, status: number, headers: AnswerHeaders): void {
    if (this.#step !== step) return;
    const { clock, answerTimeout } = this.#options;
    const fine = status >= 200 && status < 300;
    if (isBusy(status)) step.visit.answered('busy');
    else if (status >= 500) step.visit.answered('failed', `upstream_status_${status}`);
    else step.visit.answered('fine');
    this.#note(step, { status }, !fine);
    if (!fine) {
      const advice = adviseStatus(status);
      const elsewhere = advice === 'again' && forbidsRetry(headers) ? 'elsewhere' : advice;
      // An error of a request that acts on the world may come after it has acted, but for those that come before work.
      const may = this.#options.repeatable || isBusy(status) || status < 500;
      if (may && this.#goOn(step, elsewhere, readRetryAfter(headers, clock()), toStatusFault(status))) {
        step.flight?.release();
        return;
      }
    }
    this.#begun = true;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#expire(), answerTimeout);
    this.#sink.head(status, headers);
  }

  #onFail(step: Step, error: AncileError): void {
    if (this.#step !== step) return;
    // What went wrong on our side says nothing of the upstream.
    if (error.code.startsWith('upstream_')) step.visit.failed(error.code);
    else step.visit.leave();
    if (!this.#begun) {
      const sent = step.flight?.sent ?? false;
      this.#note(step, { reason: error.code }, !sent);
      const may = this.#options.repeatable || !sent;
      if (may && this.#goOn(step, adviseFault(error.code), undefined, error)) return;
    }
    this.#fail(error);
  }

  /** Goes on to a further asking, where there is any to go on to. */
  #goOn(step: Step, advice: Advice, askedFor: number | undefined, fault: AncileError): boolean {
    if (advice === 'final') return false;
    const { plan, retries } = this.#options;
    const left = retries.deadline - (performance.now() - this.#startedAt);
    step.visit.leave();
    const again =
      advice === 'again' && this.#retries < retries.perTarget && step.target.circuit.condition === 'ready'
        ? retryDelay(retries, this.#retries, askedFor, Math.random())
        : undefined;
    if (again !== undefined && again < left) {
      this.#retries++;
      this.#wait = setTimeout(() => this.#ask(), again);
    } else {
      const next = plan.findIndex(
        (target, i) => i > this.#at && target.circuit.condition === 'ready' && this.#isOpen(target),
      );
      if (next === -1 || left <= 0) return false;
      this.#at = next;
      this.#retries = 0;
      this.#wait = setTimeout(() => this.#ask(), 0);
    }
    this.#step = undefined;
    this.#fault = fault;
    return true;
  }

  #expire(): void {
    const waited = this.#fault;
    const step = this.#end();
    const error = this.#begun
      ? new AncileError('upstream_timeout', 'the upstream did not end its answer in time')
      : (waited ?? new AncileError('upstream_timeout', 'no upstream began to answer in time'));
    if (step !== undefined) {
      const sent = step.flight?.sent ?? false;
      if (!this.#begun) this.#note(step, { reason: 'upstream_timeout' }, !sent);
      step.flight?.abort();
      // What waited for a connection of ours says nothing of the upstream.
      if (sent) step.visit.failed('upstream_timeout');
      else step.visit.leave();
    }
    this.#sink.fail(error);
  }

  #fail(error: AncileError): void {
    this.#end();
    this.#sink.fail(error);
  }

  #note({ target, why, startedAt }: Step, result: { status?: number; reason?: string }, free: boolean): void {
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const attempt = { upstream: target.door.name, model: target.model, why, ...result, durationMs };
    this.#options.observer.asked(attempt, free);
  }

  #isOpen(target: PlannedTarget): boolean {
    return this.#options.mayAsk?.(target) ?? true;
  }

  #noneReady(): AncileError {
    const { plan } = this.#options;
    if (this.#cutOff) return toFrozen();
    if (plan.some(({ circuit }) => circuit.condition === 'full')) {
      return new AncileError('overloaded', 'every upstream of this model has as much to do as it may have', {
        hint: 'Try again in a moment.',
      });
    }
    const rest = Math.min(...plan.map(({ circuit }) => circuit.restsFor));
    return new AncileError('upstream_unreachable', 'every upstream of this model has failed lately and rests', {
      hint: `Try again in ${Math.max(1, Math.ceil(rest / 1000))} s.`,
    });
  }
}

/**
 * Asks in the order of the plan. The sink hears of one answer: the first that is no failure, or the failure that
 * nothing could be made of. It may be called again for the same exchange, with another body. The sink may be told of a
 * failure before this returns.
 */
export function askUpstreams(options: AskOptions, sink: AnswerSink): Flight {
  return new Asking(options, sink);
}
