// The one-time link of somebody who is invited or was reset: shown once.
import { Button, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Invite } from '../../contract.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './people.module.css';

interface InviteLinkProps {
  readonly invite: Invite;
  readonly onClose: () => void;
}

export function InviteLink({ invite: { user, token, expires }, onClose }: InviteLinkProps): ReactNode {
  const link = `${window.location.origin}/console/#/invite/${token}`;
  return (
    <Modal
      opened
      onClose={onClose}
      title="One-time link"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <p>
        Give it to{' '}
        <strong>
          <OutsideText text={user.name} />
        </strong>{' '}
        by a way that you trust: whoever opens it chooses the password. It works once and expires{' '}
        <Time time={expires} as="distance" />.
      </p>
      <div className={`${classes.link} mono`} data-testid="invite-link">
        {link}
      </div>
      <Group justify="space-between" mt="md">
        <CopyButton text={link} label="Copy the link" />
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Modal>
  );
}
