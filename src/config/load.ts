// Reads the configuration file: YAML, strict schema, paths relative to the file, errors that name line and field.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { AncileError, systemCode } from '../base/index.ts';
import { Config } from '../contract/index.ts';

/** Looked for in the working folder when no file is named. */
export const DEFAULT_FILE = 'ancile.yaml';

export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file, absent when the defaults are in force. */
  readonly file: string | undefined;
  /** Folder that relative paths in the configuration are relative to. */
  readonly dir: string;
}

const HINT = 'docs/configuration.md lists every field; `ancile config check` tells whether a file is right.';

/** `models.gpt-4o.upstream`, `detect.rules[0]`: a path as a user would write it. */
function fieldName(path: readonly PropertyKey[]): string {
  let out = '';
  for (const part of path) out += typeof part === 'number' ? `[${part}]` : `${out === '' ? '' : '.'}${String(part)}`;
  return out;
}

/** Line of the deepest part of `path` that the document has. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      return lines.linePos(Number(node.range[0])).line;
    }
  }
  return undefined;
}

/**
 * Checks the text of a configuration file.
 * @param name - the file's name, for errors
 * @throws AncileError `config_invalid` naming line, field and what was expected, all problems in one message
 */
export function parseConfig(text: string, name: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new AncileError('config_invalid', `${name}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message}`, {
      at: name,
      hint: 'The file is not valid YAML.',
    });
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (thrown) {
    throw new AncileError('config_invalid', `${name}: ${(thrown as Error).message}`, { at: name, hint: HINT });
  }
  const result = Config.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const line = lineOf(document, lines, issue.path);
    const field = fieldName(issue.path);
    return `${name}${line === undefined ? '' : `:${line}`}: ${field === '' ? '' : `${field}: `}${issue.message}`;
  });
  throw new AncileError('config_invalid', problems.join('\n'), {
    at: fieldName(result.error.issues[0]?.path ?? []),
    hint: HINT,
  });
}

/**
 * Loads the configuration: the named file, else `ancile.yaml` in the working folder, else the defaults.
 * @throws AncileError `config_invalid` when the file cannot be read or is wrong
 */
export function loadConfig(file?: string): LoadedConfig {
  const path = resolve(file ?? DEFAULT_FILE);
  if (file === undefined && !existsSync(path)) return { config: Config.parse({}), file: undefined, dir: process.cwd() };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new AncileError('config_invalid', `${path} cannot be read (${systemCode(thrown) ?? 'unknown error'})`, {
      at: path,
      hint: 'Name an existing file with --config, or leave it out to use the defaults.',
      cause: thrown,
    });
  }
  return { config: parseConfig(text, file ?? DEFAULT_FILE), file: path, dir: dirname(path) };
}
