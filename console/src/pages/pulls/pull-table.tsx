// Pulls as rows, newest first; a row opens what its record says.
import { UnstyledButton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { PullRecord } from '../../contract.ts';
import { formatBytes } from '../../parts/format.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { LongName, partsOfId, shortRevision } from '../models/words.tsx';
import { PullDetails } from './pull-details.tsx';
import { PullOutcomeTag } from './pull-words.tsx';
import classes from './pulls.module.css';

/** A refusal as clients are told it begins with the model, which stands beside it here. */
const withoutModel = (reason: string): string => reason.replace(/^\S+ is refused: /, '');

function Notes({ pull: { unusual = [], reason } }: { readonly pull: PullRecord }): ReactNode {
  return (
    <div className={classes.notes}>
      {unusual.map(({ rule }) => (
        <Tag key={rule} tone="warn">
          {rule.replace('pull.', '').replaceAll('-', ' ')}
        </Tag>
      ))}
      {reason !== undefined && (
        <span className={classes.reason}>
          <OutsideText text={withoutModel(reason)} />
        </span>
      )}
    </div>
  );
}

export function PullTable({ pulls }: { readonly pulls: readonly PullRecord[] }): ReactNode {
  const [opened, setOpened] = useState<PullRecord>();
  return (
    <>
      <Table
        label="Pulls, newest first"
        rows={pulls}
        rowKey={({ seq }) => String(seq)}
        columns={[
          {
            title: 'Time',
            cell: (pull) => (
              <UnstyledButton className={classes.open} aria-haspopup="dialog" onClick={() => setOpened(pull)}>
                <Time time={pull.time} />
                <span className="sr">, all of the record</span>
              </UnstyledButton>
            ),
          },
          { title: 'Outcome', cell: ({ outcome }) => <PullOutcomeTag outcome={outcome} /> },
          { title: 'Key', wide: true, cell: ({ principal }) => <KeyName id={principal} /> },
          {
            title: 'Model and file',
            cell: ({ model, file }) => {
              const { repo, revision } = partsOfId(model);
              return (
                <div className={classes.what}>
                  <Link to="/models/version" search={{ id: model }}>
                    <LongName name={repo} />
                  </Link>{' '}
                  <span className="mono dim">
                    <OutsideText text={shortRevision(revision)} />
                  </span>
                  <div className="mono">
                    <LongName name={file} />
                  </div>
                </div>
              );
            },
          },
          { title: 'Bytes', align: 'right', wide: true, cell: ({ bytes }) => formatBytes(bytes) },
          { title: 'Notes', wide: true, cell: (pull) => <Notes pull={pull} /> },
        ]}
      />
      {opened !== undefined && <PullDetails pull={opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}
