// What the LLM gateway is made of; the composition root gives it, the tests give it too.
import type { Clock } from '../../base/index.ts';
import type { BudgetBook, KeyRing, Restraints, RouteTable } from '../../access/index.ts';
import type { Config, RecordBody } from '../../contract/index.ts';
import type { MisuseMemory, MisuseSettings, Pipeline } from '../../guard/index.ts';
import type { Policies } from '../../policy/index.ts';
import type { Inflight } from '../inflight.ts';
import type { Load } from '../load.ts';
import type { MarkSettings } from '../marks.ts';
import type { Refusals } from '../refusals.ts';
import type { Tighten } from '../tightened.ts';
import type { Roster } from '../upstreams/index.ts';
import type { FlowParts } from './flow.ts';
import type { Approvers } from './approval.ts';

/**
 * Everything an exchange is handled with. An exchange keeps the parts that it arrived with, so that they can be
 * exchanged while the server runs.
 */
export interface LlmParts {
  readonly limits: Config['limits'];
  readonly clock: Clock;
  readonly keys: KeyRing;
  readonly budgets: BudgetBook;
  /** What is contained at the moment. */
  readonly restraints: Restraints;
  readonly routes: RouteTable;
  readonly upstreams: Roster;
  readonly retries: Config['retries'];
  readonly pipeline: Pipeline;
  /** Who is asked about what policy holds; absent: a hold is a denial. */
  readonly approvers?: Approvers;
  /** A model that is asked whether answers are borne out by the documents of their request. */
  readonly judge?: Config['judge'];
  /** What is remembered of principals, where that is switched on. */
  readonly misuse?: { readonly memory: MisuseMemory; readonly settings: MisuseSettings };
  readonly policies: Policies;
  /** Where calls of tools are ruled on by the origins of their arguments. */
  readonly flow?: FlowParts;
  /** What judges what containment makes stricter. */
  readonly tighten?: Tighten;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly keyedDigest: (content: string | Uint8Array) => string;
  readonly keyedLabel: (text: string) => string;
  /** What records say of where a request came from. */
  readonly marks?: MarkSettings;
  readonly canaries: readonly string[];
  /** Keeps raw text, encrypted, where evidence capture is switched on. */
  readonly capture?: (exchange: string, direction: 'input' | 'output', text: string) => Promise<void>;
  readonly refusals: Refusals;
  readonly inflight: Inflight;
  /** The same for all parts of a server: what is under way is under way. */
  readonly load: Load;
  /** For the operator: a fault that no client is told the cause of. */
  readonly onFault: (error: unknown, exchange: string | undefined) => void;
}
