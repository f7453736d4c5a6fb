// One exchange, explained: what came, what was found, what was ruled and why, what the upstream did, how it ended.
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { ApiAnswer } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { Outcome } from '../../parts/outcome.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered } from '../../parts/states.tsx';
import { Evidence } from './evidence.tsx';
import { ExchangeFacts } from './exchange-facts.tsx';
import classes from './exchange.module.css';
import { LedgerProof } from './ledger-proof.tsx';
import { MissedAttack } from './missed-attack.tsx';
import { SameSession } from './same-session.tsx';
import { Timeline } from './timeline.tsx';

/** An exchange under way is asked for again so often, milliseconds. */
const UNDER_WAY_MS = 2_000;

type Exchange = ApiAnswer<'getExchange'>;

function Answer({ exchange }: { readonly exchange: Exchange }): ReactNode {
  const { row, records, captured } = exchange;
  return (
    <>
      <div className={classes.verdict}>
        <ActionBadge action={row.action} large />
        <Outcome row={row} />
      </div>
      <div className={classes.columns}>
        <div className={classes.main}>
          <Panel title="What happened">
            <Timeline exchange={exchange} />
          </Panel>
          <Evidence row={row} records={records} captured={captured} />
        </div>
        <div className={classes.side}>
          <Panel title="Facts">
            <ExchangeFacts exchange={exchange} />
          </Panel>
          <MissedAttack exchange={exchange} />
          <LedgerProof records={records} />
          {row.session !== null && <SameSession session={row.session} id={row.id} />}
        </div>
      </div>
    </>
  );
}

export function ExchangePage(): ReactNode {
  const { id } = useParams({ from: '/gate/traffic/$id' });
  const first = useApi('getExchange', { id });
  const underWay = first.data !== undefined && first.data.row.outcome === null;
  useApi('getExchange', { id }, { enabled: underWay, every: UNDER_WAY_MS });
  return (
    <Page title="Exchange" name={`Exchange ${id}`} lead={<span className="mono">{id}</span>}>
      <Answered query={first}>{(exchange) => <Answer exchange={exchange} />}</Answered>
    </Page>
  );
}
