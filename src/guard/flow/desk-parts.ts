// What flow control is told for each request and call, and what it gives back: the words between the desk and the wires.
import type { GrantAsk } from '../../access/index.ts';
import type { ProposedToolCall } from '../../codec/index.ts';
import type { FlowMode, Principal, Surface, ToolRuling } from '../../contract/index.ts';
import type { Policies } from '../../policy/index.ts';
import type { SpanSettings } from './spans.ts';
import type { ToolBook } from './tool-book.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface FlowSettings {
  readonly mode: FlowMode;
  readonly book: ToolBook;
  readonly vocabulary: Vocabulary;
  readonly policies: Policies;
  /** Values that ground a target whoever named them. */
  readonly allow: readonly string[];
  /** `seen`: only what came through a tool server behind the gateway has the trust of its labels; `labelled`: all that has labels. */
  readonly results: 'seen' | 'labelled';
  /** How marks in messages are read; without it a user's text is his own. */
  readonly spans?: SpanSettings;
}

/** A call of a tool server, as its wire has it. */
export interface ServerCall {
  readonly principal: Principal;
  readonly session: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: unknown;
}

/** Whose conversation it is. */
export interface ConversationContext {
  readonly principal: Principal;
  readonly surface: Surface;
  readonly session: string;
  /** The request has the provider bring in what nobody here sees: tools of its own, a history that it keeps. */
  readonly hasUnseen?: boolean;
}

/** What is ruled on in one request of a conversation. */
export interface FlowTurn {
  rule(call: ProposedToolCall): ToolRuling;
  /** A person has approved the call: it may go on, and so may others. */
  approve(ruling: ToolRuling): void;
  /** A person has approved the call when its answer had gone: the next like it may be made, once. */
  approveNext(ruling: ToolRuling): void;
  /** Resolves when what was ruled on may be acted on: uses of grants are stored. @throws AncileError `store_fault` */
  settled(): Promise<void>;
}

/** Where a person has said yes to calls like one that he saw. */
export interface FlowGrants {
  take(ask: GrantAsk): string | undefined;
  settled(): Promise<void>;
}

/** Principals to whom something untrusted came, over a restart: their agents go on, whatever becomes of our memory. */
export interface FlowTaints {
  has(principal: string): boolean;
  note(principal: string): void;
}

/** What outlasts the desk. */
export interface FlowMemory {
  readonly grants?: FlowGrants | undefined;
  readonly taints?: FlowTaints | undefined;
}
