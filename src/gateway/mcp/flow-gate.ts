// Where the origins of a call's arguments are known, they are ruled on here, before anything is sent.
import type { Principal, ToolRuling } from '../../contract/index.ts';

/** A call that an agent wants to make, or has made. */
export interface FlowCall {
  readonly principal: Principal;
  /** The agent's session with the gateway. */
  readonly session: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: unknown;
}

/** Knows where values came from; given by the composition root. */
export interface FlowGate {
  /** What is ruled on a call by the origins of its arguments. */
  decide(call: FlowCall): ToolRuling;
  /** Takes in what a call gave: as it was passed on to the agent. */
  noteResult(call: FlowCall, result: unknown): void;
}
