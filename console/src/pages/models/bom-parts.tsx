// What a model is made of: libraries that it asks for, and files with their digests.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { BomFacts } from '../../contract.ts';
import { formatBytes, formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import classes from './models.module.css';
import { LongName } from './words.tsx';

const FEW = 25;
const STEP = 200;

export function BomParts({ facts: { libraries, files } }: { readonly facts: BomFacts }): ReactNode {
  const [most, setMost] = useState(FEW);
  return (
    <>
      {libraries.length > 0 && (
        <Panel title="Libraries" aside={formatCount(libraries.length)} flush>
          <Table
            label="Libraries that it asks for"
            rows={libraries.slice(0, STEP)}
            rowKey={({ name, version }) => `${name} ${version ?? ''}`}
            columns={[
              { title: 'Name', cell: ({ name }) => <OutsideText text={name} /> },
              { title: 'Version', cell: ({ version }) => <OutsideText text={version ?? '–'} /> },
              { title: 'Named in', cell: ({ source }) => <LongName name={source} /> },
            ]}
          />
        </Panel>
      )}
      <Panel title="Components" aside={`${formatCount(files.length)} files with a digest`} flush>
        <Table
          label="Files with their digests"
          rows={files.slice(0, most)}
          rowKey={({ path }) => path}
          columns={[
            {
              title: 'Path',
              cell: ({ path }) => (
                <span className="mono">
                  <LongName name={path} />
                </span>
              ),
            },
            { title: 'Size', align: 'right', cell: ({ size }) => formatBytes(size) },
            {
              title: 'SHA-256',
              wide: true,
              cell: ({ sha256 }) => <span className={`mono ${classes.digest}`}>{sha256}</span>,
            },
          ]}
        />
        {files.length > most && (
          <p className={classes.more}>
            <Button size="compact-sm" variant="default" onClick={() => setMost(most + STEP)}>
              More
            </Button>
          </p>
        )}
      </Panel>
    </>
  );
}
