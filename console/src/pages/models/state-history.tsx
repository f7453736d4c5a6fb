// How a version came to be what it is: every change of its state, by whom and why, as the ledger has it.
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { StoredRecord } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Answered } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { LedgerProof } from '../exchange/ledger-proof.tsx';
import classes from './models.module.css';
import { ModelStateTag, VerdictTag } from './words.tsx';

const SHOWN = 50;

type StateRecord = Extract<StoredRecord, { kind: 'model.state' }>;

function Change({ record: { time, to, actor, reason, scan, decision } }: { readonly record: StateRecord }): ReactNode {
  const policies = (decision?.policies ?? []).map(({ id }) => id);
  return (
    <li className={classes.change}>
      <div className={classes.changeHead}>
        <ModelStateTag state={to} />
        <Time time={time} />
      </div>
      <div>
        <OutsideText text={reason} />
      </div>
      <div className={classes.place}>
        by <OutsideText text={actor} />
        {policies.length > 0 && (
          <>
            {', '}
            <span className="mono">{policies.join(', ')}</span>
          </>
        )}
        {scan !== undefined && (
          <>
            {' · '}
            {formatCount(scan.files)} scanned <VerdictTag verdict={scan.verdict} />
          </>
        )}
      </div>
    </li>
  );
}

export function StateHistory({ id, changed }: { readonly id: string; readonly changed: string }): ReactNode {
  // `changed` makes the question another one whenever the state has changed.
  const query = useApi(
    'searchRecords',
    { kind: 'model.state', model: id, limit: SHOWN, to: after(changed) },
    { keep: true },
  );
  return (
    <Answered query={query}>
      {({ records }) => {
        const changes = records.flatMap((record) => (record.kind === 'model.state' ? [record] : []));
        return (
          <>
            <Panel title="History" aside={changes.length >= SHOWN && `the last ${SHOWN}`}>
              <ol className={classes.changes}>
                {changes.map((record) => (
                  <Change key={record.seq} record={record} />
                ))}
              </ol>
            </Panel>
            {changes.length > 0 && <LedgerProof records={changes.slice(0, 10)} />}
          </>
        );
      }}
    </Answered>
  );
}

/** Records are written shortly before or after the time that the inventory says. */
function after(time: string): string {
  return new Date(Date.parse(time) + 60_000).toISOString();
}
