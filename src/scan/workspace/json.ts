// JSON of a project's files, with the comments and trailing commas that editors allow.
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import type { Look } from '../format.ts';
import { type JsonTree, readJsonTree } from '../../reader/index.ts';
import { MemorySource, type Source } from '../source.ts';
import { lineIndex, readText } from './text.ts';

const MOST = 12 << 20;
const DEEPEST = 100;

/** JSON without comments and trailing commas, each other character in its place. */
export function bareJson(text: string): string {
  const holes: [from: number, to: number][] = [];
  let comma = -1;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
      comma = -1;
    } else if (char === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const line = text[at + 1] === '/';
      const found = text.indexOf(line ? '\n' : '*/', at + 2);
      const end = found === -1 ? text.length : line ? found : found + 2;
      holes.push([at, end]);
      at = end - 1;
    } else if (char === ',') comma = at;
    else if (char === '}' || char === ']') {
      if (comma !== -1) holes.push([comma, comma + 1]);
      comma = -1;
    } else if (!/\s/.test(char)) comma = -1;
  }
  const pieces: string[] = [];
  let kept = 0;
  for (const [from, to] of holes.sort(([a], [b]) => a - b)) {
    pieces.push(text.slice(kept, from), text.slice(from, to).replace(/[^\n]/g, ' '));
    kept = to;
  }
  return pieces.join('') + text.slice(kept);
}

export interface JsonFile {
  readonly value: unknown;
  readonly text: string;
  /** The line on which a piece of the text stands first; 1 where it does not. */
  lineOf(piece: string): number;
}

/** The value of a JSON file; undefined, and said so, when it is none that every parser reads alike. */
export function readJson(source: Source, look: Look, most = MOST): JsonFile | undefined {
  const text = readText(source, look, most);
  let toLine: ((offset: number) => number) | undefined;
  const lineOf = (piece: string): number => {
    const at = text.indexOf(piece);
    // Long files are searched from their beginning: that is work as well.
    look.budget.step(1 + ((at === -1 ? text.length : at) >> 8));
    return at === -1 ? 1 : (toLine ??= lineIndex(text))(at);
  };
  for (const form of [text, bareJson]) {
    try {
      const value = parseJson(typeof form === 'string' ? form : form(text), { maxBytes: most, what: 'the file' });
      return { value, text, lineOf };
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      if (form !== text) look.unseen(`${thrown.message} (${thrown.at ?? ''})`);
    }
  }
  // What parsers read differently is looked at as most programs read it: the last of two members counts.
  const bytes = new MemorySource(Buffer.from(bareJson(text)));
  const { value } = readJsonTree(bytes, { step: (work) => look.budget.step(work), depth: DEEPEST });
  return value === undefined ? undefined : { value: plain(value), text, lineOf };
}

/** A tree as the value that a parser gives. */
function plain(tree: JsonTree): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries(tree.entries.map(([name, value]) => [name, plain(value)]));
}

/** An object's members; none for anything else. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
export const string = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** Strings of a list. */
export const strings = (value: unknown): string[] => list(value).filter((each) => typeof each === 'string');
