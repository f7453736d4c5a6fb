// What rules were met by, newest first.
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import { formatCount } from '../../parts/format.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Answered, Empty, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { SeverityTag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';

const SHOWN = 20;
const REFRESH_MS = 5_000;

export function Detections(): ReactNode {
  const query = useApi('getDetections', { limit: SHOWN }, { keep: true, every: REFRESH_MS });
  return (
    <Answered query={query} loading={<Loading lines={4} />}>
      {({ detections }) =>
        detections.length === 0 ? (
          <Panel title="Detections">
            <Empty icon="detector" title="No rule was met" />
          </Panel>
        ) : (
          <Panel title="Detections" aside={detections.length >= SHOWN && `the last ${SHOWN}`} flush>
            <Table
              label="Detections, newest first"
              rows={detections}
              rowKey={({ detection }) => detection}
              columns={[
                { title: 'Time', cell: ({ time }) => <Time time={time} as="distance" /> },
                { title: 'Severity', cell: ({ severity }) => <SeverityTag severity={severity} /> },
                { title: 'What', cell: ({ title }) => <OutsideText text={title} /> },
                {
                  title: 'Whom',
                  wide: true,
                  cell: ({ involved: { principal, model, server, tool } }) =>
                    principal === undefined ? (
                      <OutsideText text={[server, tool, model].filter((each) => each !== undefined).join(' ') || '–'} />
                    ) : (
                      <KeyName id={principal} />
                    ),
                },
                { title: 'Count', align: 'right', wide: true, cell: ({ count }) => formatCount(Math.round(count)) },
              ]}
            />
          </Panel>
        )
      }
    </Answered>
  );
}
