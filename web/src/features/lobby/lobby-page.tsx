'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Dices, Search, X } from 'lucide-react';
import { Suspense, useDeferredValue, useId, useMemo, type ReactNode } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { Game, Provider } from '@/api/schema';
import { useI18n } from '@/i18n/provider';
import { visitorId } from '@/preferences';
import { Button } from '@/ui/button';
import { Input, Select } from '@/ui/field';
import { Empty, Failed, Loading, Skeleton } from '@/ui/states';
import { useTitle } from '@/use-title';

import { useFavourites, useRecentlyPlayed } from './favourites';
import { GameTile } from './game-tile';
import { Hero } from './hero';
import { SearchFromAddress, useSearch } from './use-search';

const grid = 'grid grid-cols-2 gap-3 sm:grid-cols-3 sm:gap-4 lg:grid-cols-5';

export function LobbyPage() {
  const { t, tryT, locale: language } = useI18n();
  const { search, setSearch, arrived, reset } = useSearch();
  const { studio } = search;
  const wanted = useDeferredValue(search.text.trim());
  // Who the player is decides the layout; a visitor keeps the one of the first visit.
  const lobby = useQuery({
    queryKey: [...keys.lobby, language],
    queryFn: () => unwrap(api.GET('/v1/lobby', { params: { query: { language, visitorId: visitorId() } } })),
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const providers = useQuery({
    queryKey: [...keys.providers, language],
    queryFn: () => unwrap(api.GET('/v1/providers', { params: { query: { language } } })).then((r) => r.providers ?? []),
    staleTime: 10 * 60_000,
    placeholderData: (before) => before,
  });
  const favourites = useFavourites();
  const recent = useRecentlyPlayed();
  const rows = useMemo(() => lobby.data?.rows ?? [], [lobby.data]);
  useTitle(t('lobby.title'));

  return (
    <div className="flex flex-col gap-8">
      <h1 className="sr-only">{t('lobby.title')}</h1>
      <Hero />
      <Suspense>
        <SearchFromAddress onSearch={arrived} />
      </Suspense>
      <Filters
        search={search.text}
        onSearch={(text) => setSearch((s) => ({ ...s, text }))}
        studio={studio}
        onStudio={(chosen) => setSearch((s) => ({ ...s, studio: chosen }))}
        studios={providers.data ?? []}
      />
      {wanted || studio ? (
        <Found search={wanted} studio={studio} reset={reset} />
      ) : lobby.isPending ? (
        <LobbySkeleton />
      ) : lobby.isError ? (
        <Failed error={lobby.error} retry={() => void lobby.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title={t('lobby.empty')} icon={<Dices aria-hidden="true" />}>
          {t('lobby.emptyLead')}
        </Empty>
      ) : (
        <>
          {!!recent.data?.length && (
            <Row title={t('lobby.recent')}>
              <Tiles games={recent.data.slice(0, 10)} />
            </Row>
          )}
          {!!favourites.data?.length && (
            <Row title={t('lobby.favourites')}>
              <Tiles games={favourites.data} />
            </Row>
          )}
          {rows.map((row) => (
            <Row key={row.key} title={tryT(`category.${row.key}`) ?? row.title ?? ''}>
              <Tiles games={row.games ?? []} />
            </Row>
          ))}
        </>
      )}
    </div>
  );
}

function Row({ title, children }: { title: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-4">
      <h2 id={id} className="text-xl font-semibold">
        {title}
      </h2>
      {children}
    </section>
  );
}

function Tiles({ games }: { games: Game[] }) {
  return (
    <ul className={grid}>
      {games.map((g) => (
        <li key={g.gameId}>
          <GameTile game={g} />
        </li>
      ))}
    </ul>
  );
}

function Filters(p: { search: string; onSearch: (s: string) => void; studio: string; onStudio: (s: string) => void; studios: Provider[] }) {
  const { t } = useI18n();
  return (
    <div role="search" className="flex flex-col gap-3 sm:flex-row">
      <div className="relative flex-1">
        <Search className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-muted" aria-hidden="true" />
        <Input type="search" aria-label={t('lobby.search')} placeholder={t('lobby.search')} value={p.search} onChange={(e) => p.onSearch(e.target.value)} className="pr-11! pl-11! [&::-webkit-search-cancel-button]:hidden" maxLength={80} />
        {p.search && (
          <button type="button" aria-label={t('lobby.searchClear')} className="absolute top-0 right-0 grid size-12 place-items-center text-muted hover:text-text" onClick={() => p.onSearch('')}>
            <X className="size-4.5" aria-hidden="true" />
          </button>
        )}
      </div>
      {p.studios.length > 1 && (
        <Select aria-label={t('lobby.provider')} className="sm:w-56" value={p.studio} onChange={(e) => p.onStudio(e.target.value)}>
          <option value="">{t('lobby.allProviders')}</option>
          {p.studios.map((s) => (
            <option key={s.providerId} value={s.providerId}>
              {s.name}
            </option>
          ))}
        </Select>
      )}
    </div>
  );
}

// Found is what a search finds among all games, also those that no row shows.
function Found({ search, studio, reset }: { search: string; studio: string; reset: () => void }) {
  const { t, locale: language } = useI18n();
  const games = useInfiniteQuery({
    queryKey: keys.games({ search, studio, language }),
    queryFn: ({ pageParam }) => unwrap(api.GET('/v1/games', { params: { query: { search, providerId: studio, language, 'page.size': 60, 'page.token': pageParam } } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextToken || undefined,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  if (games.isPending) return <LobbySkeleton />;
  if (games.isError) return <Failed error={games.error} retry={() => void games.refetch()} />;
  const found = games.data.pages.flatMap((p) => p.games ?? []);
  if (found.length === 0 && !games.hasNextPage) {
    return (
      <Empty title={t('lobby.nothingFound')} icon={<Search aria-hidden="true" />} action={<Button variant="secondary" onClick={reset}>{t('lobby.reset')}</Button>}>
        {t('lobby.nothingFoundLead')}
      </Empty>
    );
  }
  return (
    <Row title={<span role="status">{t('lobby.results', { count: found.length })}</span>}>
      <Tiles games={found} />
      {games.hasNextPage && (
        <Button variant="secondary" className="self-center" busy={games.isFetchingNextPage} onClick={() => void games.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </Row>
  );
}

function LobbySkeleton() {
  return (
    <Loading>
      <Skeleton className="mb-4 h-7 w-40" />
      <div className={grid}>
        {Array.from({ length: 10 }, (_, i) => (
          <Skeleton key={i} className="aspect-4/5 h-auto! rounded-2xl!" />
        ))}
      </div>
    </Loading>
  );
}
