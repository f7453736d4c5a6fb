// Reads a playbook, and says with step and place what is wrong with it, before anybody depends on it.
import { createHash } from 'node:crypto';
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { Playbook, type PlaybookStep, type PlaybookSummary } from '../../contract/index.ts';
import { referencesOf, toCall } from './commands.ts';
import { parseCondition, variablesOf } from './condition.ts';
import { FROM_INCIDENT } from './variables.ts';

/** A playbook as it lies in a file. */
export interface PlaybookFile {
  /** What errors call it. */
  readonly file: string;
  readonly text: string | Uint8Array;
  readonly shipped: boolean;
}

export interface ReadPlaybook {
  readonly playbook: Playbook;
  readonly summary: PlaybookSummary;
}

const MOST_BYTES = 500_000;
/** Steps that all ways through a playbook have together. */
const MOST_VISITS = 10_000;

/** The steps that may follow one. */
export function followersOf(step: PlaybookStep): readonly string[] {
  const named: (string | undefined)[] = [];
  if ('on_completion' in step) named.push(step.on_completion);
  if (step.type === 'action') named.push(step.on_success, step.on_failure);
  if (step.type === 'if-condition') named.push(step.on_true, step.on_false);
  if (step.type === 'parallel') named.push(...step.next_steps);
  return named.filter((id) => id !== undefined);
}

const nameOf = (id: string, step: PlaybookStep): string => step.name ?? id;

class Reading {
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
  }

  wrong(message: string, place: string, cause?: unknown): AncileError {
    return new AncileError('request_invalid', `${this.#file}: ${place}: ${message}`, { at: place, cause });
  }

  /** Every step leads somewhere that is there, none leads back, and all are come to. */
  checkFlow({ workflow, workflow_start: start }: Playbook): void {
    const state = new Map<string, 'open' | 'done'>();
    /** Steps that are come to from one on, each as often as it is. */
    const visits = new Map<string, number>();
    const visit = (id: string, from: string, depth: number): void => {
      const step = Object.hasOwn(workflow, id) ? workflow[id]! : undefined;
      if (step === undefined) throw this.wrong(`there is no step ${id}`, from);
      if (!id.startsWith(`${step.type}--`)) throw this.wrong(`it is of the type ${step.type}`, `workflow.${id}`);
      if (state.get(id) === 'open') throw this.wrong('the steps go round in a circle', nameOf(id, step));
      if (state.get(id) === 'done') return;
      if (depth > 100) throw this.wrong('too long', nameOf(id, step));
      state.set(id, 'open');
      let count = 1;
      for (const next of followersOf(step)) {
        visit(next, nameOf(id, step), depth + 1);
        count += visits.get(next)!;
      }
      // Branches that meet again and part again double with every level.
      if (count > MOST_VISITS) throw this.wrong('too many ways lead through it', nameOf(id, step));
      visits.set(id, count);
      state.set(id, 'done');
    };
    visit(start, 'workflow_start', 0);
    if (workflow[start]!.type !== 'start') throw this.wrong('expected a start step', 'workflow_start');
    const idle = Object.entries(workflow).find(([id]) => !state.has(id));
    if (idle !== undefined) throw this.wrong('nothing leads to this step', nameOf(...idle));
  }

  /** Variables that a step refers to. */
  references(id: string, step: PlaybookStep): string[] {
    try {
      if (step.type === 'if-condition') return variablesOf(parseCondition(step.condition));
      if (step.type !== 'action') return [];
      const [command] = step.commands;
      if (command!.type === 'manual') return [];
      const names = referencesOf(command!);
      // With every variable known it has to be a request that the operation takes.
      toCall(command!, Object.fromEntries(names.map((name) => [name, 'x'])));
      return names;
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      throw this.wrong(`${thrown.at ?? 'command'}: ${thrown.message}`, nameOf(id, step), thrown);
    }
  }
}

/** In which order a playbook keeps evidence and contains, in a walk from its start: notes where containment comes first. */
function notesOf({ workflow, workflow_start: start }: Playbook): string[] {
  const notes = new Set<string>();
  const walk = (id: string, kept: boolean, left: number): void => {
    const step = workflow[id]!;
    let now = kept;
    if (step.type === 'action') {
      const [command] = step.commands;
      if (command!.type === 'http-api') {
        const { operation } = operationOf(command!);
        if (operation === 'keepEvidence') now = true;
        if (operation === 'contain' && !kept) notes.add(`${nameOf(id, step)}: contains before evidence was kept`);
      }
    }
    if (left > 0) for (const next of followersOf(step)) walk(next, now, left - 1);
  };
  walk(start, false, 12);
  return [...notes];
}

/** Its operation, with whatever variables. */
function operationOf(command: Parameters<typeof referencesOf>[0]): { readonly operation: string } {
  const names = referencesOf(command);
  return toCall(command, Object.fromEntries(names.map((name) => [name, 'x'])));
}

const bare = (name: string): string => name.slice(2, -2);

/** @throws AncileError `request_invalid` that names file and step */
export function readPlaybook({ file, text, shipped }: PlaybookFile): ReadPlaybook {
  const reading = new Reading(file);
  const parsed = Playbook.safeParse(parseJson(text, { what: file, maxBytes: MOST_BYTES, maxDepth: 20 }));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw reading.wrong(message, path.map(String).join('.') || 'the file');
  }
  const playbook = parsed.data;
  reading.checkFlow(playbook);
  const known = playbook.playbook_variables ?? {};
  const used = new Set<string>();
  for (const [id, step] of Object.entries(playbook.workflow)) {
    for (const name of reading.references(id, step)) {
      if (!Object.hasOwn(known, name)) {
        throw reading.wrong(`${name} is not among playbook_variables`, nameOf(id, step));
      }
      used.add(name);
    }
  }
  const variables = Object.entries(known).map(([name, { description = '', value, external }]) => ({
    name: bare(name),
    description,
    needed: external === true && (value ?? null) === null && !FROM_INCIDENT.includes(bare(name)),
  }));
  const unused = Object.keys(known).filter((name) => !used.has(name));
  return {
    playbook,
    summary: {
      playbook: file.replace(/^.*[/\\]/, '').replace(/\.json$/, ''),
      id: playbook.id,
      name: playbook.name,
      description: playbook.description ?? '',
      shipped,
      digest: createHash('sha256').update(text).digest('hex'),
      steps: Object.keys(playbook.workflow).length,
      variables,
      notes: [...notesOf(playbook), ...unused.map((name) => `${bare(name)}: no step uses it`)],
    },
  };
}
