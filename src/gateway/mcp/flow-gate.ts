// Where the origins of a call's arguments are known, they are ruled on here, before anything is sent.
import type { ToolRuling } from '../../contract/index.ts';
import type { Policies } from '../../policy/index.ts';
import type { ResultFacts, ServerCall } from '../../guard/index.ts';

export type FlowCall = ServerCall;

/** Knows where values came from; given by the composition root. */
export interface FlowGate {
  /** What is ruled on a call by the origins of its arguments. */
  decide(call: FlowCall, policies: Policies): ToolRuling;
  /** Resolves when what was ruled on may be acted on: uses of grants are stored. @throws AncileError `store_fault` */
  settled(): Promise<void>;
  /** Takes in what a call gave: as it was passed on to the agent. @param more - what is known of it besides its tool's labels */
  noteResult(call: FlowCall, result: unknown, more?: ResultFacts): void;
  /** Takes in what a server said to an agent beside its results. */
  noteAside(call: Pick<FlowCall, 'principal' | 'session'>, text: string): void;
}
