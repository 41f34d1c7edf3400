'use client';

import Link from 'next/link';

import type { Game } from '@/api/schema';

import { FavouriteButton } from './favourites';
import { TileArt } from './tile-art';

export const gamePath = (id: string | undefined): string => `/game/?id=${encodeURIComponent(id ?? '')}`;

export function GameTile({ game }: { game: Game }) {
  return (
    <div className="group relative">
      <Link
      href={gamePath(game.gameId)}
      data-testid="game-tile"
      className="relative block aspect-4/5 overflow-hidden rounded-2xl border border-line bg-felt transition-[border-color] duration-200 group-hover:border-primary/60"
    >
      <TileArt name={game.name ?? ''} category={game.category ?? ''} className="absolute inset-0 size-full transition-transform duration-300 group-hover:scale-[1.03]" />
      <span className="absolute inset-x-0 bottom-0 p-3.5">
        <span className="block truncate text-[0.9375rem] font-semibold text-white">{game.name}</span>
        <span className="block truncate text-xs text-white/80">{game.studio}</span>
      </span>
    </Link>
      <FavouriteButton game={game} className="absolute grid top-1.5 right-1.5 bg-black/45 text-white hover:bg-black/65" />
    </div>
  );
}
