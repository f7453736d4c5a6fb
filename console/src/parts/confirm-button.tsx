// A button for what cannot be taken back: asks once more, in words that say what happens.
import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import type { Failure } from '../api/failure.ts';
import { FailureNote } from './states.tsx';

interface ConfirmButtonProps {
  readonly label: string;
  readonly title: string;
  /** What will happen. */
  readonly children: ReactNode;
  readonly pending: boolean;
  readonly failure: Failure | null;
  /** Does it; `close` is for when it is done. */
  readonly onConfirm: (close: () => void) => void;
  readonly disabled?: boolean;
}

export function ConfirmButton({
  label,
  title,
  children,
  pending,
  failure,
  onConfirm,
  disabled = false,
}: ConfirmButtonProps): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} disabled={disabled}>
        {label}
      </Button>
      <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
        {children}
        {failure !== null && <FailureNote failure={failure} />}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button color="red.8" loading={pending} onClick={() => onConfirm(close)}>
            {label}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
