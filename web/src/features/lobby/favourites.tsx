'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Heart } from 'lucide-react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { Game } from '@/api/schema';
import { useErrorText } from '@/i18n/errors';
import { useI18n } from '@/i18n/provider';
import { useStanding } from '@/session';
import { cn } from '@/ui/cn';
import { toast } from '@/ui/toast';

export function useFavourites() {
  const { locale: language } = useI18n();
  const standing = useStanding();
  return useQuery({
    queryKey: keys.favourites,
    queryFn: () => unwrap(api.GET('/v1/favourites', { params: { query: { language } } })).then((r) => r.games ?? []),
    enabled: standing === 'player',
    staleTime: 60_000,
  });
}

export function useRecentlyPlayed() {
  const { locale: language } = useI18n();
  const standing = useStanding();
  return useQuery({
    queryKey: keys.recent,
    queryFn: () => unwrap(api.GET('/v1/recently-played', { params: { query: { language } } })).then((r) => (r.games ?? []).map((g) => g.game ?? {})),
    enabled: standing === 'player',
  });
}

// FavouriteButton keeps a game or lets it go; it shows the new state at once and goes back when that was refused.
export function FavouriteButton({ game, className }: { game: Game; className?: string }) {
  const { t } = useI18n();
  const text = useErrorText();
  const client = useQueryClient();
  const favourites = useFavourites();
  const kept = favourites.data?.some((g) => g.gameId === game.gameId) ?? false;
  const change = useMutation({
    mutationFn: async (keep: boolean) => {
      if (keep) await unwrap(api.POST('/v1/favourites', { body: { gameId: game.gameId } }));
      else await unwrap(api.DELETE('/v1/favourites/{game_id}', { params: { path: { game_id: game.gameId ?? '' } } }));
    },
    onMutate: (keep) => {
      const before = client.getQueryData<Game[]>(keys.favourites);
      client.setQueryData<Game[]>(keys.favourites, (list = []) => (keep ? [game, ...list] : list.filter((g) => g.gameId !== game.gameId)));
      return { before };
    },
    onError: (error, _, context) => {
      client.setQueryData(keys.favourites, context?.before);
      toast(text(error), 'negative');
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.favourites }),
  });
  if (!favourites.isSuccess) return null;
  return (
    <button
      type="button"
      aria-pressed={kept}
      aria-label={t(kept ? 'lobby.favouriteRemove' : 'lobby.favouriteAdd', { name: game.name ?? '' })}
      data-testid="favourite"
      className={cn('size-11 place-items-center rounded-xl', className)}
      onClick={() => change.mutate(!kept)}
    >
      <Heart className={cn('size-5', kept && 'fill-current')} aria-hidden="true" />
    </button>
  );
}
