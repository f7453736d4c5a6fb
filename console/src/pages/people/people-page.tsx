// Local users: who may sign in, and what his roles let him do.
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useApi } from '../../api/query.ts';
import { NotYours } from '../../app/gate.tsx';
import { useMay, useSession } from '../../app/session.ts';
import type { Invite, User } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { InviteLink } from './invite-link.tsx';
import { InviteUser } from './invite-user.tsx';
import { UserActions } from './user-actions.tsx';

function State({ user }: { readonly user: User }): ReactNode {
  if (user.disabled) return <Tag tone="bad">disabled</Tag>;
  if (user.lockedUntil !== undefined && Date.parse(user.lockedUntil) > Date.now()) return <Tag tone="warn">locked</Tag>;
  if (user.invited) return <Tag tone="accent">invited</Tag>;
  return <Tag tone="good">active</Tag>;
}

interface UsersProps {
  readonly users: readonly User[];
  readonly onInvite: (invite: Invite) => void;
}

function Users({ users, onInvite }: UsersProps): ReactNode {
  const own = useSession().session?.user.id;
  return (
    <Panel flush>
      <Table
        label="Users"
        rows={users}
        rowKey={({ id }) => id}
        columns={[
          {
            title: 'Name',
            cell: ({ id, name }) => (
              <>
                <strong>
                  <OutsideText text={name} />
                </strong>{' '}
                {id === own && <span className="dim">(you)</span>}
              </>
            ),
          },
          { title: 'State', cell: (user) => <State user={user} /> },
          { title: 'Roles', cell: ({ roles }) => roles.join(', ') },
          {
            title: 'Second factor',
            wide: true,
            cell: ({ totp }) => (totp ? <Tag tone="good">on</Tag> : <span className="dim">off</span>),
          },
          {
            title: 'Last signed in',
            wide: true,
            cell: ({ lastSignIn }) =>
              lastSignIn === undefined ? <span className="dim">never</span> : <Time time={lastSignIn} as="distance" />,
          },
          { title: 'Since', wide: true, cell: ({ created }) => <Time time={created} as="date" /> },
          {
            title: 'Change',
            align: 'right',
            cell: (user) => <UserActions user={user} own={user.id === own} onInvite={onInvite} />,
          },
        ]}
      />
    </Panel>
  );
}

function People(): ReactNode {
  const query = useApi('listUsers', {});
  const [inviting, { open, close }] = useDisclosure();
  const [invite, setInvite] = useState<Invite>();
  return (
    <Page
      title="People"
      lead="Everyone who may sign in here. Whoever asks models has a key, not a user."
      actions={
        <Button leftSection={<Icon name="plus" />} onClick={open}>
          Invite somebody
        </Button>
      }
    >
      <Answered query={query}>{({ users }) => <Users users={users} onInvite={setInvite} />}</Answered>
      <InviteUser
        opened={inviting}
        onClose={close}
        onInvited={(made) => {
          close();
          setInvite(made);
        }}
      />
      {invite !== undefined && <InviteLink invite={invite} onClose={() => setInvite(undefined)} />}
    </Page>
  );
}

export function PeoplePage(): ReactNode {
  const may = useMay('people.manage');
  return may ? <People /> : <NotYours />;
}
