// The pages of the documentation and what stands in them, for the tests that hold them against the program.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');

export interface Page {
  /** Path within the repository. */
  readonly name: string;
  readonly text: string;
}

export interface CodeBlock {
  readonly language: string;
  /** Line of the page that the block's text begins at. */
  readonly line: number;
  readonly text: string;
}

/** Every page: those at the root and those under docs/. */
export function pages(): Page[] {
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...top, ...docs].sort().map((name) => ({ name, text: readFileSync(join(ROOT, name), 'utf8') }));
}

/** Fenced blocks of the given languages. A fence may stand in a list, indented. */
export function codeBlocks(text: string, languages: readonly string[]): CodeBlock[] {
  return [...text.matchAll(/^([ ]*)```(\w+)[^\n]*\n([\s\S]*?)^\1```$/gm)]
    .filter((match) => languages.includes(match[2]!))
    .map((match) => ({
      language: match[2]!,
      line: text.slice(0, match.index).split('\n').length + 1,
      text: match[3]!.replaceAll(new RegExp(`^${match[1]}`, 'gm'), ''),
    }));
}
