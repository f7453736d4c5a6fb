// A playbook is chosen, says what it would do here, and then does it.
import { Button, Group, Modal, Select, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { PlaybookRun, PlaybookSummary } from '../../contract.ts';
import { Answered, FailureNote } from '../../parts/states.tsx';
import { PLAYBOOK_TOUCHES, Steps } from './playbook-steps.tsx';
import classes from './playbooks.module.css';

interface RunPlaybookProps {
  readonly incident: string;
}

interface ChooseProps extends RunPlaybookProps {
  readonly playbooks: readonly PlaybookSummary[];
  readonly onDone: () => void;
}

function Choose({ incident, playbooks, onDone }: ChooseProps): ReactNode {
  const [playbook, setPlaybook] = useState<string | null>(null);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [plan, setPlan] = useState<PlaybookRun>();
  const run = useChange('runPlaybook', PLAYBOOK_TOUCHES);
  const chosen = playbooks.find((each) => each.playbook === playbook);
  const variables = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));

  function ask(dryRun: boolean): void {
    if (playbook === null) return;
    run.mutate(
      { id: incident, playbook, variables, dryRun, again: false },
      { onSuccess: (answer) => (dryRun ? setPlan(answer) : onDone()) },
    );
  }

  return (
    <div className={classes.form}>
      <Select
        label="Playbook"
        placeholder="Choose one"
        data={playbooks.map(({ playbook: value, name }) => ({ value, label: name }))}
        value={playbook}
        onChange={(value) => {
          setPlaybook(value);
          setValues({});
          setPlan(undefined);
          run.reset();
        }}
      />
      {chosen !== undefined && (
        <>
          <p className="dim">{chosen.description}</p>
          {chosen.variables
            .filter(({ name }) => name !== 'incident')
            .map(({ name, description, needed }) => (
              <TextInput
                key={name}
                label={name}
                description={description}
                placeholder={needed ? 'needed' : 'as the incident has it'}
                value={values[name] ?? ''}
                onChange={(event) => {
                  setValues({ ...values, [name]: event.currentTarget.value });
                  setPlan(undefined);
                }}
              />
            ))}
        </>
      )}
      {plan !== undefined && (
        <section aria-label="What it would do" className={classes.plan}>
          <Steps run={plan} />
        </section>
      )}
      {run.error !== null && <FailureNote failure={run.error} />}
      <Group justify="flex-end">
        <Button variant="default" disabled={chosen === undefined} onClick={() => ask(true)}>
          What would it do?
        </Button>
        <Button color="red.8" disabled={plan === undefined} loading={run.isPending} onClick={() => ask(false)}>
          Run it
        </Button>
      </Group>
    </div>
  );
}

export function RunPlaybook(props: RunPlaybookProps): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  const may = useMay('incidents.respond');
  const query = useApi('listPlaybooks', {}, { enabled: opened });
  if (!may) return null;
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        Run one
      </Button>
      {opened && (
        <Modal opened onClose={close} size="lg" title="Run a playbook" closeButtonProps={{ 'aria-label': 'Close' }}>
          <Answered query={query}>
            {({ playbooks }) => <Choose {...props} playbooks={playbooks} onDone={close} />}
          </Answered>
        </Modal>
      )}
    </>
  );
}
