// The state of the program: server, ledger, upstreams.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { AdminStatus } from '../../contract.ts';
import { formatBytes, formatCount, formatShare } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Facts, Stat, Stats } from '../../parts/stat.tsx';
import { Answered, FailureNote } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './health.module.css';
import { LedgerHealth } from './ledger-health.tsx';
import { UpstreamList } from './upstream-list.tsx';

const REFRESH_MS = 3_000;

function Figures({ status }: { readonly status: AdminStatus }): ReactNode {
  const { second } = status;
  return (
    <Stats>
      <Stat
        label="Under way"
        value={formatCount(status.inflight)}
        note={`of ${formatCount(status.concurrency)} at once`}
      />
      <Stat label="Turned away" value={formatCount(status.shed)} note="since the start, for load" />
      <Stat label="Load" value={formatShare(status.utilization)} note="busy, over the last seconds" />
      <Stat label="Memory" value={formatBytes(status.memoryBytes)} note="resident" />
      <Stat
        label="Search index"
        value={status.indexLag === 0 ? 'level' : formatCount(status.indexLag)}
        note={status.indexLag === 0 ? 'every record can be found' : 'records behind'}
      />
      {second !== undefined && (
        <Stat
          label="Second opinions"
          value={formatShare(second.texts === 0 ? 0 : second.asked / second.texts)}
          note={`${formatCount(second.asked)} of ${formatCount(second.texts)} texts asked about, ${formatCount(second.failed)} without an answer`}
        />
      )}
    </Stats>
  );
}

function Reload(): ReactNode {
  const reload = useChange('reloadConfig', ['getStatus', 'getPolicies', 'getDetectors']);
  const may = useMay('system.manage');
  if (!may) return null;
  return (
    <div className={classes.reload}>
      <Button
        variant="default"
        leftSection={<Icon name="refresh" />}
        loading={reload.isPending}
        onClick={() => reload.mutate({})}
      >
        Reload the configuration
      </Button>
      {reload.error !== null && <FailureNote failure={reload.error} />}
      {reload.data !== undefined && (
        <p role="status">
          {reload.data.changed.length === 0 ? 'Nothing has changed.' : `In force: ${reload.data.changed.join(', ')}.`}
          {reload.data.needsRestart.length > 0 && ` Needs a restart: ${reload.data.needsRestart.join(', ')}.`}
        </p>
      )}
    </div>
  );
}

function Server({ status }: { readonly status: AdminStatus }): ReactNode {
  return (
    <Panel title="Server">
      <Facts
        facts={[
          ['Version', status.version],
          [
            'Node',
            <span key="node" className="mono">
              {status.node}
            </span>,
          ],
          ['Started', status.started === undefined ? '–' : <Time key="started" time={status.started} />],
          ['Address', status.address ?? 'not running'],
          [
            'Configuration',
            <span key="file" className="mono">
              {status.configFile ?? 'defaults'}
            </span>,
          ],
          [
            'Its digest',
            <span key="digest" className="mono">
              {status.configDigest?.slice(0, 16) ?? '–'}
            </span>,
          ],
          [
            'Policy set',
            <span key="policy" className="mono">
              {status.policyVersion?.slice(0, 16) ?? '–'}
            </span>,
          ],
        ]}
      />
      <Reload />
    </Panel>
  );
}

export function HealthPage(): ReactNode {
  const query = useApi('getStatus', {}, { every: REFRESH_MS });
  return (
    <Page title="Health" lead="How the program is doing, and whether its memory is whole.">
      <Answered query={query}>
        {(status) => (
          <>
            {query.error !== null && <FailureNote failure={query.error} />}
            <Figures status={status} />
            <UpstreamList upstreams={status.upstreams} />
            <div className={classes.pair}>
              <LedgerHealth ledger={status.ledger} />
              <Server status={status} />
            </div>
          </>
        )}
      </Answered>
    </Page>
  );
}
