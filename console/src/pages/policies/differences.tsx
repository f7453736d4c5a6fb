// Where one set ruled otherwise than another: how often which became which, and samples to look at.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PolicyReplay } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { formatCount, formatShare, toWords } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/page.tsx';
import { Stat, Stats } from '../../parts/stat.tsx';
import { Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './policies.module.css';

type Sample = PolicyReplay['samples'][number];

function Transition({ before, after }: Pick<Sample, 'before' | 'after'>): ReactNode {
  return (
    <span className={classes.transition}>
      <ActionBadge action={before} />
      <Icon name="right" size={13} />
      <span className="sr">became</span>
      <ActionBadge action={after} />
    </span>
  );
}

interface DifferencesProps {
  readonly replay: PolicyReplay;
  /** What is said where nothing differs. */
  readonly same: string;
}

export function Differences({
  replay: { exchanges, changed, transitions, samples },
  same,
}: DifferencesProps): ReactNode {
  const differing = transitions.filter(({ before, after }) => before !== after).sort((a, b) => b.count - a.count);
  return (
    <>
      <Stats>
        <Stat label="Exchanges looked at" value={formatCount(exchanges)} />
        <Stat
          label="Ruled otherwise"
          value={formatCount(changed)}
          note={exchanges === 0 ? undefined : `${formatShare(changed / exchanges)} of them`}
        />
      </Stats>
      {changed === 0 ? (
        <Panel>
          <Empty icon="check" title={exchanges === 0 ? 'Nothing passed in that time' : same} />
        </Panel>
      ) : (
        <>
          <Panel title="What became what" flush>
            <Table
              label="What became what"
              rows={differing}
              rowKey={({ before, after }) => `${before}>${after}`}
              columns={[
                { title: 'Decision', cell: (row) => <Transition {...row} /> },
                { title: 'Exchanges', align: 'right', cell: ({ count }) => formatCount(count) },
              ]}
            />
          </Panel>
          <Panel title="Samples" flush>
            <Table
              label="Samples of exchanges that are ruled otherwise"
              rows={samples}
              rowKey={({ exchange, after }) => `${exchange}>${after}`}
              columns={[
                {
                  title: 'Time',
                  cell: ({ exchange, time }) => (
                    <Link to="/traffic/$id" params={{ id: exchange }} data-row>
                      <Time time={time} />
                    </Link>
                  ),
                },
                { title: 'Decision', cell: (row) => <Transition {...row} /> },
                { title: 'By', cell: ({ policies }) => <span className="mono">{policies.join(', ')}</span> },
                { title: 'Found', wide: true, cell: ({ classes: found }) => found.map(toWords).join(', ') },
              ]}
            />
          </Panel>
        </>
      )}
    </>
  );
}
