// The steps of a run, or of what one would do; where one waits for a person, his yes or no.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { PlaybookRun, PlaybookStepRun } from '../../contract.ts';
import { formatDuration } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import classes from './playbooks.module.css';

/** What is asked again once a playbook did something. */
export const PLAYBOOK_TOUCHES = ['listPlaybookRuns', 'getIncident', 'listContainments', 'getStatus'] as const;

export const PLAYBOOK_TONES: Readonly<Record<PlaybookRun['state'], Tone>> = {
  running: 'accent',
  waiting: 'hold',
  done: 'good',
  failed: 'bad',
  refused: 'plain',
  planned: 'plain',
};

function YesOrNo({ run, step }: { readonly run: string; readonly step: string }): ReactNode {
  const may = useMay('incidents.respond');
  const answer = useChange('answerPlaybook', PLAYBOOK_TOUCHES);
  if (!may) return null;
  const say = (verdict: 'approve' | 'deny'): void => answer.mutate({ run, step, verdict });
  return (
    <div className={classes.ways}>
      <Button size="compact-sm" variant="default" disabled={answer.isPending} onClick={() => say('deny')}>
        No
      </Button>
      <Button size="compact-sm" loading={answer.isPending} onClick={() => say('approve')}>
        Yes
      </Button>
      {answer.error !== null && <FailureNote failure={answer.error} />}
    </div>
  );
}

function Step({
  step: { step, name, state, said, by, effectMs },
  run,
}: {
  readonly step: PlaybookStepRun;
  readonly run: string;
}) {
  return (
    <li className={classes.step} data-state={state}>
      <div className={classes.head}>
        <Tag tone={PLAYBOOK_TONES[state]}>{state}</Tag>
        <OutsideText text={name} />
        {effectMs !== undefined && <span className="dim">in force after {formatDuration(effectMs)}</span>}
        {by !== undefined && (
          <span className="dim">
            by <OutsideText text={by} />
          </span>
        )}
      </div>
      {said.map((sentence) => (
        <p key={sentence} className={classes.said}>
          <OutsideText text={sentence} />
        </p>
      ))}
      {state === 'waiting' && <YesOrNo run={run} step={step} />}
    </li>
  );
}

/** The steps of a run, or of what one would do. */
export function Steps({ run: { run, steps, notes } }: { readonly run: PlaybookRun }): ReactNode {
  return (
    <>
      <ol className={classes.steps}>
        {steps.map((step) => (
          <Step key={step.step} step={step} run={run} />
        ))}
      </ol>
      {notes.map((note) => (
        <p key={note} className={classes.said}>
          <OutsideText text={note} />
        </p>
      ))}
    </>
  );
}
