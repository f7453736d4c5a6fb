// One tool server of the configuration, ready to be connected to, and who may do what with it.
import { isObject } from '../../base/index.ts';
import type { z } from 'zod';
import { matchPattern, mayCall } from '../../access/index.ts';
import type { Budget, FlowLabels, Principal, ToolEffect, ToolServerConfig } from '../../contract/index.ts';
import type { Json } from './json-rpc.ts';
import type { OpenLink } from './link/link.ts';

/** A rule of `tools` in the configuration. */
export interface ToolRule {
  /** Name or pattern. */
  readonly pattern: string;
  readonly deny: boolean;
  readonly principals: readonly string[] | undefined;
  /** What arguments must conform to besides the tool's own schema. */
  readonly schema: z.ZodType | undefined;
}

export interface ToolServer {
  readonly name: string;
  readonly settings: ToolServerConfig;
  readonly rules: readonly ToolRule[];
  readonly labels: FlowLabels | undefined;
  /** Connects; each time a line of its own. */
  readonly open: OpenLink;
}

/** Who is on the other side, and what his scope covers. */
export interface McpCaller {
  readonly principal: Principal;
  /** `server:tool`, with `*`. */
  readonly tools: readonly string[];
  /** Of a key. */
  readonly budgets: readonly Budget[];
  /** Whether his key is good still. */
  readonly isActive: () => boolean;
}

const isNamed = (principals: readonly string[] | undefined, { name }: Principal): boolean =>
  principals === undefined || principals.some((pattern) => matchPattern(pattern, name));

/** Whether a caller has anything to do with a server at all. */
export function mayReach(server: ToolServer, caller: McpCaller): boolean {
  const names = caller.tools.some((pattern) => {
    const colon = pattern.indexOf(':');
    // Without a colon only what `*` stands for can hold one.
    return colon === -1
      ? pattern.endsWith('*') && matchPattern(pattern, `${server.name}:`)
      : matchPattern(pattern.slice(0, colon), server.name);
  });
  return names && isNamed(server.settings.principals, caller.principal);
}

/** Whether a caller's scope and the configuration let him use a tool, by its name. */
export function mayUseTool(server: ToolServer, tool: string, caller: McpCaller): boolean {
  return (
    isNamed(server.settings.principals, caller.principal) &&
    mayCall(caller, `${server.name}:${tool}`) &&
    rulesFor(server, tool).every(({ deny, principals }) => !deny && isNamed(principals, caller.principal))
  );
}

/** The rules that hold for a tool. */
export function rulesFor(server: ToolServer, tool: string): readonly ToolRule[] {
  return server.rules.filter(({ pattern }) => matchPattern(pattern, tool));
}

/**
 * Whether a call of the tool has an effect. A server's own word that it has none counts only where it is trusted; what
 * nobody said anything of is a write.
 */
export function effectOf(server: ToolServer, tool: string, definition: Json | undefined): ToolEffect {
  const annotations = definition?.['annotations'];
  const isSaid = (name: string, value: boolean): boolean => isObject(annotations) && annotations[name] === value;
  // That it has an effect is believed of anybody.
  if (isSaid('readOnlyHint', false) || isSaid('destructiveHint', true)) return 'write';
  if (server.labels !== undefined) return Object.hasOwn(server.labels.writes, tool) ? 'write' : 'read';
  return server.settings.trusted && isSaid('readOnlyHint', true) ? 'read' : 'write';
}
