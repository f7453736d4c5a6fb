// What is contained, each with the way back; what waits for a second person, with his yes or no.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay, useSession } from '../../app/session.ts';
import type { Containment } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './incidents.module.css';
import { ContainmentName, ContainmentStateTag } from './words.tsx';

const TOUCHES = ['listContainments', 'getIncident', 'listIncidents', 'getStatus'] as const;

function Ways({ containment: { id, state, actor } }: { readonly containment: Containment }): ReactNode {
  const may = useMay('incidents.respond');
  const { session } = useSession();
  const lift = useChange('liftContainment', TOUCHES);
  const confirm = useChange('confirmContainment', TOUCHES);
  const failure = lift.error ?? confirm.error;
  if (!may || (state !== 'effective' && state !== 'asked')) return null;
  const isOwn = session?.user.name === actor;
  return (
    <div className={classes.ways}>
      {state === 'effective' && (
        <Button size="compact-sm" variant="default" loading={lift.isPending} onClick={() => lift.mutate({ id })}>
          Undo
        </Button>
      )}
      {state === 'asked' && !isOwn && (
        <>
          <Button size="compact-sm" variant="default" onClick={() => confirm.mutate({ id, verdict: 'deny' })}>
            No
          </Button>
          <Button size="compact-sm" color="red.8" onClick={() => confirm.mutate({ id, verdict: 'approve' })}>
            Yes, contain it
          </Button>
        </>
      )}
      {failure !== null && <FailureNote failure={failure} />}
    </div>
  );
}

function Line({ containment }: { readonly containment: Containment }): ReactNode {
  const { action, target, state, actor, second, asked, effective, expires, cut, effectMs, reason } = containment;
  return (
    <li className={classes.containment}>
      <div className={classes.containmentHead}>
        <ContainmentStateTag state={state} />
        <strong>
          <ContainmentName action={action} target={target} />
        </strong>
        <Time time={effective ?? asked} as="date" />
      </div>
      <div className={classes.by}>
        by <OutsideText text={actor} />
        {second !== undefined && (
          <>
            {' and '}
            <OutsideText text={second} />
          </>
        )}
        {effectMs !== undefined && ` · in force after ${effectMs.toFixed(1)} ms`}
        {cut !== undefined && cut > 0 && ` · ${formatCount(cut)} under way cut`}
        {expires !== undefined && (
          <>
            {' · ends '}
            <Time time={expires} as="date" />
          </>
        )}
        {reason !== '' && (
          <>
            {' · '}
            <OutsideText text={reason} />
          </>
        )}
      </div>
      <Ways containment={containment} />
    </li>
  );
}

export function ContainmentList({ containments }: { readonly containments: readonly Containment[] }): ReactNode {
  return (
    <ul className={classes.containments}>
      {containments.map((containment) => (
        <Line key={containment.id} containment={containment} />
      ))}
    </ul>
  );
}
