// One walk through a playbook: what is done already is passed by, what waits for a person stays, the rest is done. The same
// walk plans a dry run: only what an action does differs.
import type { Playbook, PlaybookStep, PlaybookStepRun } from '../../contract/index.ts';
import { holds, parseCondition } from './condition.ts';

export type ActionStep = Extract<PlaybookStep, { type: 'action' }>;
/** How a branch came to its end. */
export type Ending = 'done' | 'waiting' | 'failed' | 'refused';

export interface WalkParts {
  readonly playbook: Playbook;
  readonly variables: Readonly<Record<string, string>>;
  /** Does it, or says how it ended before. */
  readonly act: (id: string, step: ActionStep) => Promise<Ending>;
  /** Told which way a condition went. */
  readonly decided: (id: string, step: PlaybookStep, said: string) => Promise<void> | void;
}

/** What has gone wrong most is how several branches ended. */
const ORDER: readonly Ending[] = ['failed', 'refused', 'waiting', 'done'];

export function walkPlaybook({ playbook, variables, act, decided }: WalkParts): Promise<Ending> {
  const { workflow } = playbook;

  async function branches(ids: readonly string[]): Promise<Ending> {
    const ends = await Promise.all(ids.map(branch));
    return ORDER.find((ending) => ends.includes(ending)) ?? 'done';
  }

  /** The step that comes next, or how the branch ended. */
  async function pass(id: string, step: PlaybookStep): Promise<{ readonly next?: string | undefined } | Ending> {
    switch (step.type) {
      case 'start':
        return { next: step.on_completion };
      case 'end':
        return 'done';
      case 'action': {
        const ending = await act(id, step);
        if (ending === 'done') return { next: step.on_success ?? step.on_completion };
        return ending !== 'waiting' && step.on_failure !== undefined ? { next: step.on_failure } : ending;
      }
      case 'if-condition': {
        const met = holds(parseCondition(step.condition), variables);
        await decided(id, step, met ? 'it is so' : 'it is not so');
        const way = met ? step.on_true : step.on_false;
        const ending = way === undefined ? 'done' : await branch(way);
        return ending === 'done' ? { next: step.on_completion } : ending;
      }
      case 'parallel': {
        const ending = await branches(step.next_steps);
        return ending === 'done' ? { next: step.on_completion } : ending;
      }
    }
  }

  async function branch(id: string): Promise<Ending> {
    for (let at: string | undefined = id; at !== undefined;) {
      const passed = await pass(at, workflow[at]!);
      if (typeof passed === 'string') return passed;
      at = passed.next;
    }
    return 'done';
  }
  return branch(playbook.workflow_start);
}

/** What a record or a person is told a step is called. */
export const stepName = (id: string, step: PlaybookStep): string => step.name ?? id;

/** A step of a run that begins. */
export function toStepRun(id: string, step: PlaybookStep, does: string, time: string): PlaybookStepRun {
  return { step: id, name: stepName(id, step), state: 'running', does, time, said: [] };
}
