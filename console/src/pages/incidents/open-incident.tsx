// An incident opened by hand: a title and how bad it is.
import { Button, Group, Modal, Select, Stack, TextInput, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import { Severity } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { FailureNote } from '../../parts/states.tsx';

export function OpenIncident(): ReactNode {
  const may = useMay('incidents.respond');
  const navigate = useNavigate();
  const [opened, { open, close }] = useDisclosure();
  const [title, setTitle] = useState('');
  const [note, setNote] = useState('');
  const [severity, setSeverity] = useState<Severity>('high');
  const create = useChange('openIncident', ['listIncidents']);
  if (!may) return null;

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (title.trim() === '') return;
    create.mutate(
      { title: title.trim(), severity, ...(note.trim() === '' ? {} : { note: note.trim() }) },
      { onSuccess: ({ id }) => void navigate({ to: '/incidents/$id', params: { id } }) },
    );
  }

  return (
    <>
      <Button variant="default" leftSection={<Icon name="plus" size={14} />} onClick={open}>
        Open one
      </Button>
      <Modal opened={opened} onClose={close} title="Open an incident" closeButtonProps={{ 'aria-label': 'Close' }}>
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput
              label="Title"
              maxLength={200}
              required
              data-autofocus
              value={title}
              onChange={(event) => setTitle(event.currentTarget.value)}
            />
            <Select
              label="Severity"
              data={[...Severity.options]}
              value={severity}
              allowDeselect={false}
              onChange={(value) => setSeverity(value as Severity)}
            />
            <Textarea
              label="What is known"
              maxLength={4000}
              autosize
              minRows={3}
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            {create.error !== null && <FailureNote failure={create.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending} disabled={title.trim() === ''}>
                Open
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
