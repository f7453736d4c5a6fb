// What a receiver would not take, and sending it once more.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Answered, FailureNote } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './sinks.module.css';

const SHOWN = 20;

export function DeadLetters({ name }: { readonly name: string }): ReactNode {
  const may = useMay('system.manage');
  const query = useApi('listDeadLetters', { name, limit: SHOWN }, { keep: true });
  const replay = useChange('replaySink', ['listDeadLetters', 'listSinks']);
  return (
    <Answered query={query}>
      {({ total, letters }) => (
        <section className={classes.dead} aria-label={`Dead letters of ${name}`}>
          <div className={classes.deadHead}>
            <h3>Not taken: {formatCount(total)}</h3>
            {may && (
              <Button
                size="compact-sm"
                variant="default"
                loading={replay.isPending}
                onClick={() => replay.mutate({ name })}
              >
                Send them once more
              </Button>
            )}
          </div>
          {replay.error !== null && <FailureNote failure={replay.error} />}
          {replay.data !== undefined && (
            <p role="status">
              {formatCount(replay.data.delivered)} taken, {formatCount(replay.data.refused)} refused again
              {replay.data.gone > 0 && `, ${formatCount(replay.data.gone)} pruned meanwhile`}.
            </p>
          )}
          <Table
            label="The oldest of them"
            rows={letters}
            rowKey={({ seq }) => String(seq)}
            columns={[
              { title: 'Record', align: 'right', cell: ({ seq }) => formatCount(seq) },
              { title: 'Given up', cell: ({ time }) => <Time time={time} as="distance" /> },
              { title: 'Why', cell: ({ reason }) => <OutsideText text={reason} /> },
            ]}
          />
        </section>
      )}
    </Answered>
  );
}
