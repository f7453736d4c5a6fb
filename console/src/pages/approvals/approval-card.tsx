// One held thing in the list of those that wait: enough to know whether to open it.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Approval } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { toWords } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { SeverityTag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { Countdown } from './approval-state.tsx';
import classes from './approvals.module.css';

export function ApprovalCard({ approval }: { readonly approval: Approval }): ReactNode {
  const { id, direction, exchange, findings, policies, requested, expires } = approval;
  return (
    <article className={classes.card}>
      <div className={classes.cardHead}>
        <ActionBadge action="hold" />
        <Countdown expires={expires} />
      </div>
      <h2 className={classes.cardTitle}>
        <Link to="/approvals/$id" params={{ id }} data-row className={classes.cardLink}>
          {direction === 'input' ? 'A request of ' : 'An answer to '}
          <OutsideText text={exchange.principal.name} />
        </Link>
      </h2>
      <p className={classes.cardText}>
        <OutsideText text={policies[0]?.reason ?? 'held by policy'} />
      </p>
      <p className={classes.cardFacts}>
        {findings[0] !== undefined && (
          <>
            <SeverityTag severity={findings[0].severity} />
            <span>
              {toWords(findings[0].class)}
              {findings.length > 1 ? ` and ${findings.length - 1} more` : ''}
            </span>
          </>
        )}
        <OutsideText text={exchange.model} />
        <Time time={requested} as="distance" />
      </p>
    </article>
  );
}
