// A button that has something made by the server and saves it; where that fails, it says why.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { type Failure, toFailure } from '../api/failure.ts';
import { Icon } from './icon.tsx';
import { FailureNote } from './states.tsx';

interface SaveButtonProps {
  readonly label: string;
  readonly small?: boolean;
  /** Asks for it and saves it. */
  readonly save: () => Promise<void>;
}

export function SaveButton({ label, small = false, save }: SaveButtonProps): ReactNode {
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  async function run(): Promise<void> {
    setPending(true);
    setFailure(undefined);
    try {
      await save();
    } catch (thrown) {
      setFailure(toFailure(thrown));
    }
    setPending(false);
  }

  return (
    <>
      <Button
        variant="default"
        size={small ? 'compact-sm' : 'sm'}
        leftSection={<Icon name="pull" size={14} />}
        loading={pending}
        onClick={() => void run()}
      >
        {label}
      </Button>
      {failure !== undefined && <FailureNote failure={failure} />}
    </>
  );
}
