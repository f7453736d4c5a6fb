// What passed in a span of time: how much, what was ruled, how fast, what it cost, and who and what stood out.
import { SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { type Failure } from '../../api/failure.ts';
import { useLive } from '../../api/live.ts';
import { ask } from '../../api/query.ts';
import { isAttended } from '../../app/attention.ts';
import type { Overview } from '../../contract.ts';
import { LiveMark } from '../../parts/live-mark.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { QuarantineNote } from '../models/quarantine-note.tsx';
import { Figures } from './figures.tsx';
import { OpenIncidents } from './open-incidents.tsx';
import { DetectionChart, LatencyChart, SpendChart, TrafficChart } from './overview-charts.tsx';
import classes from './overview.module.css';
import { SPANS, SPAN_MS, SPAN_WORDS, type Span } from './span.ts';
import { ClassBars, ModelTable, PrincipalTable, RuleTable } from './tops.tsx';

/** The figures are asked anew at most so often, however much passes, milliseconds. */
const REFRESH_MS = 4_000;

/** Asks again soon after something passed, in step with what the server can answer. */
function useRefresh(): () => void {
  const client = useQueryClient();
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return () => {
    if (timer.current !== undefined || !isAttended()) return;
    timer.current = window.setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: ['getOverview'] });
    }, REFRESH_MS);
  };
}

function Answer({ overview, span }: { readonly overview: Overview; readonly span: Span }): ReactNode {
  if (overview.totals.exchanges === 0 && overview.totals.refused === 0) {
    return (
      <Panel>
        <Empty icon="overview" title={`Nothing passed in ${SPAN_WORDS[span]}`}>
          <p>Choose a longer span, or make a key under Keys and send the first request.</p>
        </Empty>
      </Panel>
    );
  }
  return (
    <>
      <Figures overview={overview} />
      <Panel title="Exchanges by decision">
        <TrafficChart overview={overview} />
      </Panel>
      <div className={classes.pair}>
        <Panel title="Time to answer">
          <LatencyChart overview={overview} />
        </Panel>
        <Panel title="Spend">
          <SpendChart overview={overview} />
        </Panel>
      </div>
      <div className={classes.pair}>
        <Panel title="What monitoring rules were met by">
          <DetectionChart overview={overview} />
        </Panel>
        <OpenIncidents />
      </div>
      <div className={classes.pair}>
        <Panel title="Decisions by what was found">
          <ClassBars overview={overview} />
        </Panel>
        <Panel title="Rules that fired most" flush>
          <RuleTable overview={overview} />
        </Panel>
      </div>
      <div className={classes.pair}>
        <Panel title="Keys with most traffic" flush>
          <PrincipalTable overview={overview} />
        </Panel>
        <Panel title="Models with most traffic" flush>
          <ModelTable overview={overview} />
        </Panel>
      </div>
    </>
  );
}

export function OverviewPage(): ReactNode {
  const { span = '24h' } = useSearch({ from: '/gate/' });
  const navigate = useNavigate();
  const refresh = useRefresh();
  const state = useLive(true, refresh);
  const query = useQuery<Overview, Failure>({
    queryKey: ['getOverview', span],
    queryFn: () => {
      const now = Date.now();
      return ask('getOverview', {
        from: new Date(now - SPAN_MS[span]).toISOString(),
        to: new Date(now).toISOString(),
      });
    },
    refetchInterval: 30_000,
    placeholderData: keepPreviousData,
  });

  return (
    <Page
      title="Overview"
      lead={`What passed through the gateway in ${SPAN_WORDS[span]}.`}
      actions={
        <>
          <LiveMark state={state} />
          <SegmentedControl
            aria-label="Span of time"
            size="sm"
            value={span}
            data={[...SPANS]}
            onChange={(next) => void navigate({ to: '/', search: { span: next as Span } })}
          />
        </>
      }
    >
      <QuarantineNote />
      <Answered query={query}>{(overview) => <Answer overview={overview} span={span} />}</Answered>
    </Page>
  );
}
