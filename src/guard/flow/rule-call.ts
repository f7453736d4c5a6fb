// The ruling on a proposed call: what was weighed, put to the policies.
import type { FlowMode, Principal, Surface, ToolRuling } from '../../contract/index.ts';
import type { Policies } from '../../policy/index.ts';
import type { Conversation } from './conversation.ts';
import { type ProposedCall, type WeighOptions, weighCall } from './weigh.ts';

export interface CallContext {
  readonly policies: Policies;
  readonly principal: Principal;
  readonly surface: Surface;
  readonly mode: FlowMode;
  /** The tool server; empty where only the model's wire was seen. */
  readonly server?: string;
}

/** Rules on a call by all that its conversation has seen. */
export function ruleCall(
  { policies, principal, surface, mode, server = '' }: CallContext,
  conversation: Conversation,
  call: ProposedCall & { readonly id?: string },
  options: WeighOptions = {},
): ToolRuling {
  const { effect, untrusted, concerns, reasons, arguments: origins, ...rest } = weighCall(conversation, call, options);
  const ruling = policies.ruleToolCall(
    { principal, server, tool: call.tool, surface },
    {
      mode,
      effect,
      untrusted,
      private: rest.private,
      refused: rest.refused,
      concerns,
      origins: Object.entries(origins).map(([name, { origin }]) => `${name}:${origin}`),
    },
  );
  return {
    tool: call.tool,
    ...(server === '' ? {} : { server }),
    ...(call.id === undefined ? {} : { call: call.id }),
    effect,
    mode,
    untrusted,
    private: rest.private,
    ...(rest.refused ? { refused: true } : {}),
    action: ruling.action,
    policies: [...ruling.policies],
    concerns: [...concerns],
    reasons: [...reasons],
    arguments: { ...origins },
  };
}
