// One incident: what it is about, what was done, and what can be done next.
import { useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { ApiAnswer, Involved } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Answered, Loading } from '../../parts/states.tsx';
import { SeverityTag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { LedgerProof } from '../exchange/ledger-proof.tsx';
import { Clocks } from './clocks.tsx';
import { ContainButton } from './contain-button.tsx';
import { ContainmentList } from './containment-list.tsx';
import { HandOver } from './hand-over.tsx';
import { Handle } from './handle.tsx';
import classes from './incidents.module.css';
import { Playbooks } from './playbooks.tsx';
import { Timeline } from './timeline.tsx';
import { IncidentStateTag } from './words.tsx';

const REFRESH_MS = 5_000;
const PROVEN = 10;

function About({ about, incident }: { readonly about: Involved; readonly incident: string }): ReactNode {
  const { principal, session, server, tool, model, route, tenant } = about;
  return (
    <li className={classes.about}>
      {principal !== undefined && (
        <div className={classes.aim}>
          <span>
            Key <KeyName id={principal} />
          </span>
          <span className={classes.ways}>
            <ContainButton label="Freeze" action="freeze" target={{ principal }} incident={incident} />
            <ContainButton label="Hold" action="hold" target={{ principal }} incident={incident} />
            <ContainButton label="End grants" action="ungrant" target={{ principal }} incident={incident} />
            <ContainButton
              label="Tighten"
              action="tighten"
              target={{ principal }}
              values={{ policy: 'strict' }}
              incident={incident}
            />
            <ContainButton label="Distrust" action="distrust" target={{ principal }} incident={incident} />
            {principal.startsWith('key_') && (
              <ContainButton label="Revoke" action="revoke" target={{ principal }} incident={incident} />
            )}
          </span>
        </div>
      )}
      {session !== undefined && (
        <div className={classes.aim}>
          <span>One conversation</span>
          <ContainButton label="Freeze" action="freeze" target={{ session }} incident={incident} />
        </div>
      )}
      {tool !== undefined && (
        <div className={classes.aim}>
          <span>
            Tool <OutsideText text={tool} />
          </span>
          <ContainButton
            label="Freeze"
            action="freeze"
            target={{ tool, ...(server === undefined ? {} : { server }) }}
            incident={incident}
          />
        </div>
      )}
      {server !== undefined && (
        <div className={classes.aim}>
          <span>
            Tool server <OutsideText text={server} />
          </span>
          <ContainButton label="Freeze" action="freeze" target={{ server }} incident={incident} />
        </div>
      )}
      {model !== undefined && (
        <div className={classes.aim}>
          <span>
            Model <OutsideText text={model} />
          </span>
          {model.includes('@') ? (
            <ContainButton label="Quarantine" action="quarantine" target={{ model }} incident={incident} />
          ) : (
            <ContainButton label="Freeze" action="freeze" target={{ model }} incident={incident} />
          )}
        </div>
      )}
      {route !== undefined && (
        <div className={classes.aim}>
          <span>
            Route <OutsideText text={route} />
          </span>
          <ContainButton label="Freeze" action="freeze" target={{ route }} incident={incident} />
        </div>
      )}
      {tenant !== undefined && (
        <div className={classes.aim}>
          <span>
            Tenant <OutsideText text={tenant} />
          </span>
          <ContainButton label="Freeze" action="freeze" target={{ tenant }} incident={incident} />
        </div>
      )}
    </li>
  );
}

function Answer({ found }: { readonly found: ApiAnswer<'getIncident'> }): ReactNode {
  const { incident, timeline, containments } = found;
  const { id, severity, state, opened, closed, openedBy, owner, techniques, involved, rules, detections, review } =
    incident;
  return (
    <div className={classes.columns}>
      <div className={classes.stack}>
        {containments.length > 0 && (
          <Panel title="Contained">
            <ContainmentList containments={containments} />
          </Panel>
        )}
        <Playbooks id={id} />
        <Timeline records={timeline} />
      </div>
      <div className={classes.stack}>
        <Panel title="What it is">
          <Facts
            facts={[
              ['Severity', <SeverityTag key="severity" severity={severity} />],
              ['State', <IncidentStateTag key="state" state={state} />],
              ['Opened', <Time key="opened" time={opened} as="date" />],
              ['By', <OutsideText key="by" text={openedBy} />],
              ['Owner', <OutsideText key="owner" text={owner ?? 'nobody yet'} />],
              ['Detections', formatCount(detections)],
              ...(techniques.length === 0 ? [] : ([['Techniques', techniques.join(', ')]] as const)),
              ...Object.entries(rules).map(([rule, count]) => [rule, formatCount(count)] as const),
              ...(closed === undefined ? [] : ([['Closed', <Time key="closed" time={closed} as="date" />]] as const)),
              ...(review === undefined ? [] : ([['Learnt', <OutsideText key="review" text={review} />]] as const)),
            ]}
          />
        </Panel>
        {involved.length > 0 && (
          <Panel title="Involved" aside={formatCount(involved.length)}>
            <ul className={classes.abouts}>
              {involved.map((about) => (
                <About key={JSON.stringify(about)} about={about} incident={id} />
              ))}
            </ul>
          </Panel>
        )}
        <Handle incident={incident} />
        <Clocks id={id} />
        <HandOver id={id} />
        {timeline.length > 0 && <LedgerProof records={timeline.slice(-PROVEN)} />}
      </div>
    </div>
  );
}

export function IncidentPage(): ReactNode {
  const { id } = useParams({ from: '/gate/incidents/$id' });
  const query = useApi('getIncident', { id }, { every: REFRESH_MS });
  const title = query.data?.incident.title ?? 'Incident';
  return (
    <Page
      title={<OutsideText text={title} />}
      name={title}
      lead={<span className="mono">{id}</span>}
      actions={<ContainButton label="Freeze everything" action="freeze" target={{}} incident={id} loud />}
    >
      <Answered query={query} loading={<Loading lines={12} />}>
        {(found) => <Answer found={found} />}
      </Answered>
    </Page>
  );
}
