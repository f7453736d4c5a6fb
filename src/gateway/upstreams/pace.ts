// When to ask again, and after how long: what statuses and faults mean, backoff, and what the upstream asks for.
import { AncileError, type ErrorCode } from '../../base/index.ts';
import type { Config } from '../../contract/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';

/**
 * What is to be done after an answer's head or a fault. `again`: the same upstream may do better in a moment;
 * `elsewhere`: another may do what this one did not; `final`: it is for the caller to hear.
 */
export type Advice = 'again' | 'elsewhere' | 'final';

/**
 * An error status. 408, 409, 425, 429 and 5xx are what the official clients ask again on (and 425 Too Early, RFC 8470).
 * That our own credentials, account or address are refused (401, 402, 403, a redirect) is no fault of the caller, and
 * no second try mends it, but another upstream may answer. Any other 4xx is about the request.
 */
export function adviseStatus(status: number): Advice {
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) return 'again';
  return status === 401 || status === 402 || status === 403 || status < 400 ? 'elsewhere' : 'final';
}

/** Load, told by the upstream (429, and Anthropic's 529): no failure that a breaker counts. */
export function isBusy(status: number): boolean {
  return status === 429 || status === 529;
}

/**
 * A fault before an answer's head. An upstream that was silent for as long as it may be is not asked a second time, nor
 * one that speaks no HTTP.
 */
export function adviseFault(code: ErrorCode): Advice {
  if (code === 'upstream_unreachable' || code === 'upstream_reset') return 'again';
  return code.startsWith('upstream_') ? 'elsewhere' : 'final';
}

/** The fault that a status amounts to, where its own words were not kept. */
export function toStatusFault(status: number): AncileError {
  if (isBusy(status)) return new AncileError('overloaded', `the upstream is overloaded (${status})`);
  return new AncileError('upstream_refused', `the upstream answered with status ${status}`);
}

/**
 * How long the upstream asks to be left alone, milliseconds: `retry-after-ms`, or `retry-after` in seconds or as a date
 * (RFC 9110, 10.2.3). Undefined where it asks for nothing that can be read.
 * @param now - milliseconds since the epoch
 */
export function readRetryAfter(headers: AnswerHeaders, now: number): number | undefined {
  const millis = headers['retry-after-ms'];
  if (typeof millis === 'string' && /^\d{1,10}(\.\d{1,6})?$/.test(millis)) return Number(millis);
  const after = headers['retry-after'];
  if (typeof after !== 'string') return undefined;
  if (/^\d{1,10}(\.\d{1,6})?$/.test(after)) return Number(after) * 1000;
  // The one form of date that RFC 9110 lets be sent; `Date.parse` would take nearly anything.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(after)) return undefined;
  const time = Date.parse(after);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

/** Whether the upstream says itself that asking again is of no use, as OpenAI's and Anthropic's do. */
export function forbidsRetry(headers: AnswerHeaders): boolean {
  return headers['x-should-retry'] === 'false';
}

/**
 * The wait before a retry, milliseconds: exponential backoff with full jitter ("Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015). Where the upstream asks for a wait it is kept to, and what waits for the same moment is
 * spread a little. Undefined where it asks for longer than `maxBackoff`.
 * @param retry - 0 for the first
 * @param random - a number in 0..1
 */
export function retryDelay(
  { backoff, maxBackoff }: Config['retries'],
  retry: number,
  asked: number | undefined,
  random: number,
): number | undefined {
  if (asked === undefined) return random * Math.min(maxBackoff, backoff * 2 ** retry);
  return asked > maxBackoff ? undefined : asked + random * backoff;
}
