// What people do with an incident: a word for its timeline, its state, and whose it is.
import { Button, Group, Select, Stack, Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay, useSession } from '../../app/session.ts';
import { type Incident, IncidentState } from '../../contract.ts';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';

export function Handle({ incident: { id, state, owner } }: { readonly incident: Incident }): ReactNode {
  const may = useMay('incidents.respond');
  const { session } = useSession();
  const update = useChange('updateIncident', ['getIncident', 'listIncidents']);
  const [note, setNote] = useState('');
  const [to, setTo] = useState<IncidentState>(state);
  if (!may) return null;
  const said = note.trim();
  const me = session?.user.name;
  const isLacking = to === 'closed' && state !== 'closed' && said === '';

  function save(): void {
    const change = { ...(to === state ? {} : { state: to }), ...(said === '' ? {} : { note: said }) };
    update.mutate({ id, ...change }, { onSuccess: () => setNote('') });
  }

  return (
    <Panel title="Handle it">
      <Stack gap="md">
        <Select
          label="State"
          data={[...IncidentState.options]}
          value={to}
          allowDeselect={false}
          onChange={(value) => setTo(value as IncidentState)}
        />
        <Textarea
          label={to === 'closed' ? 'What was learnt' : 'Note'}
          description={to === 'closed' ? 'An incident is closed with it.' : 'For the timeline, with your name.'}
          maxLength={4000}
          autosize
          minRows={3}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {update.error !== null && <FailureNote failure={update.error} />}
        <Group justify="space-between">
          <Button
            variant="default"
            disabled={me === undefined || owner === me}
            onClick={() => me !== undefined && update.mutate({ id, owner: me })}
          >
            {owner === me ? 'It is yours' : 'Take it'}
          </Button>
          <Button loading={update.isPending} disabled={isLacking || (to === state && said === '')} onClick={save}>
            Save
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
