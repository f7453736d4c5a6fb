// The detectors, and what each costs a stream.
import type { ReactNode } from 'react';
import type { DetectorView } from '../../contract.ts';
import { formatCount, toWords } from '../../parts/format.ts';
import { Panel } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag } from '../../parts/tag.tsx';

export function DetectorList({ detectors }: { readonly detectors: readonly DetectorView[] }): ReactNode {
  return (
    <Panel flush>
      <Table
        label="Detectors"
        rows={detectors}
        rowKey={({ id }) => id}
        columns={[
          { title: 'Detector', cell: ({ id }) => <strong className="mono nowrap">{id}</strong> },
          {
            title: 'State',
            cell: ({ enabled }) => <Tag tone={enabled ? 'good' : 'warn'}>{enabled ? 'runs' : 'off'}</Tag>,
          },
          { title: 'What it does', cell: ({ description }) => description },
          { title: 'Classes', wide: true, cell: ({ classes }) => classes.map(toWords).join(', ') },
          {
            title: 'Rules',
            align: 'right',
            cell: ({ rules }) => (rules.length === 0 ? 'code' : formatCount(rules.length)),
          },
          {
            title: 'Holds a stream back by',
            align: 'right',
            wide: true,
            cell: ({ reach }) => (reach === null ? 'unbounded, only flags' : `${formatCount(reach)} characters`),
          },
        ]}
      />
    </Panel>
  );
}
