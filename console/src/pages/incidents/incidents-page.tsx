// Incidents, what is contained at the moment, and the one action that stops everything.
import { SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useApi } from '../../api/query.ts';
import type { Incident, IncidentState } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered, Empty, FailureNote } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { SeverityTag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { ContainButton } from './contain-button.tsx';
import { ContainmentList } from './containment-list.tsx';
import classes from './incidents.module.css';
import { OpenIncident } from './open-incident.tsx';
import { IncidentStateTag } from './words.tsx';

const REFRESH_MS = 5_000;
const SHOWN = 100;
const FILTERS = ['all', 'open', 'investigating', 'contained', 'closed'] as const;

function Incidents({ state }: { readonly state: IncidentState | undefined }): ReactNode {
  const query = useApi('listIncidents', { state, limit: SHOWN }, { keep: true, every: REFRESH_MS });
  return (
    <Answered query={query}>
      {({ incidents }) =>
        incidents.length === 0 ? (
          <Panel>
            <Empty icon="check" title={state === undefined ? 'No incidents' : `None is ${state}`}>
              <p>Detections that are bad enough open one; whoever sees something opens one by hand.</p>
            </Empty>
          </Panel>
        ) : (
          <Panel title="Incidents" aside={incidents.length >= SHOWN && `the last ${SHOWN}`} flush>
            <Table<Incident>
              label="Incidents, those that changed last first"
              rows={incidents}
              rowKey={({ id }) => id}
              columns={[
                { title: 'Severity', cell: ({ severity }) => <SeverityTag severity={severity} /> },
                {
                  title: 'Incident',
                  cell: ({ id, title }) => (
                    <Link to="/incidents/$id" params={{ id }}>
                      <OutsideText text={title} />
                    </Link>
                  ),
                },
                { title: 'State', cell: ({ state: now }) => <IncidentStateTag state={now} /> },
                { title: 'Detections', align: 'right', wide: true, cell: ({ detections }) => formatCount(detections) },
                { title: 'Owner', wide: true, cell: ({ owner }) => <OutsideText text={owner ?? '–'} /> },
                { title: 'Changed', wide: true, cell: ({ changed }) => <Time time={changed} as="distance" /> },
              ]}
            />
          </Panel>
        )
      }
    </Answered>
  );
}

export function IncidentsPage(): ReactNode {
  const [filter, setFilter] = useState<(typeof FILTERS)[number]>('all');
  const contained = useApi('listContainments', {}, { keep: true, every: REFRESH_MS });
  const containments = contained.data?.containments ?? [];
  return (
    <Page
      title="Incidents"
      lead="What belongs together, what was done about it, and what holds at the moment."
      actions={
        <>
          <OpenIncident />
          <ContainButton label="Freeze everything" action="freeze" target={{}} loud />
        </>
      }
    >
      {contained.error !== null && <FailureNote failure={contained.error} />}
      {containments.length > 0 && (
        <Panel title="In force" aside={formatCount(containments.length)}>
          <ContainmentList containments={containments} />
        </Panel>
      )}
      <div className={classes.filters}>
        <SegmentedControl
          aria-label="State"
          value={filter}
          onChange={(value) => setFilter(value as typeof filter)}
          data={FILTERS.map((value) => ({ value, label: value[0]!.toUpperCase() + value.slice(1) }))}
        />
      </div>
      <Incidents state={filter === 'all' ? undefined : filter} />
    </Page>
  );
}
