// Versions of models as rows.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type ModelSummary, isAtLeast } from '../../contract.ts';
import { formatBytes, formatCount } from '../../parts/format.ts';
import { Identifier } from '../../parts/identifier.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './models.module.css';
import { LongName, ModelStateTag, VerdictTag, shortRevision } from './words.tsx';

export function ModelList({ models }: { readonly models: readonly ModelSummary[] }): ReactNode {
  return (
    <Table
      label="Versions of models, the last changed first"
      rows={models}
      rowKey={({ id }) => id}
      columns={[
        {
          title: 'Model',
          cell: ({ id, repo, source, revision }) => (
            <div className={classes.name}>
              <Link to="/models/version" search={{ id }} data-row>
                <LongName name={repo} />
              </Link>
              <div className={classes.revision}>
                <OutsideText text={`${source} @ ${shortRevision(revision)}`} />
              </div>
            </div>
          ),
        },
        { title: 'State', cell: ({ state }) => <ModelStateTag state={state} /> },
        {
          title: 'Verdict',
          cell: ({ scanned, verdict }) =>
            scanned === 0 ? <span className="dim">–</span> : <VerdictTag verdict={verdict} />,
        },
        {
          title: 'Worst finding',
          wide: true,
          cell: ({ findings: [worst] }) =>
            worst === undefined ? (
              ''
            ) : (
              <span className={isAtLeast(worst.severity, 'medium') ? undefined : 'dim'}>
                <Identifier name={worst.rule} />
              </span>
            ),
        },
        { title: 'Licence', wide: true, cell: ({ licence }) => <OutsideText text={licence ?? '–'} /> },
        { title: 'Size', align: 'right', wide: true, cell: ({ bytes }) => formatBytes(bytes) },
        { title: 'Pulls', align: 'right', wide: true, cell: ({ pulls }) => formatCount(pulls) },
        { title: 'Changed', wide: true, cell: ({ changed }) => <Time time={changed} as="distance" /> },
      ]}
    />
  );
}
