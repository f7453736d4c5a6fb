// One pull with all that its record says, and the record's proof.
import { Modal } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PullRecord } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { formatCount } from '../../parts/format.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Time } from '../../parts/time.tsx';
import { LedgerProof } from '../exchange/ledger-proof.tsx';
import { LongName } from '../models/words.tsx';
import { PullOutcomeTag } from './pull-words.tsx';
import classes from './pulls.module.css';

interface PullDetailsProps {
  readonly pull: PullRecord;
  readonly onClose: () => void;
}

export function PullDetails({ pull, onClose }: PullDetailsProps): ReactNode {
  const { outcome, time, model, file, bytes, sha256, action, policies = [], reason, unusual = [] } = pull;
  return (
    <Modal opened onClose={onClose} title="A pull" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className={classes.details}>
        <Facts
          facts={[
            ['Outcome', <PullOutcomeTag key="outcome" outcome={outcome} />],
            ['Time', <Time key="time" time={time} />],
            ['Key', <KeyName key="key" id={pull.principal} />],
            [
              'Model',
              <Link key="model" to="/models/version" search={{ id: model }}>
                <LongName name={model} />
              </Link>,
            ],
            ['File', <LongName key="file" name={file} />],
            ['Bytes', `${formatCount(bytes)}${outcome === 'served' ? ' to be sent' : ' sent'}`],
            ...(sha256 === undefined
              ? []
              : ([
                  [
                    'SHA-256',
                    <span key="sha256" className="mono">
                      {sha256}
                    </span>,
                  ],
                ] as const)),
            ...(action === undefined ? [] : ([['Decision', <ActionBadge key="action" action={action} />]] as const)),
            ...(policies.length === 0
              ? []
              : ([
                  [
                    'Policies',
                    <span key="policies" className="mono">
                      <OutsideText text={policies.join(', ')} />
                    </span>,
                  ],
                ] as const)),
            ...(reason === undefined ? [] : ([['Reason', <OutsideText key="reason" text={reason} />]] as const)),
            ...unusual.map(({ rule, message }) => [rule, <OutsideText key={rule} text={message} />] as const),
          ]}
        />
        <LedgerProof records={[pull]} />
      </div>
    </Modal>
  );
}
