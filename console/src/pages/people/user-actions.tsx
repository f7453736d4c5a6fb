// What an administrator can do with a user. Of his own account, he changes nothing here.
import { ActionIcon, Button, Group, Menu, Modal } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import type { Invite, Role, User } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Roles } from './roles.tsx';

type Dialog = 'roles' | 'disable' | 'reset';

interface UserActionsProps {
  readonly user: User;
  readonly own: boolean;
  readonly onInvite: (invite: Invite) => void;
}

const TITLES: Readonly<Record<Dialog, string>> = {
  roles: 'Change roles',
  disable: 'Disable this user?',
  reset: 'Reset this user?',
};

export function UserActions({ user, own, onInvite }: UserActionsProps): ReactNode {
  const [dialog, setDialog] = useState<Dialog>();
  const [roles, setRoles] = useState<readonly Role[]>(user.roles);
  const update = useChange('updateUser', ['listUsers']);
  const reset = useChange('resetUser', ['listUsers']);
  if (own) return <Link to="/me">Your account</Link>;

  const open = (which: Dialog): void => {
    update.reset();
    reset.reset();
    setRoles(user.roles);
    setDialog(which);
  };
  const close = (): void => setDialog(undefined);
  const failure = update.error ?? reset.error;
  const pending = update.isPending || reset.isPending;

  function confirm(): void {
    if (dialog === 'roles') update.mutate({ id: user.id, roles: [...roles] }, { onSuccess: close });
    if (dialog === 'disable') update.mutate({ id: user.id, disabled: true }, { onSuccess: close });
    if (dialog !== 'reset') return;
    reset.mutate(
      { id: user.id },
      {
        onSuccess: (invite) => {
          close();
          onInvite(invite);
        },
      },
    );
  }

  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon aria-label={`Change ${user.name}`}>
            <Icon name="more" size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => open('roles')}>Change roles</Menu.Item>
          <Menu.Item onClick={() => open('reset')}>Reset: a new one-time link</Menu.Item>
          {user.disabled ? (
            <Menu.Item onClick={() => update.mutate({ id: user.id, disabled: false })}>Enable</Menu.Item>
          ) : (
            <Menu.Item onClick={() => open('disable')}>Disable</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={dialog !== undefined}
        onClose={close}
        title={dialog === undefined ? '' : TITLES[dialog]}
        closeButtonProps={{ 'aria-label': 'Close' }}
        ta="left"
      >
        <p>
          <strong>
            <OutsideText text={user.name} />
          </strong>{' '}
          is signed out wherever he is.
          {dialog === 'disable' && ' He cannot sign in until he is enabled again.'}
          {dialog === 'reset' && ' Password and second factor are void; a new one-time link is made.'}
        </p>
        {dialog === 'roles' && <Roles value={roles} onChange={setRoles} />}
        {failure !== null && <FailureNote failure={failure} />}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            color={dialog === 'roles' ? 'iris' : 'red.8'}
            loading={pending}
            disabled={dialog === 'roles' && roles.length === 0}
            onClick={confirm}
          >
            {dialog === 'roles' ? 'Change' : dialog === 'reset' ? 'Reset' : 'Disable'}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
