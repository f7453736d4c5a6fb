// Tools by the names that models have for them: a model's wire knows a tool by its name alone, or behind its server's.
import type { ContainmentTarget } from '../contract/index.ts';
import { type Affected, type Restraint, restrains } from './restraints.ts';

/** What a name may stand for. One without a server may be any server's. */
function meaningsOf(name: string, target: ContainmentTarget): { readonly server?: string; readonly tool: string }[] {
  const parts = name.split(/__|\//, 8);
  const before = parts.slice(0, -1);
  const servers = before.length > 0 ? before : target.tool === undefined ? [] : [target.server];
  const tools = [name, ...parts.map((_, i) => parts.slice(i).join('__'))];
  return servers.flatMap((server) => tools.map((tool) => (server === undefined ? { tool } : { server, tool })));
}

/**
 * Whether a restraint is of a tool that a model proposes to call, by the name that the model has for it (`send`, `mail__send`,
 * `mcp__mail__send`, `mail/send`). Its upstream is the model's, or its server, as it is where the tool is called.
 * @param affected - what is known of the exchange with the model
 */
export function restrainsTool(
  restraint: Pick<Restraint, 'target' | 'with'>,
  affected: Affected,
  name: string,
): boolean {
  const { target } = restraint;
  if (target.tool === undefined && target.server === undefined) return false;
  return meaningsOf(name, target).some((meant) => {
    if (restrains(restraint, { ...affected, ...meant })) return true;
    const { server } = meant;
    return server !== undefined && restrains(restraint, { ...affected, ...meant, route: server, upstream: server });
  });
}
