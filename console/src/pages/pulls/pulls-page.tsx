// Who pulled which file of which model, and what became of it.
import { Button, SegmentedControl, Switch, UnstyledButton } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { type Failure, toFailure } from '../../api/failure.ts';
import { ask } from '../../api/query.ts';
import type { ApiAnswer, PullFigures } from '../../contract.ts';
import { ChoiceRow } from '../../parts/choice-row.tsx';
import { Icon } from '../../parts/icon.tsx';
import { KeyName } from '../../parts/key-name.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Empty, FailureNote, Loading } from '../../parts/states.tsx';
import { LongName } from '../models/words.tsx';
import { OtherWays } from './other-ways.tsx';
import { Figures } from './pull-figures.tsx';
import { PullTable } from './pull-table.tsx';
import classes from './pulls.module.css';
import { PULL_OUTCOMES, type PullSearch } from './search.ts';

const REFRESH_MS = 5_000;
const FIGURES_MS = 30_000;
const PAGE_ROWS = 100;
const DAY_MS = 86_400_000;
const SPANS = [
  { value: '1', label: '24 hours' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
];

function usePages({ unusual, ...filter }: PullSearch) {
  return useInfiniteQuery({
    queryKey: ['listPulls', 'pages', filter, unusual],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }): Promise<ApiAnswer<'listPulls'>> =>
      ask('listPulls', {
        ...filter,
        ...(unusual === undefined ? {} : { unusual: 'true' }),
        limit: PAGE_ROWS,
        ...(pageParam === undefined ? {} : { before: pageParam }),
      }),
    getNextPageParam: (last) => last.next,
    // Older pages would move under the reader.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : REFRESH_MS),
  });
}

function useFigures(span: string) {
  return useQuery<PullFigures, Failure>({
    queryKey: ['getPullFigures', span],
    queryFn: () => {
      const now = Date.now();
      return ask('getPullFigures', {
        from: new Date(now - Number(span) * DAY_MS).toISOString(),
        to: new Date(now).toISOString(),
      });
    },
    refetchInterval: FIGURES_MS,
    placeholderData: keepPreviousData,
  });
}

interface ChipProps {
  readonly name: string;
  readonly children: ReactNode;
  readonly onRemove: () => void;
}

function Chip({ name, children, onRemove }: ChipProps): ReactNode {
  return (
    <span className={classes.chip}>
      <span className="dim">{name}</span> {children}
      <UnstyledButton className={classes.remove} aria-label={`Remove the filter ${name}`} onClick={onRemove}>
        <Icon name="close" size={12} />
      </UnstyledButton>
    </span>
  );
}

function Filters({ filter }: { readonly filter: PullSearch }): ReactNode {
  const navigate = useNavigate();
  const change = (next: PullSearch): void =>
    void navigate({ to: '/pulls', search: { ...filter, ...next }, replace: true });
  return (
    <div className={classes.tools}>
      <ChoiceRow
        label="Outcome"
        choices={PULL_OUTCOMES.map((outcome) => ({ value: outcome, label: outcome }))}
        value={filter.outcome}
        onChange={(outcome) => change({ outcome })}
      />
      <Switch
        label="Unusual only"
        checked={filter.unusual === true}
        onChange={(event) => change({ unusual: event.currentTarget.checked ? true : undefined })}
      />
      {filter.model !== undefined && (
        <Chip name="Model" onRemove={() => change({ model: undefined })}>
          <LongName name={filter.model} />
        </Chip>
      )}
      {filter.principal !== undefined && (
        <Chip name="Key" onRemove={() => change({ principal: undefined })}>
          <KeyName id={filter.principal} />
        </Chip>
      )}
    </div>
  );
}

function List({ filter }: { readonly filter: PullSearch }): ReactNode {
  const pages = usePages(filter);
  const pulls = pages.data?.pages.flatMap((page) => page.pulls) ?? [];
  const filtered = Object.keys(filter).length > 0;
  return (
    <>
      <Panel flush>
        {pulls.length > 0 ? (
          <PullTable pulls={pulls} />
        ) : pages.isPending ? (
          <Loading lines={8} height={20} />
        ) : pages.error !== null ? null : filtered ? (
          <Empty icon="search" title="No pull fits these filters">
            <p>Take one off, or look further back.</p>
          </Empty>
        ) : (
          <Empty icon="pull" title="Nothing was pulled yet">
            <p>Clients that are pointed at this gateway show up here with their first file. Models says how.</p>
          </Empty>
        )}
        {pages.error !== null && <FailureNote failure={toFailure(pages.error)} onRetry={() => void pages.refetch()} />}
      </Panel>
      {pages.hasNextPage && (
        <p>
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Older
          </Button>
        </p>
      )}
    </>
  );
}

export function PullsPage(): ReactNode {
  const filter = useSearch({ from: '/gate/pulls' });
  const [span, setSpan] = useState('7');
  const figures = useFigures(span);
  const any = figures.data !== undefined && figures.data.principals.length > 0;
  return (
    <Page
      title="Pulls"
      lead="Every file of a model that somebody asked for, as its record says."
      actions={
        <SegmentedControl aria-label="Span of the figures" size="sm" value={span} data={SPANS} onChange={setSpan} />
      }
    >
      {any && <Figures figures={figures.data} />}
      {figures.error !== null && <FailureNote failure={figures.error} onRetry={() => void figures.refetch()} />}
      <Filters filter={filter} />
      <List filter={filter} />
      {Object.keys(filter).length === 0 && <OtherWays />}
    </Page>
  );
}
