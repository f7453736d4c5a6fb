// The ledger: how far it is signed, and a verification of all of it on demand.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChange } from '../../api/query.ts';
import type { AdminStatus, LedgerReport } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Tag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './health.module.css';

function Report({ report: { ok, statement, problems } }: { readonly report: LedgerReport }): ReactNode {
  return (
    <div role="status">
      <p>
        <Tag tone={ok ? 'good' : 'bad'}>{ok ? 'verified' : 'does not verify'}</Tag>
      </p>
      {problems.length > 0 && (
        <ul className={classes.problems}>
          {problems.map(({ kind, at, message }, i) => (
            <li key={i}>
              <strong>{kind}</strong> at <span className="mono">{at}</span>: <OutsideText text={message} />
            </li>
          ))}
        </ul>
      )}
      <ul className={classes.statement}>
        {statement.map((sentence, i) => (
          <li key={i}>
            <OutsideText text={sentence} />
          </li>
        ))}
      </ul>
    </div>
  );
}

export function LedgerHealth({ ledger }: { readonly ledger: AdminStatus['ledger'] }): ReactNode {
  const verify = useChange('verifyLedger');
  const unsigned = ledger.records - ledger.checkpointSize;
  return (
    <Panel
      title="Ledger"
      aside={
        <Tag tone={ledger.fault === undefined ? 'good' : 'bad'}>
          {ledger.fault === undefined ? 'writable' : 'faulty'}
        </Tag>
      }
    >
      {ledger.fault !== undefined && (
        <p role="alert">
          <OutsideText text={ledger.fault} />
        </p>
      )}
      <Facts
        facts={[
          ['Records', formatCount(ledger.records)],
          ...(ledger.firstSeq > 0 ? ([['Kept from', `#${formatCount(ledger.firstSeq)}`]] as const) : []),
          [
            'Signed',
            `${formatCount(ledger.checkpointSize)} records${unsigned > 0 ? `, ${formatCount(unsigned)} to be signed` : ''}`,
          ],
          [
            'Checkpoint',
            ledger.checkpointTime === undefined ? (
              'none yet'
            ) : (
              <Time key="at" time={ledger.checkpointTime} as="distance" />
            ),
          ],
          [
            'Anchor',
            ledger.anchored ? 'kept in a file elsewhere' : 'none: whoever holds the key could rewrite history',
          ],
        ]}
      />
      <div className={classes.verify}>
        <Button
          variant="default"
          leftSection={<Icon name="chain" />}
          loading={verify.isPending}
          onClick={() => verify.mutate({})}
        >
          Verify the whole ledger
        </Button>
      </div>
      {verify.error !== null && <FailureNote failure={verify.error} />}
      {verify.data !== undefined && <Report report={verify.data} />}
    </Panel>
  );
}
