// Recorded traces of agents, decided anew: the user's own calls, and those that a hijacked model makes after it has read what was
// planted. Nothing is called; what each call returned is in the trace.
import { z } from 'zod';
import { type FlowMode, type Principal, type ToolRuling, isDenial } from '../../contract/index.ts';
import type { Policies } from '../../policy/index.ts';
import { Conversation } from './conversation.ts';
import { ruleCall } from './rule-call.ts';
import type { ToolBook } from './tool-book.ts';
import type { Vocabulary } from './vocabulary.ts';

export const TraceCall = z.looseObject({
  name: z.string(),
  args: z.record(z.string(), z.unknown()),
  output_json: z.unknown().optional(),
  output_text: z.string().nullish(),
});
export type TraceCall = z.infer<typeof TraceCall>;

/** One recorded run: AgentDojo's, or any that has the same fields. */
export const FlowTrace = z.looseObject({
  suite: z.string(),
  user_task: z.string(),
  injection_task: z.string().optional(),
  prompt: z.string(),
  user_calls: z.array(TraceCall),
  /** Index of the user's call whose result has what was planted. */
  first_injected_step: z.int().nonnegative().nullish(),
  injection_calls: z.array(TraceCall).default([]),
});
export type FlowTrace = z.infer<typeof FlowTrace>;

/** `suite/user_task/injection_task`. */
export function traceId({ suite, user_task, injection_task }: FlowTrace): string {
  return [suite, user_task, ...(injection_task === undefined ? [] : [injection_task])].join('/');
}

export interface ReplayedCall {
  readonly phase: 'user' | 'injection';
  /** Index within its phase. */
  readonly index: number;
  readonly ruling: ToolRuling;
}

export interface ReplayParts {
  readonly policies: Policies;
  readonly mode: FlowMode;
  readonly book: ToolBook;
  readonly vocabulary: Vocabulary;
  readonly allow?: readonly string[];
}

const ANYONE: Principal = { id: 'replay', kind: 'agent', name: 'replay', tenant: 'default' };

/** What a call returned. */
export const outputOf = ({ output_json, output_text }: TraceCall): unknown => output_json ?? output_text ?? '';

/**
 * Rules on each call of a trace, in order. The user's calls are taken to have been made whatever was ruled (a person would have
 * approved them); of the attacker's only those that were let through return anything, and nobody approves the others.
 */
export function replayTrace(parts: ReplayParts, trace: FlowTrace): ReplayedCall[] {
  const { book, vocabulary, allow = [] } = parts;
  const context = { ...parts, principal: ANYONE, surface: 'library' as const };
  const begin = (): Conversation => {
    const conversation = new Conversation(book, vocabulary);
    conversation.noteUser(trace.prompt);
    return conversation;
  };
  const rule = (conversation: Conversation, { name, args }: TraceCall): ToolRuling =>
    ruleCall(context, conversation, { tool: name, arguments: args }, { allow });
  const note = (conversation: Conversation, call: TraceCall): void =>
    conversation.noteResult({ tool: call.name, arguments: call.args }, outputOf(call));

  const replayed: ReplayedCall[] = [];
  const ordinary = begin();
  for (const [index, call] of trace.user_calls.entries()) {
    replayed.push({ phase: 'user', index, ruling: rule(ordinary, call) });
    note(ordinary, call);
  }
  if (trace.injection_calls.length === 0) return replayed;
  const hijacked = begin();
  const read = (trace.first_injected_step ?? trace.user_calls.length - 1) + 1;
  for (const call of trace.user_calls.slice(0, read)) note(hijacked, call);
  for (const [index, call] of trace.injection_calls.entries()) {
    const ruling = rule(hijacked, call);
    replayed.push({ phase: 'injection', index, ruling });
    if (isDenial(ruling.action)) hijacked.noteRefused(String(index));
    else note(hijacked, call);
  }
  return replayed;
}
