// A policy set as files in memory, as the console edits one: checked, listed and made ready without touching a disk.
import { basename } from 'node:path';
import type { PolicyCheck, PolicyFile, PolicyLine, PolicySetView } from '../contract/index.ts';
import { runCases, type CaseResult } from './cases.ts';
import { digestOfSet, type PolicySetSource } from './compile.ts';
import { folderShelf, MANIFEST, readShelf, type PolicyShelf } from './load.ts';
import { parsePolicies, startOf, type PolicyDefinition } from './parse.ts';
import { createPolicies } from './policies.ts';
import { toPolicyError, type PolicyProblem } from './problem.ts';
import type { Policies } from './ruling.ts';

function memoryShelf(files: readonly PolicyFile[]): PolicyShelf {
  const texts = new Map(files.map(({ name, text }) => [name, text]));
  return {
    label: (file) => file,
    read: (file) =>
      texts.get(file) ?? {
        severity: 'error',
        at: file,
        message: 'there is no such file',
        hint: 'Add it, or correct the name in the manifest.',
      },
  };
}

/** Names given twice: which of the two rules would depend on who reads them. */
function checkNames(files: readonly PolicyFile[]): PolicyProblem[] {
  const names = files.map((file) => file.name);
  return names
    .filter((name, i) => names.indexOf(name) !== i)
    .map((name) => ({ severity: 'error', at: name, message: 'there are two files of this name' }));
}

/** `file:line:column`, or a file alone, as file and line. */
function placeIn(at: string): { file: string; line?: number } {
  const match = /^(.*?):(\d+):\d+$/.exec(at);
  const file = basename(match?.[1] ?? at);
  return match === null ? { file } : { file, line: Number(match[2]) };
}

function toCheckProblem({ severity, at, policy, message, hint }: PolicyProblem): PolicyCheck['problems'][number] {
  const subject = policy === undefined ? '' : `${policy}: `;
  const warning = severity === 'warning' ? 'warning: ' : '';
  return { ...placeIn(at), message: `${warning}${subject}${message}${hint === undefined ? '' : `. ${hint}`}` };
}

function toLine(policy: PolicyDefinition): PolicyLine {
  const { id, effect, action, reason, reask } = policy;
  const { file, line = 1 } = placeIn(startOf(policy));
  return { id, effect, action, reason, reask, file, line };
}

function toCheckCase({ name, ok, expected, actual }: CaseResult): PolicyCheck['cases'][number] {
  if (ok) return { name, ok };
  const by = (ids: readonly string[] | undefined): string => (ids === undefined ? '' : ` by ${ids.join(', ')}`);
  const again = (reask: boolean | undefined): string => (reask === true ? ', asked once more' : '');
  const wanted = `${expected.action}${by(expected.policies)}${again(expected.reask)}`;
  const got = `${actual.action}${by(actual.policies)}${again(actual.reask)}`;
  return { name, ok, detail: `expected ${wanted}; got ${[got, ...actual.faults].join('; ')}` };
}

/** The policies of a set that parsed, in the order of its files, with where each begins. */
export function listPolicies({ sources }: PolicySetSource): PolicyLine[] {
  return parsePolicies(sources).policies.map(toLine);
}

/** Whether files make a set that loads, and whether its cases hold. Never throws for what is wrong with them. */
export function checkPolicyFiles(files: readonly PolicyFile[]): PolicyCheck {
  const shelf = memoryShelf(files);
  const doubles = checkNames(files);
  const { source, problems: unread } = readShelf(shelf);
  if (source === undefined || doubles.length > 0) {
    return { ok: false, problems: [...doubles, ...unread].map(toCheckProblem), cases: [], policies: [] };
  }
  const { policies, problems } = parsePolicies(source.sources);
  const lines = policies.map(toLine);
  if (problems.some((problem) => problem.severity === 'error')) {
    return { ok: false, problems: problems.map(toCheckProblem), cases: [], policies: lines };
  }
  const { results, problems: untested } = runCases(source, shelf);
  return {
    ok: untested.length === 0,
    problems: [...problems, ...untested].map(toCheckProblem),
    cases: results.map(toCheckCase),
    policies: lines,
  };
}

/** @throws AncileError `policy_invalid` for files that make no set */
export function createPoliciesOfFiles(files: readonly PolicyFile[]): Policies {
  const { source, problems } = readShelf(memoryShelf(files));
  const error = toPolicyError([...checkNames(files), ...problems]);
  if (error !== undefined) throw error;
  return createPolicies(source!);
}

/**
 * The set of a folder as the console shows it, less what only the server knows: whether it may be edited, and its
 * shadow. `version` is that of the files as they lie there, which may not be in force yet, nor even load: the console
 * shows them all the same, so that they can be put right.
 * @throws AncileError `policy_invalid` where the manifest or a file that it names cannot be read
 */
export function viewPolicySet(folder: string): Omit<PolicySetView, 'editable' | 'shadow'> {
  const shelf = folderShelf(folder);
  const { source, problems } = readShelf(shelf);
  const error = toPolicyError(problems);
  if (error !== undefined) throw error;
  const { manifest } = source!;
  const names = [MANIFEST, ...manifest.policies, ...(manifest.cases === undefined ? [] : [manifest.cases])];
  return {
    name: manifest.name,
    description: manifest.description ?? '',
    version: digestOfSet(source!),
    onFault: manifest.onFault,
    files: names.flatMap((name) => {
      const text = shelf.read(name);
      return typeof text === 'string' ? [{ name, text }] : [];
    }),
    policies: listPolicies(source!),
  };
}
