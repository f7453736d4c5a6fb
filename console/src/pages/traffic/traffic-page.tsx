// Live traffic, with filters and search over all that passed.
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { toFailure } from '../../api/failure.ts';
import { useLive } from '../../api/live.ts';
import { ask } from '../../api/query.ts';
import type { ApiAnswer, ExchangeRow } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { LiveMark } from '../../parts/live-mark.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Empty, FailureNote, Loading } from '../../parts/states.tsx';
import { FilterBar } from './filter-bar.tsx';
import { addLive, mergeRows } from './merge-rows.ts';
import { type TrafficSearch, isAsked } from './search.ts';
import { TrafficTable } from './traffic-table.tsx';

const PAGE_ROWS = 100;
/** So far before the end of what is there, more is fetched. */
const AHEAD = '1200px';

type FetchedPage = ApiAnswer<'searchExchanges'>;

function usePages(filter: TrafficSearch) {
  return useInfiniteQuery({
    queryKey: ['searchExchanges', 'pages', filter],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }): Promise<FetchedPage> =>
      ask('searchExchanges', {
        ...filter,
        limit: PAGE_ROWS,
        ...(pageParam === undefined ? {} : { before: pageParam }),
      }),
    getNextPageParam: (last) => last.next,
    // The live stream brings what is new; asking all pages again would move them under the reader.
    refetchOnWindowFocus: false,
  });
}

/** Calls `onSeen` whenever the returned element comes near the window. */
function useNear(onSeen: () => void) {
  const mark = useRef<HTMLDivElement>(null);
  const seen = useEffectEvent(onSeen);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => entries.some((each) => each.isIntersecting) && seen(), {
      rootMargin: AHEAD,
    });
    if (mark.current !== null) watcher.observe(mark.current);
    return () => watcher.disconnect();
  });
  return mark;
}

export function TrafficPage(): ReactNode {
  const filter = useSearch({ from: '/gate/traffic' });
  const navigate = useNavigate();
  const pages = usePages(filter);
  const [paused, setPaused] = useState(false);
  const [live, setLive] = useState<readonly ExchangeRow[]>([]);
  const [waiting, setWaiting] = useState<readonly ExchangeRow[]>([]);
  const filterKey = JSON.stringify(filter);

  useEffect(() => {
    setLive([]);
    setWaiting([]);
  }, [filterKey]);

  function hear(row: ExchangeRow): void {
    if (!isAsked(row, filter)) return;
    if (paused) setWaiting((known) => addLive(known, row));
    else setLive((known) => addLive(known, row));
  }

  const state = useLive(true, hear, () => {
    void ask('searchExchanges', { ...filter, limit: PAGE_ROWS }).then(
      ({ exchanges }) => exchanges.toReversed().forEach(hear),
      // What failed is shown where the pages are asked for.
      () => undefined,
    );
  });

  function resume(): void {
    setLive((known) => waiting.toReversed().reduce(addLive, known));
    setWaiting([]);
    setPaused(false);
  }

  const fetched = useMemo(() => pages.data?.pages.flatMap((page) => page.exchanges) ?? [], [pages.data]);
  const rows = useMemo(() => mergeRows(fetched, live), [fetched, live]);
  const mark = useNear(() => {
    if (pages.hasNextPage && !pages.isFetchingNextPage && pages.error === null) void pages.fetchNextPage();
  });
  const filtered = Object.keys(filter).length > 0;

  return (
    <Page
      title="Traffic"
      lead="Every exchange that was permitted or refused by policy, as its records say."
      actions={
        <>
          <LiveMark state={paused ? 'paused' : state} />
          <Button
            variant="default"
            leftSection={<Icon name={paused ? 'play' : 'pause'} size={14} />}
            onClick={() => (paused ? resume() : setPaused(true))}
          >
            {paused ? `Resume${waiting.length > 0 ? ` (${waiting.length} new)` : ''}` : 'Pause'}
          </Button>
        </>
      }
    >
      <FilterBar filter={filter} onChange={(next) => void navigate({ to: '/traffic', search: next, replace: true })} />
      <Panel flush>
        {rows.length > 0 ? (
          <TrafficTable rows={rows} />
        ) : pages.isPending ? (
          <Loading lines={12} height={20} />
        ) : pages.error !== null ? null : filtered ? (
          <Empty icon="search" title="No exchange fits these filters">
            <p>Take one off, or search by the beginning of a name: words are matched from their start.</p>
          </Empty>
        ) : (
          <Empty icon="traffic" title="Nothing has passed yet">
            <p>
              Make a key under Keys and send a request to <code>/v1/chat/completions</code> of this address: it appears
              here as it begins.
            </p>
          </Empty>
        )}
        {pages.error !== null && (
          <FailureNote failure={toFailure(pages.error)} onRetry={() => void pages.fetchNextPage()} />
        )}
        <div ref={mark} />
        {pages.isFetchingNextPage && <Loading lines={2} />}
      </Panel>
      {rows.length > 0 && !pages.hasNextPage && <p className="dim">That is all.</p>}
    </Page>
  );
}
