// Sinks: where records go besides the ledger, how far each is, and what a receiver would not take.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { SinkView } from '../../contract.ts';
import { formatCount, formatDuration } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Answered, Empty, FailureNote } from '../../parts/states.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { DeadLetters } from './dead-letters.tsx';
import classes from './sinks.module.css';

const REFRESH_MS = 3_000;
const TONES: Readonly<Record<SinkView['state'], Tone>> = {
  current: 'good',
  sending: 'accent',
  retrying: 'bad',
  gone: 'bad',
  stopped: 'plain',
  removed: 'plain',
};

function Test({ name }: { readonly name: string }): ReactNode {
  const may = useMay('system.manage');
  const test = useChange('testSink', ['listSinks']);
  if (!may) return null;
  return (
    <div className={classes.test}>
      <Button size="compact-sm" variant="default" loading={test.isPending} onClick={() => test.mutate({ name })}>
        Send a test
      </Button>
      {test.error !== null && <FailureNote failure={test.error} />}
      {test.data !== undefined && (
        <span role="status">
          <Tag tone={test.data.accepted ? 'good' : 'bad'}>{test.data.accepted ? 'accepted' : 'not accepted'}</Tag> after{' '}
          {Math.round(test.data.durationMs)} ms
          {test.data.reason !== undefined && (
            <>
              {': '}
              <OutsideText text={test.data.reason} />
            </>
          )}
        </span>
      )}
    </div>
  );
}

function Sink({ sink }: { readonly sink: SinkView }): ReactNode {
  const { name, kind, target, state, cursor, lag, delivered, retries, lastError, lastDelivery, deadLetters, gaps } =
    sink;
  return (
    <Panel
      title={<OutsideText text={name} />}
      aside={
        <span className={classes.state}>
          {kind}
          <Tag tone={TONES[state]}>{state}</Tag>
        </span>
      }
    >
      <Facts
        facts={[
          ...(target === undefined ? [] : ([['To', <OutsideText key="to" text={target} />]] as const)),
          [
            'Behind by',
            lag.records === 0
              ? 'nothing'
              : `${formatCount(lag.records)} records, ${formatDuration(lag.seconds * 1000)}`,
          ],
          ['Next record', formatCount(cursor)],
          ['Delivered', `${formatCount(delivered)} since the start`],
          ['Tried again', formatCount(retries)],
          ...(lastDelivery === undefined
            ? []
            : ([['Last delivery', <Time key="last" time={lastDelivery} as="distance" />]] as const)),
          ...gaps.map(
            ({ from, to }) => ['Gap', `records ${formatCount(from)} to ${formatCount(to - 1)} were pruned`] as const,
          ),
        ]}
      />
      {lastError !== undefined && (
        <p className={classes.error}>
          <Time time={lastError.time} as="distance" />: <OutsideText text={lastError.message} />
        </p>
      )}
      <Test name={name} />
      {deadLetters > 0 && <DeadLetters name={name} />}
    </Panel>
  );
}

export function SinksPage(): ReactNode {
  const query = useApi('listSinks', {}, { keep: true, every: REFRESH_MS });
  return (
    <Page
      title="Sinks"
      lead="Where records go besides the ledger: each at least once, in order, from a place of its own."
    >
      <Answered query={query}>
        {({ sinks }) =>
          sinks.length === 0 ? (
            <Panel>
              <Empty icon="upstream" title="Nothing is told elsewhere">
                <p>
                  Name a SIEM, a queue or a file under <code>export</code> in the configuration.
                </p>
              </Empty>
            </Panel>
          ) : (
            <div className={classes.sinks}>
              {sinks.map((sink) => (
                <Sink key={sink.name} sink={sink} />
              ))}
            </div>
          )
        }
      </Answered>
    </Page>
  );
}
