// What the gateway for tool servers is made of; the composition root gives it.
import type { Mcp } from '../../contract/index.ts';
import type { LlmParts } from '../llm/index.ts';
import type { AgentWire } from './agent-asks.ts';
import type { FlowGate } from './flow-gate.ts';
import type { PinBook } from './pin-book.ts';
import type { SeenServers } from './seen-servers.ts';
import type { TokenAuthority } from './tokens.ts';
import type { McpCaller, ToolServer } from './tool-server.ts';

/** What calls are handled with: the same parts as exchanges with models. */
export type CallParts = Pick<
  LlmParts,
  | 'limits'
  | 'clock'
  | 'budgets'
  | 'restraints'
  | 'pipeline'
  | 'policies'
  | 'tighten'
  | 'approvers'
  | 'append'
  | 'keyedDigest'
  | 'keyedLabel'
  | 'marks'
  | 'capture'
  | 'refusals'
  | 'inflight'
  | 'load'
  | 'onFault'
>;

/** What of the configuration is in force. */
export interface McpSettings {
  /** The same for two configurations that say the same of tool servers. */
  readonly id: string;
  readonly config: Mcp;
  readonly servers: ReadonlyMap<string, ToolServer>;
  /** Takes tokens of an authorization server, where one is configured. */
  readonly tokens: TokenAuthority | undefined;
  close(): Promise<void>;
}

export interface McpParts {
  /** Asked for each request, which keeps what it gets to its end. */
  readonly calls: () => CallParts;
  readonly settings: () => McpSettings;
  readonly pins: PinBook;
  readonly seen: SeenServers;
  /** Absent: calls are ruled on by what is known of the tool alone. */
  readonly flow?: FlowGate | undefined;
  /** Our own, told to servers and agents. */
  readonly version: string;
}

/** What a session of an agent is opened with. */
export interface AgentSessionOptions {
  readonly parts: McpParts;
  readonly caller: McpCaller;
  /** Absent: all that the caller may reach, each name with its server's before it. */
  readonly only: ToolServer | undefined;
  readonly servers: readonly ToolServer[];
  readonly wire: AgentWire;
}
