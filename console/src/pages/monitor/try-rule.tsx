// What a rule would have said of past records.
import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import { formatCount } from '../../parts/format.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { FailureNote, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './monitor.module.css';

/** Records gone through, the newest. */
const MOST = 100_000;

export function TryRule({ rule }: { readonly rule: string }): ReactNode {
  const may = useMay('policies.manage');
  const [opened, { open, close }] = useDisclosure();
  const trial = useChange('tryMonitorRules');
  if (!may) return null;
  function start(): void {
    open();
    trial.mutate({ rule, limit: MOST });
  }
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={`Try ${rule} on the past`} onClick={start}>
        Try
      </Button>
      {opened && (
        <Modal opened onClose={close} title="On past records" closeButtonProps={{ 'aria-label': 'Close' }}>
          <p className={classes.id}>
            <OutsideText text={rule} />
          </p>
          {trial.isPending && <Loading lines={3} />}
          {trial.error !== null && <FailureNote failure={trial.error} />}
          {trial.data !== undefined && (
            <div role="status">
              <p>
                {formatCount(trial.data.detections.length + trial.data.more)} times in {formatCount(trial.data.records)}{' '}
                records{trial.data.complete ? '' : ': there was more to look at than may be'}.
              </p>
              <ul className={classes.trials}>
                {trial.data.detections.slice(0, 20).map(({ detection, until, involved, detail }) => (
                  <li key={detection}>
                    <Time time={until} as="date" />{' '}
                    {involved.principal !== undefined && <KeyName id={involved.principal} />}{' '}
                    {detail !== undefined && <OutsideText text={detail} />}
                  </li>
                ))}
              </ul>
            </div>
          )}
        </Modal>
      )}
    </>
  );
}
