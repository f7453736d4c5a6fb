// Grants in force: what passes without asking, by whose word, and the way to take it back.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { ToolGrant } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

/** Their uses are counted elsewhere, milliseconds. */
const REFRESH_MS = 4_000;

const freeOf = ({ arguments: args }: ToolGrant): string =>
  Object.keys(args)
    .filter((name) => args[name]!.digest === undefined)
    .join(', ');

export function Grants(): ReactNode {
  const may = useMay('approvals.decide');
  const { data } = useApi('listGrants', {}, { every: REFRESH_MS });
  const revoke = useChange('revokeGrant', ['listGrants']);
  if (data === undefined || data.grants.length === 0) return null;
  return (
    <Panel title="Grants in force" flush>
      {revoke.error !== null && <FailureNote failure={revoke.error} />}
      <Table
        label="Calls that pass without asking"
        rows={data.grants}
        rowKey={({ id }) => id}
        columns={[
          { title: 'Tool', cell: ({ capability }) => <OutsideText text={capability} /> },
          {
            title: 'Key',
            cell: ({ principal, session }) => (
              <>
                <OutsideText text={principal.name} />
                {session === undefined ? '' : ', one session'}
              </>
            ),
          },
          { title: 'Any value of', wide: true, cell: (grant) => <OutsideText text={freeOf(grant)} /> },
          { title: 'Used', cell: ({ used, uses }) => `${used} of ${uses}` },
          { title: 'Until', cell: ({ expires }) => <Time time={expires} /> },
          {
            title: 'By',
            wide: true,
            cell: ({ made, approval }) => (
              <Link to="/approvals/$id" params={{ id: approval }}>
                <OutsideText text={made.actor} />
              </Link>
            ),
          },
          {
            title: 'Take back',
            cell: ({ id, capability }) =>
              may && (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Revoke the grant of ${capability}`}
                  disabled={revoke.isPending}
                  onClick={() => revoke.mutate({ id })}
                >
                  Revoke
                </Button>
              ),
          },
        ]}
      />
    </Panel>
  );
}
