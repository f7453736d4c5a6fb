// The upstreams, and whether they are asked at present.
import type { ReactNode } from 'react';
import type { UpstreamHealth } from '../../contract.ts';
import { formatCount, formatDuration, formatShare } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';

const STATES: Readonly<Record<UpstreamHealth['state'], readonly [word: string, tone: Tone]>> = {
  ok: ['answers', 'good'],
  open: ['passed over', 'bad'],
  trying: ['being tried', 'warn'],
};

export function UpstreamList({ upstreams }: { readonly upstreams: readonly UpstreamHealth[] }): ReactNode {
  if (upstreams.length === 0) {
    return (
      <Panel title="Upstreams">
        <Empty icon="upstream" title="No upstream is configured">
          <p>
            Name one under <code>upstreams</code> in the configuration, and reload it.
          </p>
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Upstreams" flush>
      <Table
        label="Upstreams"
        rows={upstreams}
        rowKey={({ name }) => name}
        columns={[
          { title: 'Name', cell: ({ name }) => <strong>{name}</strong> },
          { title: 'State', cell: ({ state }) => <Tag tone={STATES[state][1]}>{STATES[state][0]}</Tag> },
          { title: 'Kind', wide: true, cell: ({ kind }) => kind },
          {
            title: 'Under way',
            align: 'right',
            cell: ({ inflight, concurrency }) =>
              concurrency === null ? formatCount(inflight) : `${formatCount(inflight)} of ${formatCount(concurrency)}`,
          },
          {
            title: 'To first byte',
            align: 'right',
            cell: ({ latencyMs }) => (latencyMs === null ? '–' : formatDuration(latencyMs)),
          },
          { title: 'Requests', align: 'right', wide: true, cell: ({ requests }) => formatCount(requests) },
          {
            title: 'Failed',
            align: 'right',
            cell: ({ requests, failures }) =>
              failures === 0 ? '0' : `${formatCount(failures)} (${formatShare(failures / Math.max(requests, 1))})`,
          },
          {
            title: 'Last failure',
            wide: true,
            cell: ({ lastFailure }) =>
              lastFailure === undefined ? (
                <span className="dim">none</span>
              ) : (
                <>
                  <OutsideText text={lastFailure.reason} /> <Time time={lastFailure.time} as="distance" />
                </>
              ),
          },
        ]}
      />
    </Panel>
  );
}
