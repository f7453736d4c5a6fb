// What else happened to models beside pulls: what was pushed through the gateway, what clusters asked, and what registries told of.
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { StoredRecord } from '../../contract.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { LongName } from '../models/words.tsx';
import classes from './pulls.module.css';

const SHOWN = 20;
const REFRESH_MS = 15_000;
const KINDS = ['artifact.push', 'admission.review', 'registry.event'] as const;
type Kind = (typeof KINDS)[number];
type Shown = Extract<StoredRecord, { kind: Kind }>;

const TITLES: Readonly<Record<Kind, string>> = {
  'artifact.push': 'Pushes',
  'admission.review': 'Asked by clusters',
  'registry.event': 'Told by registries',
};

const TONES: Readonly<Record<Shown['outcome'], Tone>> = {
  sent: 'good',
  allowed: 'good',
  admitted: 'good',
  exempt: 'plain',
  waiting: 'plain',
  warned: 'warn',
  fault: 'warn',
  refused: 'bad',
  denied: 'bad',
};

/** What it is about, in its own words. */
function subjectOf(record: Shown): string {
  switch (record.kind) {
    case 'artifact.push':
      return record.tag === undefined ? record.model : `${record.model} as ${record.tag}`;
    case 'admission.review': {
      const { kind, namespace, name } = record.object;
      return `${record.operation} ${kind} ${[namespace, name].filter((each) => each !== undefined).join('/')}`;
    }
    case 'registry.event':
      return `${record.source}: ${record.subject}${record.alias === undefined ? '' : ` as ${record.alias}`}`;
  }
}

function By({ record }: { readonly record: Shown }): ReactNode {
  if (record.kind === 'artifact.push') return <KeyName id={record.principal} />;
  return <OutsideText text={record.kind === 'admission.review' ? record.principal : record.event} />;
}

/** The newest records of a kind; nothing where there are none. */
function Records({ kind }: { readonly kind: Kind }): ReactNode {
  const { data, error, refetch } = useApi('searchRecords', { kind, limit: SHOWN }, { keep: true, every: REFRESH_MS });
  if (error !== null) return <FailureNote failure={error} onRetry={() => void refetch()} />;
  const records = (data?.records ?? []).flatMap((record) => (record.kind === kind ? [record as Shown] : []));
  if (records.length === 0) return null;
  return (
    <Panel title={TITLES[kind]} aside={records.length >= SHOWN && `the last ${SHOWN}`} flush>
      <Table
        label={`${TITLES[kind]}, newest first`}
        rows={records}
        rowKey={({ seq }) => String(seq)}
        columns={[
          { title: 'Time', cell: ({ time }) => <Time time={time} /> },
          { title: 'Outcome', cell: ({ outcome }) => <Tag tone={TONES[outcome]}>{outcome}</Tag> },
          { title: 'By', wide: true, cell: (record) => <By record={record} /> },
          {
            title: 'What',
            cell: (record) => (
              <div className={classes.what}>
                <LongName name={subjectOf(record)} />
              </div>
            ),
          },
          {
            title: 'Notes',
            wide: true,
            cell: ({ reason }) =>
              reason !== undefined && (
                <span className={classes.reason}>
                  <OutsideText text={reason} />
                </span>
              ),
          },
        ]}
      />
    </Panel>
  );
}

export function OtherWays(): ReactNode {
  return KINDS.map((kind) => <Records key={kind} kind={kind} />);
}
