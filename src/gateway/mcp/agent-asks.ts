// Requests that are put to an agent on behalf of servers, and its answers: ids of our own, a bound on time.
import {
  INVALID_REQUEST,
  type Json,
  type RpcAnswer,
  type RpcId,
  type RpcOutcome,
  toNotice,
  toRequest,
} from './json-rpc.ts';

/** An agent must have answered within, milliseconds: a person may have to. */
const ASKED_MS = 300_000;

/** How an agent is reached. */
export interface AgentWire {
  /** @param related - the agent's request that it belongs to */
  send(message: object, related: RpcId | undefined): void;
}

const failed = (message: string): RpcOutcome => ({ error: { code: INVALID_REQUEST, message } });

export class AgentAsks {
  readonly #wire: AgentWire;
  readonly #asked = new Map<RpcId, (outcome: RpcOutcome) => void>();
  #serial = 0;

  constructor(wire: AgentWire) {
    this.#wire = wire;
  }

  /** @param related - the agent's request in the course of which the server asks */
  ask(method: string, params: Json, related: RpcId | undefined, signal: AbortSignal): Promise<RpcOutcome> {
    const id = `ancile-${++this.#serial}`;
    return new Promise((resolve) => {
      const settle = (outcome: RpcOutcome): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#asked.delete(id);
        resolve(outcome);
      };
      const onAbort = (): void => {
        this.#wire.send(toNotice('notifications/cancelled', { requestId: id }), related);
        settle(failed('cancelled'));
      };
      const timer = setTimeout(() => settle(failed('the agent did not answer in time')), ASKED_MS);
      signal.addEventListener('abort', onAbort);
      this.#asked.set(id, settle);
      this.#wire.send(toRequest(id, method, params), related);
    });
  }

  /** Takes in an answer; one that nobody waits for is nothing. */
  take({ id, outcome }: RpcAnswer): void {
    this.#asked.get(id)?.(outcome);
  }

  end(): void {
    for (const settle of [...this.#asked.values()]) settle(failed('the agent has gone'));
  }
}
