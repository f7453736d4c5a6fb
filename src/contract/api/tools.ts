// Tool servers, what they offer, and a person's word on each definition.
import { z } from 'zod';
import { DefinitionKind, PinState, ToolPin, ToolServerSeen } from '../mcp.ts';
import { Verdict } from '../approval.ts';
import { defineEndpoint } from './endpoint.ts';

/** A tool server of the configuration, or one that was there once. */
export const ToolServerView = z.object({
  server: z.string(),
  /** Whether the configuration in force has it. */
  configured: z.boolean(),
  /** `remote`: over HTTP; `local`: a process of the gateway's. Absent where it is not configured. */
  kind: z.enum(['remote', 'local']).optional(),
  /** Sessions with it at the moment. */
  sessions: z.int().nonnegative(),
  seen: ToolServerSeen.optional(),
  /** Definitions in each state. */
  pins: z.record(PinState, z.int().nonnegative()),
});
export type ToolServerView = z.infer<typeof ToolServerView>;

export const toolsApi = {
  getToolServers: defineEndpoint({
    method: 'GET',
    path: '/tool-servers',
    needs: 'traffic.read',
    summary: 'Tool servers (MCP): those of the configuration and those seen before, with what is pinned of each.',
    input: z.strictObject({}),
    answer: z.object({ servers: z.array(ToolServerView) }),
  }),
  getToolPins: defineEndpoint({
    method: 'GET',
    path: '/tool-pins',
    needs: 'traffic.read',
    summary: 'Definitions of tools, prompts and resources: what is in use, and what waits for a decision.',
    input: z.strictObject({
      server: z.string().optional(),
      kind: DefinitionKind.optional(),
      state: PinState.optional(),
    }),
    answer: z.object({ pins: z.array(ToolPin) }),
  }),
  decideToolPin: defineEndpoint({
    method: 'POST',
    path: '/tool-pins/decision',
    needs: 'approvals.decide',
    summary: 'Yes or no to one definition, named by its digest: what was looked at is what is decided on.',
    input: z.strictObject({
      server: z.string(),
      kind: DefinitionKind,
      name: z.string(),
      digest: z.string(),
      verdict: Verdict,
      note: z.string().max(1000).optional(),
    }),
    answer: ToolPin,
  }),
};
