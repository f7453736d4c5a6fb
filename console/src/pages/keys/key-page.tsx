// One key: what it may, and how its budgets burn down.
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { ApiAnswer, KeyInfo } from '../../contract.ts';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { BudgetPanel } from './budget-panel.tsx';
import { KeyState } from './key-state.tsx';
import classes from './keys.module.css';

const REFRESH_MS = 10_000;

function Revoke({ info }: { readonly info: KeyInfo }): ReactNode {
  const may = useMay('keys.manage');
  const revoke = useChange('revokeKey', ['listKeys', 'getKeyUsage']);
  if (!may || info.revoked !== undefined) return null;
  return (
    <ConfirmButton
      label="Revoke"
      title="Revoke this key?"
      pending={revoke.isPending}
      failure={revoke.error}
      onConfirm={(close) => revoke.mutate({ id: info.id }, { onSuccess: close })}
    >
      <p>
        <strong>
          <OutsideText text={info.name} />
        </strong>{' '}
        stops working at once, and what runs on it is cut. It cannot be brought back.
      </p>
    </ConfirmButton>
  );
}

function About({ info }: { readonly info: KeyInfo }): ReactNode {
  return (
    <Panel
      title="Facts"
      aside={
        <Link to="/traffic" search={{ principal: info.id }}>
          Its traffic
        </Link>
      }
    >
      <Facts
        facts={[
          ['State', <KeyState key="state" info={info} />],
          [
            'Id',
            <span key="id" className="mono">
              {info.id}
            </span>,
          ],
          ['Used by', info.kind],
          ['Tenant', <OutsideText key="tenant" text={info.tenant} />],
          [
            'Models',
            <span key="routes" className="mono">
              {info.routes.join(', ')}
            </span>,
          ],
          ...(info.tools.length === 0
            ? []
            : ([
                [
                  'Tools',
                  <span key="tools" className="mono">
                    {info.tools.join(', ')}
                  </span>,
                ],
              ] as const)),
          ['Made', <Time key="created" time={info.created} />],
          ['Good until', info.expires === undefined ? 'revoked' : <Time key="expires" time={info.expires} />],
          ...(info.revoked === undefined ? [] : ([['Revoked', <Time key="revoked" time={info.revoked} />]] as const)),
        ]}
      />
    </Panel>
  );
}

function Answer({ usage: { key, budgets } }: { readonly usage: ApiAnswer<'getKeyUsage'> }): ReactNode {
  return (
    <div className={classes.columns}>
      <div className={classes.stack}>
        {budgets.length === 0 ? (
          <Panel title="Budgets">
            <Empty icon="key" title="This key has no budget">
              <p>
                What it uses is counted all the same. A budget is given when a key is made; make another to bound it.
              </p>
            </Empty>
          </Panel>
        ) : (
          budgets.map((use) => <BudgetPanel key={use.budget.period} use={use} />)
        )}
      </div>
      <About info={key} />
    </div>
  );
}

export function KeyPage(): ReactNode {
  const { id } = useParams({ from: '/gate/keys/$id' });
  const query = useApi('getKeyUsage', { id }, { every: REFRESH_MS });
  const info = query.data?.key;
  return (
    <Page
      title={info === undefined ? 'Key' : <OutsideText text={info.name} />}
      name="Key"
      actions={info !== undefined && <Revoke info={info} />}
    >
      <Answered query={query}>{(usage) => <Answer usage={usage} />}</Answered>
    </Page>
  );
}
