'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { ChevronRight, Dices } from 'lucide-react';
import Link from 'next/link';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { Bet, BetState } from '@/api/schema';
import { useBalance } from '@/balances';
import { RowsSkeleton } from '@/features/wallet/history';
import { roundPath } from '@/features/wallet/entry-row';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { signOf } from '@/money';
import { Guarded } from '@/session';
import { Button, ButtonLink } from '@/ui/button';
import { cn } from '@/ui/cn';
import { CsvButton } from '@/ui/csv-button';
import { FilterDays, Filters, FilterSelect } from '@/ui/filters';
import { PageTitle } from '@/ui/section';
import { Badge, Empty, Failed } from '@/ui/states';
import { endOf, startOf, useQueryState } from '@/use-query-state';

import { betTone, resultOf, stateOf } from './bet-view';
import { useGameNames } from './use-game-names';

const states: BetState[] = ['BET_STATE_ACCEPTED', 'BET_STATE_SETTLED', 'BET_STATE_VOIDED', 'BET_STATE_REJECTED'];

interface Filter {
  state: string;
  from: string;
  until: string;
}

function readPage(f: Filter, token: string, size: number, signal?: AbortSignal) {
  const state = states.find((s) => s === f.state);
  return unwrap(api.GET('/v1/bets', { signal, params: { query: { state, from: startOf(f.from), until: endOf(f.until), 'page.size': size, 'page.token': token } } }));
}

export function BetsPage() {
  return (
    <Guarded>
      <Bets />
    </Guarded>
  );
}

function Bets() {
  const { t, tryT } = useI18n();
  const [filter, choose] = useQueryState(['state', 'from', 'until'] as const);
  const version = useBalance()?.version ?? '';
  const list = useInfiniteQuery({
    queryKey: [...keys.bets(filter), version],
    queryFn: ({ pageParam, signal }) => readPage(filter, pageParam, 30, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextToken || undefined,
    placeholderData: (before) => before,
  });
  const bets = list.data?.pages.flatMap((p) => p.bets ?? []) ?? [];
  const nameOf = useGameNames(bets.map((b) => b.gameId));
  return (
    <>
      <PageTitle title={t('bets.title')} lead={t('bets.lead')} actions={<BetsCsv filter={filter} />} />
      <Filters>
        <FilterSelect
          label={t('bets.state')}
          value={filter.state}
          onChange={(state) => choose({ state })}
          options={[{ value: '', label: t('common.all') }, ...states.map((s) => ({ value: s, label: tryT(`betState.${s.replace('BET_STATE_', '')}`) ?? s }))]}
        />
        <FilterDays from={filter.from} until={filter.until} onChange={choose} />
      </Filters>
      {list.isPending ? (
        <RowsSkeleton />
      ) : list.isError ? (
        <Failed error={list.error} retry={() => void list.refetch()} />
      ) : bets.length === 0 ? (
        <Empty title={t('bets.none')} icon={<Dices aria-hidden="true" />} action={<ButtonLink href="/">{t('bets.toLobby')}</ButtonLink>}>
          {t('bets.noneLead')}
        </Empty>
      ) : (
        <>
          <ul className="card divide-y divide-line overflow-hidden">
            {bets.map((b) => (
              <li key={b.betId}>
                <BetRow bet={b} name={nameOf(b.gameId)} />
              </li>
            ))}
          </ul>
          {list.hasNextPage && (
            <div className="mt-4 flex justify-center">
              <Button variant="secondary" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('common.more')}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}

function BetRow({ bet, name }: { bet: Bet; name: string | undefined }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const state = stateOf(bet);
  const result = resultOf(bet);
  const body = (
    <>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{name ?? bet.gameId}</span>
        <span className="block truncate text-sm text-muted">
          {format.precise(bet.placedAt)}
          {bet.freeRound && ` · ${t('bets.freeRound')}`}
        </span>
        {bet.rejectReason && (
          <span className="block text-sm text-negative">{tryT(`refusal.${bet.rejectReason}`, { stake: format.money(bet.stake) }) ?? t('bets.refusedFor', { reason: bet.rejectReason })}</span>
        )}
      </span>
      <span className="flex flex-col items-end gap-1">
        <span className={cn('numeric font-semibold', result && signOf(result) > 0 && 'text-positive')}>{result ? format.signed(result) : format.money(bet.stake)}</span>
        <span className="flex items-center gap-2">
          <span className="numeric hidden text-sm text-muted sm:inline">
            {t('bets.stake')} {format.money(bet.stake)}
          </span>
          <Badge tone={betTone(state)}>{tryT(`betState.${state}`) ?? state}</Badge>
        </span>
      </span>
    </>
  );
  const look = 'flex items-center gap-3 px-4 py-3.5 sm:px-5';
  // A bet that was refused before its round began belongs to none.
  if (!bet.roundId) return <div className={look} data-testid="bet">{body}</div>;
  return (
    <Link href={roundPath(bet.roundId)} className={cn(look, 'hover:bg-raised')} data-testid="bet">
      {body}
      <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden="true" />
    </Link>
  );
}

function BetsCsv({ filter }: { filter: Filter }) {
  return (
    <CsvButton
      name="pitboss-bets.csv"
      header={['placed_at', 'settled_at', 'state', 'outcome', 'stake', 'payout', 'currency', 'reject_reason', 'free_round', 'bet_id', 'round_id', 'game_id', 'provider_tx_id']}
      page={async (token, signal) => {
        const page = await readPage(filter, token, 200, signal);
        const rows = (page.bets ?? []).map((b) => [
          b.placedAt ?? '',
          b.settledAt ?? '',
          (b.state ?? '').replace('BET_STATE_', ''),
          (b.outcome ?? '').replace('BET_OUTCOME_', '').replace('UNSPECIFIED', ''),
          b.stake?.amount ?? '',
          b.payout?.amount ?? '',
          b.stake?.currency ?? '',
          b.rejectReason ?? '',
          String(b.freeRound ?? false),
          b.betId ?? '',
          b.roundId ?? '',
          b.gameId ?? '',
          b.providerTxId ?? '',
        ]);
        return { rows, next: page.page?.nextToken ?? '' };
      }}
    />
  );
}
