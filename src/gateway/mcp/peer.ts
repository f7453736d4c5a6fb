// Requests and answers over a link: ids of our own, a bound on time, cancellation, and progress by token.
import { AncileError, isObject } from '../../base/index.ts';
import {
  type Json,
  type RpcId,
  type RpcMessage,
  type RpcNotice,
  type RpcOutcome,
  type RpcRequest,
} from './json-rpc.ts';
import { METHOD_NOT_FOUND, toAnswer, toNotice, toRequest } from './json-rpc.ts';
import type { Link, OpenLink } from './link/link.ts';

export interface PeerEvents {
  /** A request of the server's. */
  request(request: RpcRequest, signal: AbortSignal): Promise<RpcOutcome>;
  notice(notice: RpcNotice): void;
  closed(error: AncileError): void;
}

export interface AskOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Json) => void;
}

interface Waiting {
  settle(outcome: RpcOutcome): void;
  fail(error: AncileError): void;
  readonly onProgress: ((progress: Json) => void) | undefined;
}

/** Requests of a server that are under way at once. */
const ASKED_MOST = 16;

/** Connects and talks; what the server asks is given to `events`. */
export class Peer {
  readonly #link: Link;
  readonly #events: PeerEvents;
  readonly #waiting = new Map<RpcId, Waiting>();
  readonly #asked = new Map<RpcId, AbortController>();
  #serial = 0;
  #over = false;

  constructor(open: OpenLink, events: PeerEvents) {
    this.#events = events;
    this.#link = open({
      message: (message) => this.#take(message),
      closed: (error) => this.#end(error),
    });
  }

  get over(): boolean {
    return this.#over;
  }

  begin(revision: string): void {
    this.#link.begin(revision);
  }

  notify(method: string, params: Json = {}): void {
    if (!this.#over) this.#link.send(toNotice(method, params), () => undefined);
  }

  /**
   * The server's answer, be it a failure.
   * @throws AncileError `upstream_timeout`, `upstream_reset` and what else may become of a connection; `request_invalid`
   *   where it was cancelled
   */
  ask(method: string, params: Json, { timeout, signal, onProgress }: AskOptions): Promise<RpcOutcome> {
    const id = ++this.#serial;
    return new Promise((resolve, reject) => {
      const cancelled = (): AncileError => new AncileError('request_invalid', 'the client cancelled the request');
      if (this.#over) return reject(new AncileError('upstream_reset', 'the tool server has ended'));
      if (signal?.aborted === true) return reject(cancelled());
      let letGo = (): void => undefined;
      const settled = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#waiting.delete(id);
      };
      const giveUp = (error: AncileError, reason: string): void => {
        settled();
        letGo();
        if (method !== 'initialize') this.notify('notifications/cancelled', { requestId: id, reason });
        reject(error);
      };
      const onAbort = (): void => giveUp(cancelled(), 'cancelled by the client');
      const timer = setTimeout(
        () => giveUp(new AncileError('upstream_timeout', 'the tool server did not answer in time'), 'timeout'),
        timeout,
      );
      signal?.addEventListener('abort', onAbort);
      const fail = (error: AncileError): void => {
        // The answer may have come already, and the end of its stream after it.
        if (!this.#waiting.has(id)) return;
        settled();
        reject(error);
      };
      this.#waiting.set(id, {
        settle(outcome) {
          settled();
          resolve(outcome);
        },
        fail,
        onProgress,
      });
      const meta = onProgress === undefined ? {} : { _meta: { progressToken: id } };
      letGo = this.#link.send(toRequest(id, method, { ...params, ...meta }), fail);
    });
  }

  async close(): Promise<void> {
    if (this.#over) return;
    this.#end(new AncileError('upstream_reset', 'the session has ended'), true);
    await this.#link.close();
  }

  #end(error: AncileError, quietly = false): void {
    if (this.#over) return;
    this.#over = true;
    for (const asked of this.#asked.values()) asked.abort();
    for (const waiting of [...this.#waiting.values()]) waiting.fail(error);
    if (!quietly) this.#events.closed(error);
  }

  #take(message: RpcMessage): void {
    switch (message.kind) {
      case 'answer':
        // One that nobody waits for came too late, or twice.
        this.#waiting.get(message.id)?.settle(message.outcome);
        return;
      case 'request':
        void this.#answer(message);
        return;
      case 'notice':
        this.#notice(message);
    }
  }

  #notice(notice: RpcNotice): void {
    const { method, params } = notice;
    if (method === 'notifications/cancelled') {
      this.#asked.get(params['requestId'] as RpcId)?.abort();
    } else if (method === 'notifications/progress') {
      const token = params['progressToken'];
      if (typeof token === 'number' && isObject(params)) this.#waiting.get(token)?.onProgress?.(params);
    } else this.#events.notice(notice);
  }

  async #answer(request: RpcRequest): Promise<void> {
    const reply = (outcome: RpcOutcome): void => {
      if (!this.#over) this.#link.send(toAnswer(request.id, outcome), () => undefined);
    };
    if (request.method === 'ping') return reply({ result: {} });
    if (this.#asked.size >= ASKED_MOST || this.#asked.has(request.id)) {
      return reply({ error: { code: METHOD_NOT_FOUND, message: 'too many requests at once' } });
    }
    const stop = new AbortController();
    this.#asked.set(request.id, stop);
    try {
      const outcome = await this.#events.request(request, stop.signal);
      if (!stop.signal.aborted) reply(outcome);
    } finally {
      this.#asked.delete(request.id);
    }
  }
}
