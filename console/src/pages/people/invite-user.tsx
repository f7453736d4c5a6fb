// The form by which somebody is invited.
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { type Invite, type Role, UserRequest } from '../../contract.ts';
import { FailureNote } from '../../parts/states.tsx';
import { Roles } from './roles.tsx';

interface InviteUserProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onInvited: (invite: Invite) => void;
}

export function InviteUser({ opened, onClose, onInvited }: InviteUserProps): ReactNode {
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<readonly Role[]>(['auditor']);
  const [problem, setProblem] = useState<string>();
  const invite = useChange('inviteUser', ['listUsers']);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const request = UserRequest.safeParse({ name: name.trim(), roles });
    const [issue] = request.error?.issues ?? [];
    setProblem(
      issue === undefined ? undefined : issue.path[0] === 'roles' ? 'expected at least one role' : issue.message,
    );
    if (!request.success) return;
    invite.mutate(request.data, {
      onSuccess: (made) => {
        setName('');
        setRoles(['auditor']);
        onInvited(made);
      },
    });
  }

  return (
    <Modal opened={opened} onClose={onClose} title="Invite somebody" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Signs in by it; shown on records."
            required
            data-autofocus
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Roles value={roles} onChange={setRoles} />
          {problem !== undefined && <p role="alert">{problem}</p>}
          {invite.error !== null && <FailureNote failure={invite.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Make the link
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
