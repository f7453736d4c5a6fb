// Tells a service of each held thing, so that it may ask a person elsewhere: signed, sent in the background, tried again
// for as long as an answer could still matter. What is held itself is not sent.
import { AncileError, type Clock, systemClock } from '../base/index.ts';
import type { Approval } from '../contract/index.ts';
import { type Outlet, createOutlet } from '../net/index.ts';
import { SIGNATURE_HEADER, signWebhook } from './webhook-signature.ts';

/** Messages that wait to be sent; of more the newest are dropped, and the console and the command line still show them. */
const QUEUE_MOST = 1000;
const AT_ONCE = 4;
const TRIES = 8;
/** Milliseconds before the second try; twice as long before each one after, up to the most. */
const FIRST_PAUSE = 500;
const PAUSE_MOST = 60_000;
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 64 * 1024;
const SECRET_LEAST = 16;

export interface ApprovalWebhookOptions {
  /** From the configuration; nothing of a request has a part in it. */
  readonly url: string;
  readonly secret: string;
  /** A message that could not be delivered. */
  readonly onFault: (fault: unknown) => void;
  readonly clock?: Clock;
  /** Milliseconds before the second try. */
  readonly firstPause?: number;
}

export interface ApprovalWebhook {
  /** Queues the message. Never throws. */
  notify(approval: Approval): void;
  /** Resolves once nothing waits to be delivered any more: it arrived, was given up, or this was closed. */
  idle(): Promise<void>;
  /** Gives up what was not delivered. */
  close(): Promise<void>;
}

/** Whether trying again may help: the service was not there, failed, or was busy. */
function mayRecover(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Up to half more than `ms`, so that what failed together does not come back together. */
function withJitter(ms: number): number {
  return ms * (1 + Math.random() / 2);
}

/** @throws AncileError `config_invalid` for a secret that could be guessed */
export function createApprovalWebhook(options: ApprovalWebhookOptions): ApprovalWebhook {
  const { secret, onFault, clock = systemClock, firstPause = FIRST_PAUSE } = options;
  if (secret.length < SECRET_LEAST) {
    throw new AncileError('config_invalid', `the webhook's secret is shorter than ${SECRET_LEAST} characters`, {
      at: 'approvals.webhook.secret',
      hint: 'Make one: openssl rand -hex 32.',
    });
  }
  const { origin, pathname, search } = new URL(options.url);
  const outlet: Outlet = createOutlet({
    baseUrl: origin,
    connections: AT_ONCE,
    connectTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    idleTimeout: TIMEOUT_MS,
  });
  const queue: Approval[] = [];
  const pauses = new Set<() => void>();
  let sending = 0;
  let closed = false;
  const idlers = new Set<() => void>();
  const isIdle = (): boolean => closed || (sending === 0 && queue.length === 0);

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        pauses.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      pauses.add(done);
    });
  }

  /** One try. @returns why it should be tried again, or undefined; throws what trying again does not change */
  async function post(body: string): Promise<unknown> {
    const headers = {
      'content-type': 'application/json',
      [SIGNATURE_HEADER]: signWebhook(body, secret, clock()),
    };
    let status: number;
    try {
      const request = { method: 'POST', path: pathname + search, headers, body } as const;
      ({ status } = await outlet.collect(request, ANSWER_BYTES));
    } catch (thrown) {
      return thrown;
    }
    if (status >= 200 && status < 300) return undefined;
    const refused = new AncileError('upstream_refused', `the approval webhook answered with status ${status}`, {
      at: 'approvals.webhook',
    });
    if (mayRecover(status)) return refused;
    throw refused;
  }

  async function deliver(approval: Approval): Promise<void> {
    const body = JSON.stringify({ event: 'approval.pending', approval });
    const expires = Date.parse(approval.expires);
    for (let attempt = 1; ; attempt++) {
      const fault = await post(body);
      if (fault === undefined || closed) return;
      const wait = withJitter(Math.min(firstPause * 2 ** (attempt - 1), PAUSE_MOST));
      if (attempt >= TRIES || clock() + wait >= expires) throw fault;
      await pause(wait);
      if (closed) return;
    }
  }

  function pump(): void {
    while (sending < AT_ONCE && !closed) {
      const approval = queue.shift();
      if (approval === undefined) return;
      sending++;
      void deliver(approval)
        .catch(onFault)
        .finally(() => {
          sending--;
          pump();
          if (isIdle()) for (const wake of idlers) wake();
        });
    }
  }

  return {
    notify(approval) {
      if (closed) return;
      if (queue.length >= QUEUE_MOST) {
        onFault(new AncileError('overloaded', 'too many messages wait for the approval webhook', { at: approval.id }));
        return;
      }
      queue.push(approval);
      pump();
    },
    async idle() {
      if (isIdle()) return;
      await new Promise<void>((resolve) => idlers.add(resolve));
    },
    async close() {
      closed = true;
      queue.length = 0;
      for (const wake of idlers) wake();
      for (const end of [...pauses]) end();
      await outlet.close();
    },
  };
}
