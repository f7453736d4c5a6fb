// Yes or no, once, with a note that goes on record.
import { Button, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { queryClient, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { ApiAnswer, Approval, Verdict } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './approvals.module.css';

/** Every list shows it as decided at once: nobody is to open a card that still says it waits. */
export function showDecided(decided: Approval): void {
  queryClient.setQueriesData<ApiAnswer<'listApprovals'>>({ queryKey: ['listApprovals'] }, (known) =>
    known === undefined
      ? undefined
      : { approvals: known.approvals.map((each) => (each.id === decided.id ? decided : each)) },
  );
}

export function Decide({ approval }: { readonly approval: Approval }): ReactNode {
  const { id } = approval;
  const may = useMay('approvals.decide');
  const decide = useChange('decideApproval', ['listApprovals', 'getStatus']);
  const [note, setNote] = useState('');
  if (!may) return null;

  const say = (verdict: Verdict): void =>
    decide.mutate({ id, verdict, ...(note.trim() === '' ? {} : { note: note.trim() }) }, { onSuccess: showDecided });

  return (
    <div className={classes.decide}>
      <Panel title="Your decision" aside="Holds once, for exactly this.">
        <TextInput
          label="Note"
          description="Goes on record with your name."
          maxLength={1000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {decide.error !== null && <FailureNote failure={decide.error} />}
        <div className={classes.buttons}>
          <Button
            size="md"
            variant="default"
            leftSection={<Icon name="ban" />}
            disabled={decide.isPending}
            onClick={() => say('deny')}
          >
            Deny
          </Button>
          <Button
            size="md"
            leftSection={<Icon name="check" />}
            disabled={decide.isPending}
            onClick={() => say('approve')}
          >
            Approve
          </Button>
        </div>
      </Panel>
    </div>
  );
}
