// How an exchange ended, in a word and a tone.
import type { ReactNode } from 'react';
import type { ExchangeRow } from '../contract.ts';
import classes from './outcome.module.css';

type OutcomeName = NonNullable<ExchangeRow['outcome']>;

export const OUTCOME_WORDS: Readonly<Record<OutcomeName, string>> = {
  completed: 'Completed',
  denied_input: 'Request denied',
  denied_output: 'Answer denied',
  client_gone: 'Client gone',
  upstream_error: 'Upstream error',
  revoked: 'Key revoked',
  fault: 'Fault',
};

const TONES: Readonly<Record<OutcomeName, 'good' | 'bad' | 'warn' | 'plain'>> = {
  completed: 'good',
  denied_input: 'plain',
  denied_output: 'plain',
  client_gone: 'warn',
  upstream_error: 'bad',
  revoked: 'warn',
  fault: 'bad',
};

interface OutcomeProps {
  readonly row: Pick<ExchangeRow, 'outcome' | 'status'>;
}

export function Outcome({ row: { outcome, status } }: OutcomeProps): ReactNode {
  if (outcome === null) {
    return (
      <span className={classes.outcome} data-tone="live">
        Under way
      </span>
    );
  }
  return (
    <span className={classes.outcome} data-tone={TONES[outcome]}>
      {OUTCOME_WORDS[outcome]}
      {status !== null && status !== 200 && <span className={classes.status}>{status}</span>}
    </span>
  );
}
