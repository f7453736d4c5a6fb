// One upstream as it has behaved: whether it may be asked now (breaker, bound on concurrency), and figures of its health.
import type { Clock } from '../../base/index.ts';
import type { Config, UpstreamHealth } from '../../contract/index.ts';

/** `resting`: failed too often in a row; `full`: as much is under way as it may have. */
export type Condition = 'ready' | 'resting' | 'full';

/** One asking of an upstream, from before it is sent until nothing more is expected of it. */
export interface Visit {
  /** The head of an answer has come. `busy` is load: it neither adds to a row of failures nor ends one. */
  answered(outcome: 'fine' | 'busy' | 'failed', reason?: string): void;
  /** It failed before its answer, or amid it. */
  failed(reason: string): void;
  /** Over. What neither answered nor failed says nothing of the upstream. */
  leave(): void;
}

/** Weight of the newest time to an answer's head in the mean. */
const NEWEST = 0.2;

export interface CircuitOptions {
  readonly breaker: Config['breaker'];
  /** Askings under way at once; undefined: no bound. */
  readonly concurrency: number | undefined;
  readonly clock: Clock;
}

/**
 * The circuit breaker of one upstream: closed; open after `breaker.failures` failures in a row; half-open after
 * `breaker.cooldown`, when one request tries it.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #inflight = 0;
  #row = 0;
  #openedAt: number | undefined;
  /** Which visit tries the upstream; the verdict of any other that began before it opened is old. */
  #trial: object | undefined;
  #requests = 0;
  #failures = 0;
  #lastFailure: { time: string; reason: string } | undefined;
  #lastSuccess: string | undefined;
  #latency: number | undefined;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  /** Whether a request would be taken now. */
  get condition(): Condition {
    const { breaker, concurrency, clock } = this.#options;
    if (this.#openedAt !== undefined) {
      if (this.#trial !== undefined || clock() < this.#openedAt + breaker.cooldown) return 'resting';
    }
    return concurrency !== undefined && this.#inflight >= concurrency ? 'full' : 'ready';
  }

  /** Milliseconds until a request may try a resting upstream. */
  get restsFor(): number {
    if (this.#openedAt === undefined) return 0;
    return Math.max(0, this.#openedAt + this.#options.breaker.cooldown - this.#options.clock());
  }

  /** Takes a place; undefined where its condition is not `ready`. */
  enter(): Visit | undefined {
    if (this.condition !== 'ready') return undefined;
    const token = {};
    if (this.#openedAt !== undefined) this.#trial = token;
    this.#inflight++;
    this.#requests++;
    const startedAt = performance.now();
    let left = false;
    let fine = false;
    let counted = false;
    const fail = (reason: string): void => {
      fine = false;
      if (!left && !counted) this.#fail(token, reason);
      counted = true;
    };
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#inflight--;
      // Only an answer that did not fail in its middle ends a row of failures.
      if (fine && this.#openedAt === undefined) this.#row = 0;
      if (this.#trial === token) this.#trial = undefined;
    };
    return {
      answered: (outcome, reason = 'upstream_error') => {
        if (left) return;
        if (outcome === 'failed') {
          fail(reason);
          return;
        }
        if (outcome === 'fine') {
          fine = true;
          this.#noteLatency(performance.now() - startedAt);
          this.#lastSuccess = this.#now();
        }
        if (this.#trial === token) this.#close();
      },
      failed: (reason) => {
        fail(reason);
        leave();
      },
      leave,
    };
  }

  health(): Omit<UpstreamHealth, 'name' | 'kind'> {
    return {
      state: this.#trial !== undefined ? 'trying' : this.#openedAt !== undefined ? 'open' : 'ok',
      inflight: this.#inflight,
      concurrency: this.#options.concurrency ?? null,
      requests: this.#requests,
      failures: this.#failures,
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure }),
      ...(this.#lastSuccess === undefined ? {} : { lastSuccess: this.#lastSuccess }),
      latencyMs: this.#latency === undefined ? null : Math.round(this.#latency * 10) / 10,
    };
  }

  #noteLatency(ms: number): void {
    this.#latency = this.#latency === undefined ? ms : this.#latency * (1 - NEWEST) + ms * NEWEST;
  }

  #now(): string {
    return new Date(this.#options.clock()).toISOString();
  }

  #close(): void {
    this.#trial = undefined;
    this.#openedAt = undefined;
    this.#row = 0;
  }

  #fail(token: object, reason: string): void {
    this.#failures++;
    this.#lastFailure = { time: this.#now(), reason };
    if (this.#openedAt !== undefined) {
      if (this.#trial !== token) return;
      this.#trial = undefined;
      this.#openedAt = this.#options.clock();
      return;
    }
    if (++this.#row < this.#options.breaker.failures) return;
    this.#row = 0;
    this.#openedAt = this.#options.clock();
  }
}
