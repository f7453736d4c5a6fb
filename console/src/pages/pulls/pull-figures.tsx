// Pulls of the last days in figures: how much, how it ended, who pulled most.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { PullFigures } from '../../contract.ts';
import { StackedBars } from '../../parts/charts.tsx';
import { formatBytes, formatCompact, formatCount } from '../../parts/format.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { Panel } from '../../parts/page.tsx';
import { Stat, Stats } from '../../parts/stat.tsx';
import { Table } from '../../parts/table.tsx';
import classes from './pulls.module.css';

const MOST_KEYS = 6;

export function Figures({ figures }: { readonly figures: PullFigures }): ReactNode {
  const { bytes, outcomes, unusual, series, stepMs, principals, complete } = figures;
  return (
    <>
      <Stats>
        <Stat
          label="Bytes"
          value={formatBytes(bytes)}
          note={complete ? 'sent to clients' : 'of the newest pulls only'}
        />
        <Stat label="Served" value={formatCompact(outcomes.served)} note="files" />
        <Stat label="Refused" value={formatCompact(outcomes.refused)} note="by policy, state or bounds" />
        <Stat label="Cut" value={formatCompact(outcomes.cut)} note="withdrawn, or the client went" />
        <Stat label="Faults" value={formatCompact(outcomes.fault)} note="sources and disks" />
        <Stat label="Unusual" value={formatCompact(unusual)} note="many models or bytes at once" />
      </Stats>
      <div className={classes.pair}>
        <Panel title="Bytes">
          <StackedBars
            label="Bytes sent over time"
            points={series.map(({ time, bytes: sent }) => ({ time, sent }))}
            series={[{ name: 'sent', label: 'Sent', color: 'var(--accent)' }]}
            format={formatBytes}
            stepMs={stepMs}
            height={170}
          />
        </Panel>
        <Panel title="Keys that pulled most" flush>
          <Table
            label="Keys by bytes"
            rows={principals.slice(0, MOST_KEYS)}
            rowKey={({ id }) => id}
            columns={[
              { title: 'Key', cell: ({ id }) => <KeyName id={id} /> },
              { title: 'Bytes', align: 'right', cell: (row) => formatBytes(row.bytes) },
              {
                title: 'Pulls',
                align: 'right',
                cell: ({ id, pulls }) => (
                  <Link to="/pulls" search={{ principal: id }}>
                    {formatCount(pulls)}
                  </Link>
                ),
              },
              { title: 'Refused', align: 'right', cell: ({ refused }) => formatCount(refused) },
            ]}
          />
        </Panel>
      </div>
    </>
  );
}
