// What an exchange used, over all its askings: as the upstreams say, else estimated from the texts that passed. An asking
// that was lost after it had been sent may be billed all the same, and so it is charged.
import { costMicros } from '../../access/index.ts';
import { type TokenUsage, estimateTokens } from '../../codec/index.ts';
import type { Target, Usage } from '../../contract/index.ts';

const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, costMicros: 0, estimated: false };

/** One asking of an upstream. */
interface Asking {
  readonly price: Target['price'];
  said: TokenUsage | undefined;
  /** Tokens of text that came, estimated; undefined while nothing has come. */
  received: number | undefined;
}

export class Bill {
  readonly #stream: boolean;
  readonly #estimate: TokenUsage;
  #sum = NO_USAGE;
  #asking: Asking | undefined;

  /** @param estimate - what the request is thought to use at most */
  constructor(stream: boolean, estimate: TokenUsage) {
    this.#stream = stream;
    this.#estimate = estimate;
  }

  /** An upstream is asked, at this price; the asking before it, if any, is over. */
  begin(price: Target['price']): void {
    this.#sum = this.total();
    this.#asking = { price, said: undefined, received: undefined };
  }

  /** What the upstream says it used; its last word counts. */
  note(usage: TokenUsage | undefined): void {
    if (usage !== undefined && this.#asking !== undefined) this.#asking.said = usage;
  }

  /** Text that it produced. */
  receive(text: string): void {
    if (this.#asking !== undefined) this.#asking.received = (this.#asking.received ?? 0) + estimateTokens(text);
  }

  total(): Usage {
    if (this.#asking === undefined) return this.#sum;
    const mine = this.#settle(this.#asking);
    return {
      inputTokens: this.#sum.inputTokens + mine.inputTokens,
      outputTokens: this.#sum.outputTokens + mine.outputTokens,
      costMicros: this.#sum.costMicros + mine.costMicros,
      estimated: this.#sum.estimated || mine.estimated,
    };
  }

  #settle({ price, said, received }: Asking): Usage {
    // A whole answer that nobody has seen may have been made all the same: as much as was set aside.
    const outputTokens = received ?? (this.#stream ? 0 : this.#estimate.outputTokens);
    const tokens = said ?? { inputTokens: this.#estimate.inputTokens, outputTokens };
    return {
      inputTokens: tokens.inputTokens,
      outputTokens: tokens.outputTokens,
      costMicros: costMicros(price, tokens),
      estimated: said === undefined,
    };
  }
}
