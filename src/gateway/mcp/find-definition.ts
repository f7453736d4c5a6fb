// The definition that an agent's request is about, and of several servers the one whose it is.
import { AncileError } from '../../base/index.ts';
import type { DefinitionKind } from '../../contract/index.ts';
import type { Definition, ListedKind } from './definitions.ts';
import type { ServerSession } from './server-session.ts';
import type { ToolServer } from './tool-server.ts';

/** Blanks of one template that are looked at; one with more has no resources. */
const BLANKS_MOST = 20;
const BLANK = /\{([+#./;?&]?)[^{}]{1,200}\}/;
/** What ends a blank, by its operator. Those that have one (but for `+`) are left out, or begin with it. */
const ENDS: Readonly<Record<string, RegExp>> = {
  '': /[/?#]/,
  '.': /[/?#]/,
  ';': /[/?#]/,
  '/': /[?#]/,
  '?': /#/,
  '&': /#/,
};

/** Steps that lead out of where a template says that its resources are, however they are written. */
function hasDotSegment(uri: string): boolean {
  let plain = uri;
  for (let round = 0; round < 3; round++) {
    if (/(?:^|[/\\:?#=&])\.{1,2}(?:[/\\?#&]|$)/.test(plain)) return true;
    const next = plain.replace(/%(2e|2f|5c|25)/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    if (next === plain) return false;
    plain = next;
  }
  // Encoded more often than anybody has a use for.
  return true;
}

/** Whether an address is one of a template's: RFC 6570, as far as it can be read backwards. */
export function fitsTemplate(template: string, uri: string): boolean {
  const parts: string[] = [];
  const operators: string[] = [];
  let rest = template;
  for (let blank = BLANK.exec(rest); blank !== null; blank = BLANK.exec(rest)) {
    if (operators.length >= BLANKS_MOST) return false;
    parts.push(rest.slice(0, blank.index));
    operators.push(blank[1]!);
    rest = rest.slice(blank.index + blank[0].length);
  }
  if (operators.length === 0) return template === uri;
  if (!uri.startsWith(parts[0]!) || hasDotSegment(uri.slice(parts[0]!.length))) return false;
  // Where what came so far may end: each blank is tried from all of them at once.
  let ends = new Set([parts[0]!.length]);
  for (const [index, operator] of operators.entries()) {
    const next = index === operators.length - 1 ? rest : parts[index + 1]!;
    const after = new Set<number>();
    let reach = -1;
    for (const from of [...ends].sort((a, b) => a - b)) {
      const isOut = operator !== '' && operator !== '+' && uri.charAt(from) !== operator;
      // What an earlier start reached needs no second look.
      for (let at = isOut ? from : Math.max(from, reach); at <= uri.length; at++) {
        if (uri.startsWith(next, at)) after.add(at + next.length);
        if (isOut) break;
        reach = at;
        // Its own sign at its beginning ends it not.
        if ((at > from || operator === '') && ENDS[operator]?.test(uri.charAt(at)) === true) break;
      }
    }
    ends = after;
  }
  return ends.has(uri.length);
}

/** Undefined where the server lists none of that name. */
export async function findDefinition(
  session: ServerSession,
  kind: ListedKind & DefinitionKind,
  name: string,
): Promise<Definition | undefined> {
  const found = (await session.definitions(kind)).find((each) => each.name === name);
  if (found !== undefined || kind !== 'resource') return found;
  // One that is not listed may be of a template.
  const templates = await session.definitions('template');
  return templates.find((each) => fitsTemplate(each.name, name));
}

/**
 * Of several servers, the one that has a resource: that lists it, or has a template for it.
 * @throws AncileError `request_invalid` where several have
 */
export async function findOwner(
  servers: readonly ToolServer[],
  sessionOf: (server: ToolServer) => ServerSession,
  uri: string,
): Promise<ToolServer | undefined> {
  const found: ToolServer[] = [];
  for (const server of servers) {
    const definition = await findDefinition(sessionOf(server), 'resource', uri).catch(() => undefined);
    if (definition !== undefined) found.push(server);
  }
  if (found.length > 1) {
    throw new AncileError('request_invalid', 'several tool servers have a resource of this address', {
      hint: 'Connect to one of them: /mcp/NAME.',
    });
  }
  return found[0];
}
