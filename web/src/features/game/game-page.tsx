'use client';

import { useQuery } from '@tanstack/react-query';
import { useRouter, useSearchParams } from 'next/navigation';
import { useEffect, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useBalance, useBalances, useCurrency } from '@/balances';
import { useI18n } from '@/i18n/provider';
import { signOf } from '@/money';
import { Guarded } from '@/session';
import { useTitle } from '@/use-title';
import { Button, ButtonLink, Spinner } from '@/ui/button';
import { Failed, Notice } from '@/ui/states';

import { GameBar } from './game-bar';
import { beginPlay, keepPlaying } from './play-clock';
import { RealityCheck } from './reality-check';
import { RefusedBet } from './refused-bet';
import { useGameSession } from './use-game-session';
import { useSessionBets } from './use-session-bets';

export function GamePage() {
  return (
    <div className="flex h-dvh flex-col bg-bg">
      <Guarded skeleton={<Opening />}>
        <Play gameId={useSearchParams().get('id') ?? ''} />
      </Guarded>
    </div>
  );
}

function Play({ gameId }: { gameId: string }) {
  const { t, locale } = useI18n();
  const router = useRouter();
  const balances = useBalances();
  const balance = useBalance();
  const [currency] = useCurrency();
  const game = useQuery({
    queryKey: keys.game(gameId),
    queryFn: () => unwrap(api.GET('/v1/games/{game_id}', { params: { path: { game_id: gameId } } })).then((r) => r.game ?? {}),
  });
  // The currency is known once the balances are; a game that opened in another one would have to be opened again.
  const { launch, again } = useGameSession(gameId, balances.isSuccess ? currency : undefined, locale);
  const [began, setBegan] = useState<{ since: number; acknowledged: number }>();
  const bets = useSessionBets(began?.since, currency, balance?.version ?? '');
  const name = game.data?.name ?? '';
  useTitle(name || t('game.loading'));

  useEffect(() => {
    if (!launch.isSuccess) return;
    setBegan(beginPlay(Date.now()));
    const timer = setInterval(() => keepPlaying(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, [launch.isSuccess]);

  const failure = game.error ?? balances.error ?? launch.error;
  const retry = () => {
    if (game.isError) void game.refetch();
    if (balances.isError) void balances.refetch();
    if (launch.isError) again();
  };
  const empty = balance !== undefined && signOf(balance.available) === 0 && signOf(balance.held) === 0;
  return (
    <>
      <h1 className="sr-only">{name}</h1>
      <GameBar name={name} game={game.data} balance={balance} since={began?.since} bets={bets.data} />
      {empty && (
        <Notice className="m-2" title={t('game.needMoney')}>
          <ButtonLink href="/cashier/deposit/" size="sm" className="mt-2">
            {t('nav.deposit')}
          </ButtonLink>
        </Notice>
      )}
      <RefusedBet bet={bets.data?.refused} />
      {failure ? (
        <div className="grid flex-1 place-items-center p-4">
          <div className="flex w-full max-w-md flex-col gap-3">
            <Failed error={failure} retry={retry} />
            <Button variant="ghost" onClick={() => router.push('/')}>
              {t('game.back')}
            </Button>
          </div>
        </div>
      ) : launch.data?.url ? (
        <iframe
          src={launch.data.url}
          title={t('game.frame', { name })}
          data-testid="game-frame"
          className="w-full flex-1 border-0 bg-black"
          allow="autoplay; fullscreen"
          referrerPolicy="strict-origin"
          sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
        />
      ) : (
        <Opening />
      )}
      {began && <RealityCheck name={name} since={began.since} acknowledged={began.acknowledged} bets={bets.data} onStop={() => router.push('/')} />}
    </>
  );
}

function Opening() {
  const { t } = useI18n();
  return (
    <div role="status" className="grid min-h-60 flex-1 place-items-center">
      <span className="flex flex-col items-center gap-3 text-muted">
        <Spinner className="size-8 text-primary" />
        {t('game.loading')}
      </span>
    </div>
  );
}
