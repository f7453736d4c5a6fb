// Logs of cloud services that are read as they come: how far each source is, and what could not be read of it.
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { ImportView } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Sample } from '../../parts/sample.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Tone } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { Item, Items } from './item.tsx';
import classes from './nodes.module.css';

const REFRESH_MS = 3_000;

const TONES: Readonly<Record<ImportView['state'], Tone>> = {
  stopped: 'plain',
  reading: 'accent',
  waiting: 'good',
  failing: 'bad',
};

const SERVICES: Readonly<Record<ImportView['format'], string>> = {
  bedrock: 'Amazon Bedrock',
  azure: 'Azure OpenAI',
  vertex: 'Vertex AI',
};

const SOURCE = `imports:
  bedrock:
    kind: files
    format: bedrock
    path: logs/bedrock`;

function BadLines({ name, badLines, bad }: ImportView): ReactNode {
  const label = `Bad lines of ${name}`;
  return (
    <section className={classes.bad} aria-label={label}>
      <h4>
        Not on record: {formatCount(badLines)} {badLines === 1 ? 'line' : 'lines'}
        {badLines > bad.length && `, the last ${formatCount(bad.length)}`}
      </h4>
      <Table
        label={label}
        rows={bad.map((line, i) => ({ ...line, i }))}
        rowKey={({ i }) => String(i)}
        columns={[
          { title: 'File', cell: ({ file }) => <OutsideText text={file} /> },
          { title: 'Line', align: 'right', cell: ({ line }) => (line === undefined ? '–' : formatCount(line)) },
          { title: 'Why', cell: ({ message }) => <OutsideText text={message} /> },
        ]}
      />
    </section>
  );
}

function Source({ source }: { readonly source: ImportView }): ReactNode {
  const { name, format, from, state, fault, level, files, added, known, findings, badLines } = source;
  return (
    <Item
      name={name}
      state={state}
      tone={TONES[state]}
      aside={SERVICES[format]}
      {...(fault === undefined
        ? {}
        : {
            wrong: (
              <>
                <p>The last look at it did not come to its end. It is tried again at the next one.</p>
                <p>
                  <OutsideText text={fault} />
                </p>
              </>
            ),
          })}
      facts={[
        ['From', <OutsideText key="from" text={from} />],
        ['All on record', level === undefined ? 'not yet' : <Time key="level" time={level} as="distance" />],
        ['Files read', formatCount(files)],
        ['Calls', `${formatCount(added)} new, ${formatCount(known)} known`],
        ['Findings', formatCount(findings)],
        ['Bad lines', badLines === 0 ? 'none' : formatCount(badLines)],
      ]}
    >
      {badLines > 0 && <BadLines {...source} />}
    </Item>
  );
}

export function ImportList(): ReactNode {
  const query = useApi('listImports', {}, { keep: true, every: REFRESH_MS });
  return (
    <Panel title="Imports" aside="Counts are since the start of this server">
      <Answered query={query}>
        {({ imports }) =>
          imports.length === 0 ? (
            <Empty icon="pull" title="No log is read as it comes">
              <p>Name a file, a folder or a bucket in the configuration, and reload it:</p>
              <Sample label="A source of logs" text={SOURCE} />
              <p>
                The guide <code>docs/guides/monitoring.md</code> has the rest: services, buckets, what is kept of a
                call.
              </p>
            </Empty>
          ) : (
            <Items>
              {imports.map((source) => (
                <Source key={source.name} source={source} />
              ))}
            </Items>
          )
        }
      </Answered>
    </Panel>
  );
}
