// One containment behind one button: what it would cover is shown, and there is no form to fill.
import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { Containment, ContainmentAction, ContainmentTarget } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Answered, FailureNote, Loading } from '../../parts/states.tsx';
import classes from './incidents.module.css';
import { ContainmentName } from './words.tsx';

interface ContainButtonProps {
  readonly label: string;
  readonly action: ContainmentAction;
  readonly target: ContainmentTarget;
  readonly values?: Containment['with'];
  readonly incident?: string;
  readonly loud?: boolean;
}

/** What is asked for, by the button's own words. */
function toAsked({ action, target, values }: Pick<ContainButtonProps, 'action' | 'target' | 'values'>) {
  return { action, target, ...(values === undefined ? {} : { with: values }) };
}

function Radius(props: Pick<ContainButtonProps, 'action' | 'target' | 'values'>): ReactNode {
  const query = useApi('previewContainment', toAsked(props), { fresh: true });
  return (
    <Answered query={query} loading={<Loading lines={3} />}>
      {({ statements, keys, keysTotal, models, needsSecond }) => (
        <div className={classes.radius}>
          <ul>
            {statements.map((statement) => (
              <li key={statement}>
                <OutsideText text={statement} />
              </li>
            ))}
          </ul>
          {keys.length > 0 && (
            <p className="dim">
              Keys: <OutsideText text={keys.join(', ')} />
              {keysTotal > keys.length && `, and ${keysTotal - keys.length} more`}
            </p>
          )}
          {models.length > 0 && <OutsideText text={models.join(', ')} />}
          {needsSecond && <p>It takes effect once a second person has said yes.</p>}
        </div>
      )}
    </Answered>
  );
}

export function ContainButton(props: ContainButtonProps): ReactNode {
  const { label, action, target, incident, loud = false } = props;
  const [opened, { open, close }] = useDisclosure();
  const may = useMay('incidents.respond');
  const contain = useChange('contain', ['listContainments', 'getIncident', 'listIncidents', 'getStatus']);
  if (!may) return null;
  const go = (): void =>
    contain.mutate({ ...toAsked(props), ...(incident === undefined ? {} : { incident }) }, { onSuccess: close });
  return (
    <>
      <Button
        size={loud ? 'sm' : 'compact-sm'}
        {...(loud ? { color: 'red.8', leftSection: <Icon name="ban" size={15} /> } : { variant: 'default' })}
        onClick={open}
      >
        {label}
      </Button>
      {opened && (
        <Modal
          opened
          onClose={close}
          title={<ContainmentName action={action} target={target} />}
          closeButtonProps={{ 'aria-label': 'Close' }}
        >
          <Radius {...props} />
          {contain.error !== null && <FailureNote failure={contain.error} />}
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button color="red.8" loading={contain.isPending} onClick={go} data-autofocus>
              {label}
            </Button>
          </Group>
        </Modal>
      )}
    </>
  );
}
