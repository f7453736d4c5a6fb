// Reads a policy set from its folder, within bounds, collecting all that is wrong with it.
import { readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { systemCode } from '../base/index.ts';
import type { PolicySetSource } from './compile.ts';
import { PolicyManifest } from './manifest.ts';
import { createPolicies } from './policies.ts';
import { toPolicyError, type PolicyProblem } from './problem.ts';
import type { Policies } from './ruling.ts';
import { parseYaml } from './yaml.ts';

export const MANIFEST = 'policy-set.yaml';
const MAX_FILE_BYTES = 256 * 1024;

/** The text of a file, or why there is none. */
export function readText(path: string, label: string): string | PolicyProblem {
  const fail = (message: string, hint: string): PolicyProblem => ({ severity: 'error', at: label, message, hint });
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return fail('not a file', 'Name a regular file.');
    if (stat.size > MAX_FILE_BYTES) return fail(`over ${MAX_FILE_BYTES} bytes`, 'Split it into several files.');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT') return fail('there is no such file', `Create ${path}, or correct the name.`);
    if (thrown instanceof TypeError) return fail('the file is not UTF-8', 'Save it as UTF-8.');
    return fail(`the file cannot be read (${code ?? 'unknown error'})`, `Check the permissions of ${path}.`);
  }
}

/** Where the files of a set lie: a folder, or memory. */
export interface PolicyShelf {
  /** The text of a file, or why there is none. */
  read(file: string): string | PolicyProblem;
  /** What problems call the file. */
  label(file: string): string;
}

/** The shelf that a folder is. */
export function folderShelf(folder: string): PolicyShelf {
  const label = (file: string): string => join(basename(resolve(folder)), file);
  return { label, read: (file) => readText(join(folder, file), label(file)) };
}

/** A set's manifest and policy files; `source` is absent where a problem kept one from being read. */
export function readShelf({ read, label }: PolicyShelf): { source?: PolicySetSource; problems: PolicyProblem[] } {
  const text = read(MANIFEST);
  if (typeof text !== 'string') return { problems: [text] };
  const manifest = parseYaml(text, label(MANIFEST), PolicyManifest);
  if (!('value' in manifest)) return { problems: manifest.problems };
  const problems: PolicyProblem[] = [];
  const files = [{ name: MANIFEST, text }];
  const sources = manifest.value.policies.flatMap((file) => {
    const content = read(file);
    if (typeof content === 'string') {
      files.push({ name: file, text: content });
      return [{ file: label(file), text: content }];
    }
    problems.push(content);
    return [];
  });
  return problems.length > 0 ? { problems } : { source: { manifest: manifest.value, sources, files }, problems };
}

/** A folder's manifest and policy files; `source` is absent where a problem kept one from being read. */
export function readPolicySet(folder: string): { source?: PolicySetSource; problems: PolicyProblem[] } {
  return readShelf(folderShelf(folder));
}

function mustRead(folder: string): PolicySetSource {
  const { source, problems } = readPolicySet(folder);
  const error = toPolicyError(problems);
  if (error !== undefined) throw error;
  return source!;
}

/**
 * Loads the policy set of a folder, with a shadow set beside it where named.
 * @throws AncileError `policy_invalid`: `at` is file:line:column, the message names policy and reason, the hint what to do.
 */
export function loadPolicySet(folder: string, options: { readonly shadow?: string | undefined } = {}): Policies {
  const source = mustRead(folder);
  if (options.shadow === undefined) return createPolicies(source);
  return createPolicies({ ...source, shadow: mustRead(options.shadow) });
}
