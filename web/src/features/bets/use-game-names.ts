'use client';

import { useQueries } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';

// useGameNames finds the names of games by their ids. A game that was taken from the catalogue has none any more.
export function useGameNames(ids: (string | undefined)[]): (id: string | undefined) => string | undefined {
  const distinct = [...new Set(ids)].filter((id): id is string => !!id);
  const found = useQueries({
    queries: distinct.map((id) => ({
      queryKey: keys.game(id),
      queryFn: () => unwrap(api.GET('/v1/games/{game_id}', { params: { path: { game_id: id } } })).then((r) => r.game ?? {}),
      staleTime: 10 * 60_000,
    })),
  });
  return (id) => found[distinct.indexOf(id ?? '')]?.data?.name;
}
