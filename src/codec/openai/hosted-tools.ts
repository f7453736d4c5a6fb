// Which tools of a Responses request run at the provider, out of our sight, and which are the client's own to run.
import { isObject } from '../../base/index.ts';
import type { Capability } from '../../contract/index.ts';
import { checkArray, checkObject, type Json } from '../checks.ts';

/** The client runs these: their calls and results pass through here and are judged. */
const AT_CLIENT = new Set([
  'function',
  'custom',
  'local_shell',
  'apply_patch',
  'computer',
  'computer_use_preview',
  'computer-preview',
]);

function ofTool(tool: Json): Capability | undefined {
  const type = tool['type'];
  if (typeof type !== 'string') return 'hosted_tool';
  if (type === 'mcp') return 'caller_tool_server';
  if (AT_CLIENT.has(type)) return undefined;
  // Some providers run a shell that says nothing of where, so only a local one is known to be the client's.
  const environment = tool['environment'];
  if (type === 'shell' && isObject(environment) && environment['type'] === 'local') return undefined;
  if (type === 'tool_search' && tool['execution'] === 'client') return undefined;
  return 'hosted_tool';
}

/** A container that outlives the request, named by the caller. */
function hasContainer(tool: Json): boolean {
  const environment = tool['environment'];
  return (
    typeof tool['container'] === 'string' || (isObject(environment) && environment['type'] === 'container_reference')
  );
}

/**
 * Notes what the tools of a request ask of the provider. A namespace is what its tools are.
 * @throws AncileError `request_invalid` naming the place
 */
export function noteTools(value: unknown, at: string, found: Set<Capability>, depth = 0): void {
  if (value === undefined || value === null) return;
  checkArray(value, at).forEach((each, i) => {
    const tool = checkObject(each, `${at}[${i}]`);
    if (tool['type'] === 'namespace' && depth < 8)
      return noteTools(tool['tools'], `${at}[${i}].tools`, found, depth + 1);
    const capability = ofTool(tool);
    if (capability !== undefined) found.add(capability);
    if (hasContainer(tool)) found.add('stored_state');
  });
}
