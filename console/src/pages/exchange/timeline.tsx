// The steps of an exchange, in the order that they happened, as its records tell them.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type ApiAnswer, type Direction, type Finding, type StoredRecord, isAttackFinding } from '../../contract.ts';
import { ACTION_ICONS, ACTION_WORDS } from '../../parts/action.tsx';
import { DecisionView } from '../../parts/decision-view.tsx';
import { FindingList } from '../../parts/finding-list.tsx';
import { formatCompact, formatCost, formatCount, formatDuration } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Outcome } from '../../parts/outcome.tsx';
import { ApprovalSteps } from './approval-steps.tsx';
import { Attempts } from './attempts.tsx';
import classes from './exchange.module.css';
import { JudgeFinding } from './judge-finding.tsx';
import { Step } from './step.tsx';
import { ToolRulings } from './tool-rulings.tsx';

type Exchange = ApiAnswer<'getExchange'>;
type Opened = Extract<StoredRecord, { kind: 'exchange.opened' }>;
type Closed = Extract<StoredRecord, { kind: 'exchange.closed' }>;

interface FoundProps {
  readonly findings: readonly Finding[];
  readonly direction: Direction;
  readonly exchange: Exchange;
}

function Found({ findings, direction, exchange }: FoundProps): ReactNode {
  if (findings.length === 0) return null;
  const where = direction === 'input' ? 'request' : 'answer';
  const title = `${findings.length === 1 ? 'One finding' : `${findings.length} findings`} in the ${where}`;
  return (
    <Step icon="detector" title={title}>
      <FindingList
        findings={findings}
        foot={(finding) =>
          isAttackFinding(finding) &&
          // Of several by one rule in one text one word holds: it is asked for once.
          findings.find(({ rule, segment }) => rule === finding.rule && segment === finding.segment) === finding && (
            <JudgeFinding finding={finding} direction={direction} exchange={exchange} />
          )
        }
      />
    </Step>
  );
}

function Request({ opened }: { readonly opened: Opened }): ReactNode {
  const { exchange, segments, reserved } = opened;
  const { principal } = exchange;
  return (
    <Step icon="traffic" title="Request" time={opened.time}>
      <p>
        <Link to="/keys/$id" params={{ id: principal.id }}>
          <OutsideText text={principal.name} />
        </Link>{' '}
        ({principal.kind}) asked for <OutsideText text={exchange.model} /> by <code>{exchange.surface}</code>
        {exchange.stream ? ', as a stream' : ''}: {segments === 1 ? 'one text' : `${formatCount(segments)} texts`}{' '}
        judged.
      </p>
      {reserved !== undefined && (
        <p>
          Set aside: {formatCompact(reserved.inputTokens + reserved.outputTokens)} tokens,{' '}
          {formatCost(reserved.costMicros)}.
        </p>
      )}
    </Step>
  );
}

function End({ closed, row }: { readonly closed: Closed | undefined; readonly row: Exchange['row'] }): ReactNode {
  if (closed === undefined) {
    return (
      <Step icon="clock" title="Under way">
        <p>No record of its end yet. If the server stopped in between, there will be none.</p>
      </Step>
    );
  }
  const { usage } = closed;
  return (
    <Step icon={closed.outcome === 'completed' ? 'check' : 'close'} title={<Outcome row={row} />} time={closed.time}>
      <p>
        The client was answered with {closed.status} after {formatDuration(closed.durationMs)}
        {closed.reason !== undefined && (
          <>
            {' '}
            (<code>{closed.reason}</code>)
          </>
        )}
        .
      </p>
      <p>
        Used: {formatCount(usage.inputTokens)} tokens in, {formatCount(usage.outputTokens)} out,{' '}
        {formatCost(usage.costMicros)}
        {usage.estimated ? ' (estimated: the upstream did not say)' : ''}.
      </p>
    </Step>
  );
}

export function Timeline({ exchange }: { readonly exchange: Exchange }): ReactNode {
  const { row, records, approvals } = exchange;
  const opened = records.find((record): record is Opened => record.kind === 'exchange.opened');
  const closed = records.find((record): record is Closed => record.kind === 'exchange.closed');
  return (
    <ol className={classes.timeline}>
      {opened !== undefined && (
        <>
          <Request opened={opened} />
          <Found findings={opened.findings} direction="input" exchange={exchange} />
          <Step
            icon={ACTION_ICONS[opened.decision.action]}
            action={opened.decision.action}
            title={`Decision on the request: ${ACTION_WORDS[opened.decision.action].toLowerCase()}`}
          >
            <DecisionView decision={opened.decision} />
          </Step>
          <ToolRulings calls={opened.call === undefined ? undefined : [opened.call]} />
          <ApprovalSteps approvals={approvals} direction="input" />
          <Attempts opened={opened} closed={closed} />
        </>
      )}
      {closed !== undefined && (
        <>
          <Found findings={closed.findings} direction="output" exchange={exchange} />
          {closed.decision !== undefined && (
            <Step
              icon={ACTION_ICONS[closed.decision.action]}
              action={closed.decision.action}
              title={`Decision on the answer: ${ACTION_WORDS[closed.decision.action].toLowerCase()}`}
            >
              <DecisionView decision={closed.decision} />
            </Step>
          )}
          <ToolRulings calls={closed.calls} />
        </>
      )}
      <ApprovalSteps approvals={approvals} direction="output" />
      <End closed={closed} row={row} />
    </ol>
  );
}
