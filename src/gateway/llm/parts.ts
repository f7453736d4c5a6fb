// What the LLM gateway is made of; the composition root gives it, the tests give it too.
import type { Clock } from '../../base/index.ts';
import type { BudgetBook, KeyRing, RouteTable } from '../../access/index.ts';
import type { Config, RecordBody } from '../../contract/index.ts';
import type { Pipeline } from '../../guard/index.ts';
import type { Outlet } from '../../net/index.ts';
import type { Policies } from '../../policy/index.ts';
import type { Inflight } from '../inflight.ts';
import type { Refusals } from '../refusals.ts';

/** An upstream ready to be asked. */
export interface UpstreamDoor {
  readonly name: string;
  readonly kind: 'openai' | 'anthropic' | 'practice';
  readonly outlet: Outlet;
  /** Headers that authenticate us; never shown to anyone. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Our keys to it: in an answer they are a leak. */
  readonly keys: readonly string[];
  /** Strings that must not appear in an error that a client or a record gets: the keys, the address. */
  readonly confidential: readonly string[];
}

export interface LlmParts {
  readonly limits: Config['limits'];
  readonly clock: Clock;
  readonly keys: KeyRing;
  readonly budgets: BudgetBook;
  readonly routes: RouteTable;
  readonly upstreams: ReadonlyMap<string, UpstreamDoor>;
  readonly pipeline: Pipeline;
  readonly policies: Policies;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly keyedDigest: (content: string | Uint8Array) => string;
  readonly keyedLabel: (text: string) => string;
  readonly canaries: readonly string[];
  /** Keeps raw text, encrypted, where evidence capture is switched on. */
  readonly capture?: (exchange: string, direction: 'input' | 'output', text: string) => Promise<void>;
  readonly refusals: Refusals;
  readonly inflight: Inflight;
  /** For the operator: a fault that no client is told the cause of. */
  readonly onFault: (error: unknown, exchange: string | undefined) => void;
}
