// Names of tools that could be taken for those of another server, or for another tool of the same one.
import { createView } from '../../detect/index.ts';

/** A tool as a model may choose it. */
export interface NamedTool {
  readonly server: string;
  readonly name: string;
}

export type Likeness = 'same' | 'look_alike' | undefined;

/** Shorter names differ by one letter for good reasons: `get` and `set`. */
const NEAR_LEAST = 8;

/** What a reader sees of a name: no case, no accents, no letters of other scripts, no separators. */
export function fold(name: string): string {
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

/** How a tool's name stands to that of another tool. */
export function likeness(tool: NamedTool, other: NamedTool): Likeness {
  if (tool.server === other.server && tool.name === other.name) return undefined;
  if (tool.name === other.name) return 'same';
  const [a, b] = [fold(tool.name), fold(other.name)];
  if (a === b) return 'look_alike';
  if (tool.server === other.server || Math.min(a.length, b.length) < NEAR_LEAST || isFamily(a, b)) return undefined;
  return isNear(a, b) ? 'look_alike' : undefined;
}
