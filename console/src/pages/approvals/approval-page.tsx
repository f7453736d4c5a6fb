// One held thing: what it is, why it is held, its text, and the decision.
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { Approval } from '../../contract.ts';
import { PolicyList } from '../../parts/decision-view.tsx';
import { FindingList } from '../../parts/finding-list.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Answered, Empty, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { ApprovalStateTag, Countdown } from './approval-state.tsx';
import classes from './approvals.module.css';
import { Decide } from './decide.tsx';
import { GrantForm } from './grant-terms.tsx';
import { HeldTexts } from './held-texts.tsx';

const REFRESH_MS = 4_000;
const ALL = 1_000;

function About({ approval }: { readonly approval: Approval }): ReactNode {
  const { exchange, requested, expires, state, decided, digest } = approval;
  return (
    <Panel title="Facts">
      <Facts
        facts={[
          ['State', <ApprovalStateTag key="state" state={state} />],
          ['Held', <Time key="held" time={requested} />],
          [
            'Expires',
            state === 'pending' ? <Countdown key="left" expires={expires} /> : <Time key="end" time={expires} />,
          ],
          [
            'Key',
            <Link key="key" to="/keys/$id" params={{ id: exchange.principal.id }}>
              <OutsideText text={exchange.principal.name} />
            </Link>,
          ],
          ['Model', <OutsideText key="model" text={exchange.model} />],
          [
            'Exchange',
            <Link key="exchange" to="/traffic/$id" params={{ id: exchange.id }} className="mono">
              {exchange.id}
            </Link>,
          ],
          [
            'Digest',
            <span key="digest" className="mono">
              {digest.slice(0, 32)}…
            </span>,
          ],
          ...(decided === undefined
            ? []
            : ([
                ['Decided by', <OutsideText key="by" text={decided.actor} />],
                ['Decided', <Time key="at" time={decided.time} />],
                ['Note', <OutsideText key="note" text={decided.note ?? '–'} />],
              ] as const)),
        ]}
      />
    </Panel>
  );
}

function Answer({ approval }: { readonly approval: Approval }): ReactNode {
  return (
    <div className={classes.columns}>
      <div className={classes.stack}>
        <Panel title="Why it is held">
          <PolicyList policies={approval.policies} />
          <FindingList findings={approval.findings} />
        </Panel>
        <HeldTexts approval={approval} />
        {approval.state === 'pending' && approval.call !== undefined && (
          <GrantForm approval={approval} call={approval.call} />
        )}
      </div>
      <div className={classes.stack}>
        <About approval={approval} />
        {approval.state === 'pending' && <Decide approval={approval} />}
      </div>
    </div>
  );
}

export function ApprovalPage(): ReactNode {
  const { id } = useParams({ from: '/gate/approvals/$id' });
  const query = useApi('listApprovals', { limit: ALL }, { fresh: true });
  const known = query.data?.approvals.find((each) => each.id === id);
  // What is decided stays so.
  useApi('listApprovals', { limit: ALL }, { enabled: known?.state === 'pending', every: REFRESH_MS });
  return (
    <Page
      title={known?.direction === 'output' ? 'A held answer' : 'A held request'}
      name="Approval"
      lead={<span className="mono">{id}</span>}
    >
      <Answered query={query}>
        {({ approvals }) => {
          const approval = approvals.find((each) => each.id === id);
          if (approval !== undefined) return <Answer key={id} approval={approval} />;
          if (query.isFetching) return <Loading />;
          return (
            <Empty icon="approvals" title="There is no such approval any more">
              <Link to="/approvals">See all approvals</Link>
            </Empty>
          );
        }}
      </Answered>
    </Page>
  );
}
