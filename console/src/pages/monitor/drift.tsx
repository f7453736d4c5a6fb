// How far the traffic of each model is from its pinned baseline.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { DriftReport } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Answered, FailureNote } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './monitor.module.css';

/** The feature that is farthest off, by its PSI. */
function farthest({ sides }: DriftReport): string {
  const all = sides.flatMap(({ side, features }) => features.map((feature) => ({ side, ...feature })));
  const worst = all.sort((a, b) => b.psi - a.psi)[0];
  return worst === undefined ? '–' : `${worst.side} ${worst.name}: PSI ${worst.psi.toFixed(2)}`;
}

function Pin({ report: { model, baseline } }: { readonly report: DriftReport }): ReactNode {
  const may = useMay('policies.manage');
  const pin = useChange('pinBaseline', ['getDrift']);
  const unpin = useChange('unpinBaseline', ['getDrift']);
  const failure = pin.error ?? unpin.error;
  if (!may) return null;
  return (
    <div className={classes.pin}>
      <Button size="compact-sm" variant="default" loading={pin.isPending} onClick={() => pin.mutate({ model })}>
        {baseline === undefined ? 'Pin' : 'Pin anew'}
      </Button>
      {baseline !== undefined && (
        <Button size="compact-sm" variant="default" loading={unpin.isPending} onClick={() => unpin.mutate({ model })}>
          Take off
        </Button>
      )}
      {failure !== null && <FailureNote failure={failure} />}
    </div>
  );
}

export function Drift(): ReactNode {
  const query = useApi('getDrift', {}, { keep: true });
  return (
    <Answered query={query}>
      {({ models }) =>
        models.length === 0 ? null : (
          <Panel title="Drift" flush>
            <Table<DriftReport>
              label="Models and their baselines"
              rows={models}
              rowKey={({ model }) => model}
              columns={[
                { title: 'Model', cell: ({ model }) => <OutsideText text={model} /> },
                { title: 'Seen', align: 'right', wide: true, cell: ({ seen }) => formatCount(seen) },
                {
                  title: 'Baseline',
                  cell: ({ baseline }) => (baseline === undefined ? 'none' : <Time time={baseline.pinned} as="date" />),
                },
                { title: 'Farthest off', wide: true, cell: (report) => farthest(report) },
                { title: 'Pin', cell: (report) => <Pin report={report} /> },
              ]}
            />
          </Panel>
        )
      }
    </Answered>
  );
}
