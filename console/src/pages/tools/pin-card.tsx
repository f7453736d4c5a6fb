// One definition: what is in use, what waits, the difference between them line by line, what detectors say, and a decision.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import { type ToolPin, type Verdict, isAtLeast } from '../../contract.ts';
import { FindingList } from '../../parts/finding-list.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';

import { Time } from '../../parts/time.tsx';
import { diffLines } from './diff-lines.ts';
import { PinStateTag } from './pin-state.tsx';
import classes from './tools.module.css';

const MARKS = { same: ' ', removed: '-', added: '+' } as const;

const toText = (definition: object | undefined): string =>
  definition === undefined ? '' : JSON.stringify(definition, undefined, 2);

function Difference({ pin: { approved, pending } }: { readonly pin: ToolPin }): ReactNode {
  const lines = diffLines(toText(approved?.definition), toText((pending ?? approved)?.definition));
  return (
    <div className={classes.difference} tabIndex={0} role="group" aria-label="Definition">
      {lines.map(({ kind, text }, i) => (
        <div key={i} className={classes.line} data-kind={approved === undefined ? 'same' : kind}>
          <span aria-hidden>{approved === undefined ? ' ' : MARKS[kind]}</span>
          <OutsideText text={text} />
        </div>
      ))}
    </div>
  );
}

export function PinCard({ pin }: { readonly pin: ToolPin }): ReactNode {
  const { server, kind, name, state, approved, pending, decided } = pin;
  const may = useMay('approvals.decide');
  const [opened, setOpened] = useState(state === 'changed' || state === 'pending');
  const decide = useChange('decideToolPin', ['getToolPins', 'getToolServers']);
  const shown = pending ?? approved;
  // The trained model says a word on every text; what it is all but sure is nothing is left out.
  const findings = (shown?.findings ?? []).filter(({ severity }) => isAtLeast(severity, 'medium'));
  const say = (verdict: Verdict, digest: string): void => decide.mutate({ server, kind, name, digest, verdict });
  return (
    <Panel
      title={
        <span className={classes.pinName}>
          <OutsideText text={`${server} · ${name}`} />
        </span>
      }
      aside={
        <span className={classes.counts}>
          <span>{kind}</span>
          <PinStateTag state={state} />
        </span>
      }
    >
      {decided !== undefined && (
        <p className="dim">
          Decided by <OutsideText text={decided.actor} />, <Time time={decided.time} as="date" />
          {decided.note !== undefined && (
            <>
              {': '}
              <OutsideText text={decided.note} />
            </>
          )}
        </p>
      )}
      {findings.length > 0 && <FindingList findings={findings} />}
      {opened ? (
        <Difference pin={pin} />
      ) : (
        <Button size="compact-sm" variant="default" onClick={() => setOpened(true)}>
          Show the definition
        </Button>
      )}
      {decide.error !== null && <FailureNote failure={decide.error} />}
      {may && (
        <div className={classes.decide}>
          {pending !== undefined && state !== 'denied' && (
            <Button variant="default" disabled={decide.isPending} onClick={() => say('deny', pending.digest)}>
              Deny
            </Button>
          )}
          {pending !== undefined && (
            <Button disabled={decide.isPending} onClick={() => say('approve', pending.digest)}>
              Approve exactly this
            </Button>
          )}
          {pending === undefined && approved !== undefined && (
            <Button variant="default" disabled={decide.isPending} onClick={() => say('deny', approved.digest)}>
              Take it out of use
            </Button>
          )}
        </div>
      )}
    </Panel>
  );
}
