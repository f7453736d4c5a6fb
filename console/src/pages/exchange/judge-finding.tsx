// A person's word on one prompt-attack finding: right or wrong, changed or taken back as easily as it was given.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { ApiAnswer, Direction, Finding } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './exchange.module.css';

interface JudgeFindingProps {
  readonly finding: Finding;
  readonly direction: Direction;
  readonly exchange: ApiAnswer<'getExchange'>;
}

const VERDICTS = [
  { verdict: 'right', label: 'Right', icon: 'check', title: 'It is an attack' },
  { verdict: 'wrong', label: 'Wrong', icon: 'close', title: 'It is none: a false alarm' },
] as const;

export function JudgeFinding({ finding, direction, exchange }: JudgeFindingProps): ReactNode {
  const may = useMay('feedback.give');
  const give = useChange('giveFeedback', ['getExchange', 'listFeedback']);
  const withdraw = useChange('withdrawFeedback', ['getExchange', 'listFeedback']);
  const { rule, segment } = finding;
  const given = exchange.feedback.find(
    (each) => each.direction === direction && each.rule === rule && each.segment === segment,
  );
  if (!may && given === undefined) return null;
  const pending = give.isPending || withdraw.isPending;
  const failure = give.error ?? withdraw.error;

  function say(verdict: 'right' | 'wrong'): void {
    if (given?.verdict === verdict) withdraw.mutate({ id: given.id });
    else give.mutate({ id: exchange.row.id, verdict, direction, rule, segment });
  }

  return (
    <div className={classes.judge}>
      {may && (
        <div className={classes.judgeButtons} role="group" aria-label={`Feedback on ${rule}`}>
          {VERDICTS.map(({ verdict, label, icon, title }) => (
            <Button
              key={verdict}
              size="compact-xs"
              variant={given?.verdict === verdict ? 'filled' : 'default'}
              leftSection={<Icon name={icon} size={12} />}
              aria-pressed={given?.verdict === verdict}
              title={given?.verdict === verdict ? 'Take it back' : title}
              disabled={pending}
              onClick={() => say(verdict)}
            >
              {label}
            </Button>
          ))}
        </div>
      )}
      {given !== undefined && (
        <span className="dim" role="status">
          {given.verdict === 'wrong' ? 'No attack' : 'An attack'}, says <OutsideText text={given.actor} />
          {given.textKept ? '; its text is kept as an example' : '; no text of it is kept'}
        </span>
      )}
      {failure !== null && <FailureNote failure={failure} />}
    </div>
  );
}
