// The files of a version: what each is, what the scan said, and where a copy of it is.
import { Button, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { ModelView } from '../../contract.ts';
import { formatBytes, formatCount } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag } from '../../parts/tag.tsx';
import classes from './models.module.css';
import { LongName, VerdictTag } from './words.tsx';
import { sortFiles } from './worst.ts';

type File = ModelView['files'][number];

const FEW = 25;
const STEP = 200;

function Copy({ copy }: Pick<File, 'copy'>): ReactNode {
  if (copy === undefined) return <span className="dim">none</span>;
  return copy === 'served' ? 'cached' : 'quarantine';
}

export function ModelFiles({ files }: { readonly files: readonly File[] }): ReactNode {
  const [words, setWords] = useState('');
  const [most, setMost] = useState(FEW);
  const fit = sortFiles(files.filter(({ path }) => path.toLowerCase().includes(words.trim().toLowerCase())));
  return (
    <Panel
      title="Files"
      aside={`${formatCount(files.length)}, ${formatBytes(files.reduce((sum, { size }) => sum + size, 0))}`}
      flush
    >
      {files.length > FEW && (
        <div className={classes.fileSearch}>
          <TextInput
            type="search"
            aria-label="Search files"
            placeholder="Part of a path"
            leftSection={<Icon name="search" />}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
        </div>
      )}
      <Table
        label="Files of this version, the worst first"
        rows={fit.slice(0, most)}
        rowKey={({ path }) => path}
        columns={[
          {
            title: 'Path',
            cell: ({ path, accepted, sha256 }) => (
              <div className={classes.name}>
                <span className="mono">
                  <LongName name={path} />
                </span>{' '}
                {accepted === true && <Tag>accepted</Tag>}
                {sha256 !== undefined && (
                  <div className={classes.revision} title={`SHA-256 ${sha256}`}>
                    {sha256.slice(0, 16)}…
                  </div>
                )}
              </div>
            ),
          },
          {
            title: 'Verdict',
            cell: ({ verdict }) =>
              verdict === undefined ? (
                <span className="dim nowrap">not fetched</span>
              ) : (
                <VerdictTag verdict={verdict} />
              ),
          },
          { title: 'Format', wide: true, cell: ({ format }) => <OutsideText text={format ?? '–'} /> },
          { title: 'Size', align: 'right', cell: ({ size }) => formatBytes(size) },
          { title: 'Copy', wide: true, cell: ({ copy }) => <Copy copy={copy} /> },
        ]}
      />
      {fit.length > most && (
        <p className={classes.more}>
          <Button size="compact-sm" variant="default" onClick={() => setMost(most + STEP)}>
            More
          </Button>{' '}
          <span className="dim">
            {formatCount(most)} of {formatCount(fit.length)}
          </span>
        </p>
      )}
    </Panel>
  );
}
