'use client';

import { ArrowLeft, Maximize, Minimize } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState, type ReactNode } from 'react';

import type { Balance, Game } from '@/api/schema';
import { FavouriteButton } from '@/features/lobby/favourites';
import { duration, useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { signOf } from '@/money';
import { Clock } from '@/shell/clock';
import { cn } from '@/ui/cn';
import { Skeleton } from '@/ui/states';

import type { SessionBets } from './use-session-bets';

// GameBar keeps in sight, also on the full screen, what a player must not lose sight of: money, result, time.
export function GameBar({ name, game, balance, since, bets }: { name: string; game: Game | undefined; balance: Balance | undefined; since: number | undefined; bets: SessionBets | undefined }) {
  const { t } = useI18n();
  const format = useFormat();
  return (
    <div role="region" aria-label={name || t('game.loading')} className="flex shrink-0 items-center gap-x-2 border-b border-line bg-surface px-2 pt-[env(safe-area-inset-top)] sm:gap-x-5 sm:px-4">
      <Link href="/" aria-label={t('game.back')} className="grid size-11 shrink-0 place-items-center rounded-xl text-muted hover:bg-raised hover:text-text">
        <ArrowLeft className="size-5" aria-hidden="true" />
      </Link>
      <span className="hidden max-w-48 truncate font-semibold lg:block">{name}</span>
      {game && <FavouriteButton game={game} className="hidden text-muted hover:bg-raised hover:text-text lg:grid" />}
      <dl className="grid flex-1 grid-cols-3 items-center gap-x-2 py-2 sm:flex sm:justify-end sm:gap-x-8">
        <Figure label={t('common.balance')}>
          <span data-testid="balance">{balance ? format.money(balance.available) : <Skeleton className="w-16" />}</span>
        </Figure>
        <Figure label={t('game.net')}>
          <span data-testid="net" className={cn(bets && signOf(bets.net) > 0 && 'text-positive', bets && signOf(bets.net) < 0 && 'text-negative')}>
            {bets ? format.signed(bets.net) : '–'}
          </span>
        </Figure>
        <Figure label={t('game.elapsed')}>
          <Elapsed since={since} />
        </Figure>
      </dl>
      <Clock className="hidden text-sm text-muted min-[24rem]:block" />
      <FullScreen />
    </div>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="min-w-0 text-center sm:text-right">
      <dt className="truncate text-[0.6875rem] leading-tight text-muted">{label}</dt>
      <dd className="numeric truncate text-sm font-semibold sm:text-base">{children}</dd>
    </div>
  );
}

function Elapsed({ since }: { since: number | undefined }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span data-testid="elapsed">{since ? duration(now - since) : '–'}</span>;
}

// FullScreen enlarges the whole page and not the game alone, so that the bar stays.
function FullScreen() {
  const { t } = useI18n();
  const [state, setState] = useState<'unable' | 'off' | 'on'>('unable');
  useEffect(() => {
    const update = () => setState(!document.fullscreenEnabled ? 'unable' : document.fullscreenElement ? 'on' : 'off');
    update();
    document.addEventListener('fullscreenchange', update);
    return () => {
      document.removeEventListener('fullscreenchange', update);
      if (document.fullscreenElement) void document.exitFullscreen();
    };
  }, []);
  if (state === 'unable') return null;
  const Icon = state === 'on' ? Minimize : Maximize;
  return (
    <button
      type="button"
      aria-label={t(state === 'on' ? 'game.leaveFullscreen' : 'game.fullscreen')}
      className="grid size-11 shrink-0 place-items-center rounded-xl text-muted hover:bg-raised hover:text-text"
      onClick={() => void (state === 'on' ? document.exitFullscreen() : document.documentElement.requestFullscreen())}
    >
      <Icon className="size-5" aria-hidden="true" />
    </button>
  );
}
