// Models that were pulled: what is in which state, found by words, source and state.
import { Button, Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { toFailure } from '../../api/failure.ts';
import { ask, useApi } from '../../api/query.ts';
import { type ApiAnswer, ModelState, type RegistryView } from '../../contract.ts';
import { ChoiceRow } from '../../parts/choice-row.tsx';
import { formatCount } from '../../parts/format.ts';
import { Page, Panel } from '../../parts/page.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Stat, Stats } from '../../parts/stat.tsx';
import { Answered, Empty, FailureNote, Loading } from '../../parts/states.tsx';
import { ModelList } from './model-list.tsx';
import classes from './models.module.css';
import { NoModels } from './no-models.tsx';
import type { ModelsSearch } from './search.ts';
import { STATE_WORDS } from './words.tsx';

const REFRESH_MS = 4_000;
const PAGE_ROWS = 100;
const NOTES: Readonly<Record<ModelState, string>> = {
  quarantined: 'nobody gets them',
  admitted: 'served to whose key covers them',
  retired: 'not served any more',
};

type Models = ApiAnswer<'listModels'>;

function usePages(filter: ModelsSearch) {
  return useInfiniteQuery({
    queryKey: ['listModels', 'pages', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }): Promise<Models> =>
      ask('listModels', { ...filter, limit: PAGE_ROWS, ...(pageParam === undefined ? {} : { before: pageParam }) }),
    getNextPageParam: (last) => last.next,
    refetchInterval: REFRESH_MS,
  });
}

function Filters({ registry, filter }: { readonly registry: RegistryView; readonly filter: ModelsSearch }): ReactNode {
  const navigate = useNavigate();
  const change = (next: ModelsSearch): void =>
    void navigate({ to: '/models', search: { ...filter, ...next }, replace: true });
  return (
    <div className={classes.tools}>
      <SearchField
        className={classes.search}
        label="Search models"
        placeholder="Part of a repository’s name, or of a revision"
        text={filter.text ?? ''}
        onSearch={(text) => change({ text: text === '' ? undefined : text })}
      />
      <ChoiceRow
        label="State"
        choices={ModelState.options.map((state) => ({ value: state, label: STATE_WORDS[state] }))}
        value={filter.state}
        onChange={(state) => change({ state })}
      />
      {registry.sources.length > 1 && (
        <Select
          aria-label="Source"
          placeholder="All sources"
          clearable
          data={registry.sources.map(({ name }) => name)}
          value={filter.source ?? null}
          onChange={(source) => change({ source: source ?? undefined })}
        />
      )}
    </div>
  );
}

function List({ filter }: { readonly filter: ModelsSearch }): ReactNode {
  const pages = usePages(filter);
  const models = pages.data?.pages.flatMap((page) => page.models) ?? [];
  return (
    <>
      <Panel flush>
        {models.length > 0 ? (
          <ModelList models={models} />
        ) : pages.isPending ? (
          <Loading lines={8} height={20} />
        ) : pages.error === null ? (
          <Empty icon="search" title="No model fits these filters">
            <p>Take one off, or search by another part of its name.</p>
          </Empty>
        ) : null}
        {pages.error !== null && <FailureNote failure={toFailure(pages.error)} onRetry={() => void pages.refetch()} />}
      </Panel>
      {pages.hasNextPage && (
        <p>
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            More
          </Button>
        </p>
      )}
    </>
  );
}

export function ModelsPage(): ReactNode {
  const filter = useSearch({ from: '/gate/models' });
  const query = useApi('getRegistry', {}, { every: REFRESH_MS });
  return (
    <Page
      title="Models"
      lead="Every version that was asked for through the gateway: fetched once, scanned, decided upon, and served from here."
    >
      <Answered query={query}>
        {(registry) => {
          const { states, sources } = registry;
          const all = ModelState.options.reduce((sum, state) => sum + states[state], 0);
          if (all === 0) return <NoModels sources={sources} />;
          return (
            <>
              <Stats>
                {ModelState.options.map((state) => (
                  <Stat key={state} label={STATE_WORDS[state]} value={formatCount(states[state])} note={NOTES[state]} />
                ))}
              </Stats>
              <Filters registry={registry} filter={filter} />
              <List filter={filter} />
            </>
          );
        }}
      </Answered>
    </Page>
  );
}
