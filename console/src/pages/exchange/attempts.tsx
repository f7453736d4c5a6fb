// What was asked of upstreams for one exchange, in order.
import type { ReactNode } from 'react';
import type { Attempt, StoredRecord } from '../../contract.ts';
import { formatDuration } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Tag } from '../../parts/tag.tsx';
import classes from './exchange.module.css';
import { Step } from './step.tsx';

const WHY: Readonly<Record<Attempt['why'], string>> = {
  first: 'asked',
  retry: 'asked again after a failure',
  fallback: 'asked in its place',
  reask: 'asked again: policy was not content with the answer',
};

interface AttemptsProps {
  readonly opened: Extract<StoredRecord, { kind: 'exchange.opened' }>;
  readonly closed: Extract<StoredRecord, { kind: 'exchange.closed' }> | undefined;
}

function AttemptLine({ attempt }: { readonly attempt: Attempt }): ReactNode {
  const ok = attempt.status !== undefined && attempt.status < 400;
  return (
    <li>
      <strong>{attempt.upstream}</strong>
      <span>
        <OutsideText text={attempt.model} /> {WHY[attempt.why]}
      </span>
      <Tag tone={ok ? 'good' : 'bad'}>{attempt.status ?? attempt.reason ?? 'no answer'}</Tag>
      <span className="num">{formatDuration(attempt.durationMs)}</span>
    </li>
  );
}

export function Attempts({ opened, closed }: AttemptsProps): ReactNode {
  if (closed?.outcome === 'denied_input') return null;
  const attempts = closed?.attempts ?? [];
  return (
    <Step icon="upstream" title="Upstream">
      {attempts.length === 0 ? (
        <p>
          {opened.exchange.upstream} was asked{closed === undefined ? '' : ' once'}.
        </p>
      ) : (
        <ol className={classes.attempts}>
          {attempts.map((attempt, i) => (
            <AttemptLine key={i} attempt={attempt} />
          ))}
        </ol>
      )}
    </Step>
  );
}
