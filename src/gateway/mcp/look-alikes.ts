// Names of tools that could be taken for those of another server, or for another tool of the same one.
import { createView } from '../../detect/index.ts';

/** A tool as a model may choose it. */
export interface NamedTool {
  readonly server: string;
  readonly name: string;
}

type Likeness = 'same' | 'look_alike' | undefined;

/** Shorter names differ by one letter for good reasons: `get` and `set`. */
const NEAR_LEAST = 8;
const TOOLS_MOST = 5000;

/** What a reader sees of a name: no case, no accents, no letters of other scripts, no separators. */
function fold(name: string): string {
  return createView(name).lower.replace(/[^\p{L}\p{N}]/gu, '');
}

/** Whether two names differ in one place: a letter put in, left out, exchanged, or two turned around. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  const [x, y] = [a.slice(start), b.slice(start)];
  if (x.slice(1) === y.slice(1) || x.slice(1) === y || x === y.slice(1)) return true;
  return x.slice(2) === y.slice(2) && x[0] === y[1] && x[1] === y[0];
}

/** A plural or a number at the end tells tools of one family apart. */
const isFamily = (a: string, b: string): boolean => {
  const tail = (text: string): string => text.replace(/(?:s|\d+)$/, '');
  return tail(a) === tail(b);
};

/** A tool with what a reader sees of its name. */
interface SeenTool extends NamedTool {
  readonly folded: string;
}

const see = (tool: NamedTool): SeenTool => ({ server: tool.server, name: tool.name, folded: fold(tool.name) });

function compare(tool: SeenTool, other: SeenTool): Likeness {
  if (tool.server === other.server && tool.name === other.name) return undefined;
  if (tool.name === other.name) return 'same';
  const [a, b] = [tool.folded, other.folded];
  if (a === b) return 'look_alike';
  if (tool.server === other.server || Math.min(a.length, b.length) < NEAR_LEAST || isFamily(a, b)) return undefined;
  return isNear(a, b) ? 'look_alike' : undefined;
}

/** Tools of all servers, ready to be compared with many. */
export class KnownTools {
  readonly #tools: readonly SeenTool[];
  /** Of each name the servers that have it. */
  readonly #servers = new Map<string, Set<string>>();

  constructor(tools: readonly NamedTool[]) {
    this.#tools = tools.slice(0, TOOLS_MOST).map(see);
    for (const { server, name } of this.#tools) {
      const servers = this.#servers.get(name);
      if (servers === undefined) this.#servers.set(name, new Set([server]));
      else servers.add(server);
    }
  }

  /** A server other than this one that has a tool of the name, where this one has none. */
  foreignServer(name: string, own: string): string | undefined {
    const servers = this.#servers.get(name);
    return servers === undefined || servers.has(own) ? undefined : [...servers][0];
  }

  /** The first tool that one could be taken for, and how. */
  like(tool: NamedTool): { readonly other: NamedTool; readonly how: 'same' | 'look_alike' } | undefined {
    const seen = see(tool);
    for (const other of this.#tools) {
      const how = compare(seen, other);
      if (how !== undefined) return { other, how };
    }
    return undefined;
  }
}
