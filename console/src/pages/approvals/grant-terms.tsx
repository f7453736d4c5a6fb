// What a yes to a held tool call may cover besides: calls like it, within terms that the approver sets.
import { Button, Checkbox, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import { type Approval, type HeldCall, mayVary } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './approvals.module.css';
import { showDecided } from './decide.tsx';

const SCOPES = [
  { value: 'session', label: 'This session' },
  { value: 'key', label: 'Every session of this key' },
] as const;
const TIMES = [
  { value: '60', label: '1 hour' },
  { value: '480', label: '8 hours' },
  { value: '1440', label: '1 day' },
  { value: '10080', label: '7 days' },
] as const;

export function GrantForm({ approval, call }: { readonly approval: Approval; readonly call: HeldCall }): ReactNode {
  const may = useMay('approvals.decide');
  const grant = useChange('grantApproval', ['listApprovals', 'listGrants', 'getStatus']);
  const [scope, setScope] = useState<(typeof SCOPES)[number]['value']>('session');
  const [minutes, setMinutes] = useState('480');
  const [uses, setUses] = useState(20);
  const [any, setAny] = useState<string[]>([]);
  const [note, setNote] = useState('');
  if (!may) return null;
  const give = (): void =>
    grant.mutate(
      {
        id: approval.id,
        terms: { for: scope, any, minutes: Number(minutes), uses },
        ...(note.trim() === '' ? {} : { note: note.trim() }),
      },
      { onSuccess: ({ approval: decided }) => showDecided(decided) },
    );
  return (
    <Panel title="Or: calls like it as well" aside="A secret never leaves by a grant.">
      <Stack gap="sm">
        <Checkbox.Group
          label="Any value of"
          description="All other arguments must be the same as here."
          value={any}
          onChange={setAny}
        >
          <Stack gap="xs" mt="xs">
            {Object.entries(call.arguments).map(([name, argument]) => (
              <Checkbox
                key={name}
                value={name}
                disabled={!mayVary(argument)}
                label={
                  <>
                    <OutsideText text={name} /> <span className="dim">({argument.origin})</span>
                  </>
                }
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Select
          label="For"
          data={SCOPES}
          value={scope}
          allowDeselect={false}
          onChange={(value) => setScope(value === 'key' ? 'key' : 'session')}
        />
        <Select
          label="Until"
          data={TIMES}
          value={minutes}
          allowDeselect={false}
          onChange={(to) => setMinutes(to ?? '60')}
        />
        <NumberInput
          label="Calls at most"
          min={1}
          max={10_000}
          value={uses}
          onChange={(value) => setUses(Math.max(1, Number(value) || 1))}
        />
        <TextInput
          label="Note on the grant"
          maxLength={1000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      </Stack>
      {grant.error !== null && <FailureNote failure={grant.error} />}
      <div className={classes.buttons}>
        <Button variant="default" disabled={grant.isPending} onClick={give}>
          Approve and grant
        </Button>
      </div>
    </Panel>
  );
}
