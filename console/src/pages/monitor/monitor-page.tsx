// Monitoring: rules over the record stream and what they met, tried on the past; and how far models drift.
import { type ReactNode, useState } from 'react';
import { useApi } from '../../api/query.ts';
import type { MonitorRuleView } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Stat, Stats } from '../../parts/stat.tsx';
import { Answered, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { SeverityTag, Tag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { Detections } from './detections.tsx';
import { Drift } from './drift.tsx';
import classes from './monitor.module.css';
import { TryRule } from './try-rule.tsx';

const REFRESH_MS = 5_000;

function matches({ id, title, techniques }: MonitorRuleView, words: string): boolean {
  const text = [id, title, ...techniques].join(' ').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function Rules({ rules }: { readonly rules: readonly MonitorRuleView[] }): ReactNode {
  const [words, setWords] = useState('');
  const found = rules
    .filter((rule) => matches(rule, words))
    .sort((a, b) => b.fired - a.fired || (a.id < b.id ? -1 : 1));
  return (
    <Panel
      title="Rules"
      aside={
        <SearchField label="Search the rules" placeholder="A rule or a technique" text={words} onSearch={setWords} />
      }
      flush
    >
      <Table<MonitorRuleView>
        label="Rules, those that were met most first"
        rows={found}
        rowKey={({ id }) => id}
        columns={[
          {
            title: 'Rule',
            cell: ({ id, title, state, source }) => (
              <div className={classes.rule}>
                <OutsideText text={title} />
                <span className={classes.id}>
                  <OutsideText text={id} />
                  {state !== 'on' && <Tag tone={state === 'off' ? 'plain' : 'accent'}>{state}</Tag>}
                  {source !== 'shipped' && <Tag>own</Tag>}
                </span>
              </div>
            ),
          },
          { title: 'Severity', cell: ({ severity }) => <SeverityTag severity={severity} /> },
          { title: 'Met', align: 'right', cell: ({ fired }) => formatCount(fired) },
          {
            title: 'Last',
            wide: true,
            cell: ({ lastFired }) => (lastFired === undefined ? '–' : <Time time={lastFired} as="distance" />),
          },
          { title: 'By', wide: true, cell: ({ by }) => by.join(', ') },
          { title: 'Groups', align: 'right', wide: true, cell: ({ groups }) => formatCount(groups) },
          { title: 'Past', cell: ({ id, state }) => state !== 'off' && <TryRule rule={id} /> },
        ]}
      />
    </Panel>
  );
}

export function MonitorPage(): ReactNode {
  const query = useApi('getMonitorRules', {}, { keep: true, every: REFRESH_MS });
  return (
    <Page title="Monitoring" lead="What many records show together: rules as data, and how far models drift.">
      <Answered query={query} loading={<Loading lines={12} />}>
        {({ state, rules }) => (
          <>
            <Stats>
              <Stat label="Rules on" value={formatCount(rules.filter((rule) => rule.state !== 'off').length)} />
              <Stat label="Records seen" value={formatCount(state.seen)} note="since the start" />
              <Stat
                label="Behind by"
                value={formatCount(state.lag)}
                note={state.enabled ? 'records' : 'monitoring is off'}
              />
              <Stat
                label="Detections"
                value={formatCount(rules.reduce((sum, { fired }) => sum + fired, 0))}
                note="since the start"
              />
            </Stats>
            {state.fault !== undefined && (
              <Panel title="A fault">
                <OutsideText text={state.fault} />
              </Panel>
            )}
            <Detections />
            <Rules rules={rules} />
            <Drift />
          </>
        )}
      </Answered>
    </Page>
  );
}
