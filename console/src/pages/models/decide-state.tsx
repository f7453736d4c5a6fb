// A person's word on a version: admit, quarantine or retire it, with a reason that goes on record.
import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import { type ModelState, type ModelView, ROLE_PERMISSIONS, type Role } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './models.module.css';
import { worstOf } from './worst.ts';

const VERBS: Readonly<Record<ModelState, string>> = { admitted: 'Admit', quarantined: 'Quarantine', retired: 'Retire' };
const ICONS: Readonly<Record<ModelState, IconName>> = { admitted: 'check', quarantined: 'hand', retired: 'ban' };
const WAYS: Readonly<Record<ModelState, readonly ModelState[]>> = {
  quarantined: ['retired', 'admitted'],
  admitted: ['retired', 'quarantined'],
  retired: ['quarantined', 'admitted'],
};

const ROLES = (Object.keys(ROLE_PERMISSIONS) as Role[]).filter((role) =>
  ROLE_PERMISSIONS[role].includes('models.decide'),
);

function Effect({ model, to }: { readonly model: ModelView; readonly to: ModelState }): ReactNode {
  if (to === 'quarantined') {
    return <p>Nobody gets it until a person admits it. What is under way of it is cut.</p>;
  }
  if (to === 'retired') return <p>It is not served any more. What is under way of it is cut.</p>;
  const scanned = model.files.filter(({ verdict }) => verdict !== undefined).length;
  const { verdict, finding } = worstOf(model.files);
  return (
    <>
      <p>
        Whoever’s key covers it may pull it from now on. Your yes is to the {formatCount(scanned)} of{' '}
        {formatCount(model.files.length)} files that were scanned by now; a later file that a policy blocks takes it
        back into quarantine.
      </p>
      {verdict !== undefined && verdict !== 'clean' && (
        <div className={classes.warning} role="note">
          <Icon name="warn" size={18} />
          <div>
            <strong>The scan says: {verdict}.</strong>{' '}
            {finding !== undefined && (
              <>
                <span className="mono">{finding.rule}</span>: <OutsideText text={finding.message} />
              </>
            )}
            <br />A yes sets that aside for these files.
          </div>
        </div>
      )}
    </>
  );
}

interface DialogProps {
  readonly model: ModelView;
  readonly to: ModelState;
  readonly onClose: () => void;
}

function Dialog({ model, to, onClose }: DialogProps): ReactNode {
  const [reason, setReason] = useState('');
  const change = useChange('setModelState', ['getModel', 'listModels', 'getRegistry', 'searchRecords']);
  const isDangerous = to === 'admitted' && !['clean', undefined].includes(worstOf(model.files).verdict);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (reason.trim() === '') return;
    change.mutate({ id: model.id, state: to, reason: reason.trim() }, { onSuccess: onClose });
  }

  return (
    <Modal opened onClose={onClose} title={`${VERBS[to]} this version?`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <div className={classes.effect}>
            <Effect model={model} to={to} />
          </div>
          <Textarea
            label="Reason"
            description="Goes on record with your name."
            required
            data-autofocus
            autosize
            minRows={2}
            maxRows={6}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {change.error !== null && <FailureNote failure={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={change.isPending}
              disabled={reason.trim() === ''}
              {...(isDangerous || to === 'retired' ? { color: 'red.8' } : {})}
            >
              {isDangerous ? 'Admit it all the same' : VERBS[to]}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function DecideState({ model }: { readonly model: ModelView }): ReactNode {
  const may = useMay('models.decide');
  const [to, setTo] = useState<ModelState>();
  if (!may) {
    return <p className={classes.cannot}>Your roles let you see this, not decide on it: {ROLES.join(', ')} may.</p>;
  }
  return (
    <>
      {WAYS[model.state].map((way) => (
        <Button
          key={way}
          variant={way === 'admitted' ? 'filled' : 'default'}
          leftSection={<Icon name={ICONS[way]} />}
          onClick={() => setTo(way)}
        >
          {VERBS[way]}
        </Button>
      ))}
      {to !== undefined && <Dialog model={model} to={to} onClose={() => setTo(undefined)} />}
    </>
  );
}
