// What is open now, and what is contained: the first thing to know of a morning.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Answered, Empty, Loading } from '../../parts/states.tsx';
import { SeverityTag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { IncidentStateTag } from '../incidents/words.tsx';
import classes from './overview.module.css';

const REFRESH_MS = 10_000;
const SHOWN = 6;
const LOOKED_AT = 200;

export function OpenIncidents(): ReactNode {
  const query = useApi('listIncidents', { limit: LOOKED_AT }, { every: REFRESH_MS });
  const { data: contained } = useApi('listContainments', { all: false }, { every: REFRESH_MS });
  const inForce = contained?.containments.filter(({ state }) => state === 'effective').length ?? 0;
  return (
    <Panel
      title="Incidents that are open"
      aside={inForce > 0 && <Link to="/incidents">{formatCount(inForce)} contained now</Link>}
    >
      <Answered query={query} loading={<Loading lines={4} />}>
        {({ incidents }) => {
          const open = incidents.filter(({ state }) => state !== 'closed');
          if (open.length === 0) {
            return (
              <Empty icon="check" title="None">
                <p>Detections of monitoring rules open one; so does anybody who may, under Incidents.</p>
              </Empty>
            );
          }
          return (
            <ul className={classes.incidents}>
              {open.slice(0, SHOWN).map(({ id, title, severity, state, changed }) => (
                <li key={id}>
                  <SeverityTag severity={severity} />
                  <Link to="/incidents/$id" params={{ id }}>
                    <OutsideText text={title} />
                  </Link>
                  <IncidentStateTag state={state} />
                  <span className="dim">
                    <Time time={changed} as="distance" />
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Answered>
    </Panel>
  );
}
