// What was ruled on a call that a model proposed, as it holds at the tool server: for this tool, and with a person's yes.
import { type ToolRuling, isDenial } from '../../contract/index.ts';
import type { ServerCall } from './desk-parts.ts';
import type { ToolBook } from './tool-book.ts';

export const isAllowed = ({ action }: ToolRuling): boolean => !isDenial(action);

export function asApproved(ruling: ToolRuling): ToolRuling {
  const policy = { id: '(approved)', action: 'allow', reason: 'a person approved this call' } as const;
  return { ...ruling, action: 'allow', policies: [policy] };
}

export function asGranted(ruling: ToolRuling, grant: string): ToolRuling {
  const policy = {
    id: '(granted)',
    action: 'allow',
    reason: `a person lets calls like this one pass (${grant})`,
  } as const;
  return { ...ruling, action: 'allow', policies: [policy], grant };
}

/** The bare name of a tool, without the server that a client or the gateway puts before it. */
export const bareName = (tool: string): string => tool.split(/__|\//).at(-1) ?? tool;

/**
 * Whether a tool as a model called it is this one of a server's: the first server that is named counts, as the rest is what that one
 * calls it. Of a bare name it may be any server's of which the same is known: what was ruled on is what is called.
 */
export function isOfTool(book: ToolBook, { tool: called, capability }: ToolRuling, call: ServerCall): boolean {
  const own = book.nameOf(call.server, call.tool);
  if (capability?.includes('/') === true) return capability === own;
  if (called.endsWith(`__${call.server}__${call.tool}`) || called === `${call.server}__${call.tool}`) return true;
  if (called !== call.tool) return false;
  const [said, meant] = [book.factsOf(called), book.factsOf(own)];
  if (said.effect !== meant.effect || said.unlabelled !== meant.unlabelled) return false;
  const names = typeof call.arguments === 'object' && call.arguments !== null ? Object.keys(call.arguments) : [];
  return names.every((name) => said.kindOf(name) === meant.kindOf(name));
}
