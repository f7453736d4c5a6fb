// Held things: those that wait first, then what was decided.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { Approval } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { ApprovalCard } from './approval-card.tsx';
import { Grants } from './grants.tsx';
import { ApprovalStateTag } from './approval-state.tsx';
import classes from './approvals.module.css';

/** What waits is asked for so often, milliseconds. */
const REFRESH_MS = 4_000;
const SHOWN = 200;

function Waiting({ approvals }: { readonly approvals: readonly Approval[] }): ReactNode {
  const may = useMay('approvals.decide');
  if (approvals.length === 0) {
    return (
      <Panel>
        <Empty icon="approvals" title="Nothing waits for a decision">
          <p>
            A policy with <code>@action("hold")</code> stops an exchange until a person says yes. It shows up here, and
            its client waits or is told to come back.
          </p>
        </Empty>
      </Panel>
    );
  }
  return (
    <>
      {!may && <p className="dim">Your roles let you see what waits, not decide on it.</p>}
      <ul className={classes.cards}>
        {approvals.map((approval) => (
          <li key={approval.id}>
            <ApprovalCard approval={approval} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Decided({ approvals }: { readonly approvals: readonly Approval[] }): ReactNode {
  if (approvals.length === 0) return null;
  return (
    <Panel title="Decided and expired" flush>
      <Table
        label="Approvals that are decided or have expired"
        rows={approvals}
        rowKey={({ id }) => id}
        columns={[
          {
            title: 'Held',
            cell: ({ id, requested }) => (
              <Link to="/approvals/$id" params={{ id }} data-row>
                <Time time={requested} />
              </Link>
            ),
          },
          { title: 'State', cell: ({ state }) => <ApprovalStateTag state={state} /> },
          { title: 'Key', cell: ({ exchange }) => <OutsideText text={exchange.principal.name} /> },
          { title: 'Model', wide: true, cell: ({ exchange }) => <OutsideText text={exchange.model} /> },
          {
            title: 'By',
            cell: ({ decided }) => (decided === undefined ? '' : <OutsideText text={decided.actor} />),
          },
          {
            title: 'Note',
            wide: true,
            cell: ({ decided }) => (decided?.note === undefined ? '' : <OutsideText text={decided.note} />),
          },
        ]}
      />
    </Panel>
  );
}

export function ApprovalsPage(): ReactNode {
  const query = useApi('listApprovals', { limit: SHOWN }, { every: REFRESH_MS, fresh: true });
  return (
    <Page
      title="Approvals"
      lead="What a policy holds until a person has looked at it. A yes holds once, for exactly this; a grant covers tool calls like it, for a time."
    >
      <Answered query={query}>
        {({ approvals }) => (
          <>
            <Waiting approvals={approvals.filter(({ state }) => state === 'pending')} />
            <Grants />
            <Decided approvals={approvals.filter(({ state }) => state !== 'pending')} />
          </>
        )}
      </Answered>
    </Page>
  );
}
