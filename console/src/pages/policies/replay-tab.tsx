// What the files as they stand here would have ruled on what passed.
import { Button, Select } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { formatCount } from '../../parts/format.ts';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Differences } from './differences.tsx';
import classes from './policies.module.css';
import type { PolicyDraft } from './use-policy-draft.ts';

const SPANS = [
  { value: '24', label: 'the last 24 hours' },
  { value: '168', label: 'the last 7 days' },
  { value: '720', label: 'the last 30 days' },
];
const HOUR_MS = 3_600_000;
/** The newest exchanges of the span: as many as the server rules on again within seconds. */
const LIMIT = 2_000;

export function ReplayTab({ draft }: { readonly draft: PolicyDraft }): ReactNode {
  const [hours, setHours] = useState('168');
  const replay = useChange('replayPolicies');
  const run = (): void =>
    replay.mutate({
      files: [...draft.files],
      from: new Date(Date.now() - Number(hours) * HOUR_MS).toISOString(),
      to: new Date().toISOString(),
      limit: LIMIT,
    });
  return (
    <>
      <Panel title={draft.changed.size > 0 ? 'Test your changes' : 'Test the set as it is'}>
        <p className="dim">
          The records of what passed (the newest {formatCount(LIMIT)} exchanges) are ruled on again, by the files as
          they stand here. What a detector saw stays as it was; nothing is sent anywhere, and nothing is put in force.
        </p>
        <div className={classes.run}>
          <Select label="Records of" data={SPANS} value={hours} onChange={(value) => setHours(value ?? '168')} />
          <Button onClick={run} loading={replay.isPending} disabled={draft.check?.ok === false}>
            Run the test
          </Button>
        </div>
        {draft.check?.ok === false && <p role="alert">The set is not valid: its problems are under Files.</p>}
        {replay.error !== null && <FailureNote failure={replay.error} onRetry={run} />}
      </Panel>
      {replay.data !== undefined && (
        <Differences replay={replay.data} same="Every exchange would have been ruled on as it was" />
      )}
    </>
  );
}
