'use client';

import { useQuery } from '@tanstack/react-query';
import { ArrowLeft } from 'lucide-react';
import { useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';

import { api, unwrap } from '@/api/client';
import { bare } from '@/api/enum';
import { keys } from '@/api/keys';
import type { Bet, Round } from '@/api/schema';
import { EntryRow } from '@/features/wallet/entry-row';
import { RowsSkeleton } from '@/features/wallet/history';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { minus } from '@/money';
import { Guarded, PageSkeleton } from '@/session';
import { ButtonLink } from '@/ui/button';
import { PageTitle, Section } from '@/ui/section';
import { Badge, Failed, Loading } from '@/ui/states';

import { betTone, stateOf } from './bet-view';
import { useGameNames } from './use-game-names';

export function RoundPage() {
  const { t } = useI18n();
  const id = useSearchParams().get('id') ?? '';
  return (
    <Guarded>
      <PageTitle
        title={t('bets.roundTitle')}
        lead={t('bets.roundLead')}
        actions={
          <ButtonLink href="/bets/" variant="secondary" size="sm">
            <ArrowLeft className="size-4" aria-hidden="true" />
            {t('bets.backToBets')}
          </ButtonLink>
        }
      />
      <RoundDetail id={id} />
    </Guarded>
  );
}

function RoundDetail({ id }: { id: string }) {
  const round = useQuery({
    queryKey: keys.round(id),
    queryFn: () => unwrap(api.GET('/v1/rounds/{round_id}', { params: { path: { round_id: id } } })).then((r) => r.round ?? {}),
    refetchInterval: (q) => (q.state.data?.state === 'ROUND_STATE_OPEN' ? 3000 : false),
  });
  if (round.isPending) {
    return (
      <Loading>
        <PageSkeleton />
      </Loading>
    );
  }
  if (round.isError) return <Failed error={round.error} retry={() => void round.refetch()} />;
  return (
    <div className="flex flex-col gap-5">
      <Summary round={round.data} />
      <Bets bets={round.data.bets ?? []} />
      <Entries roundId={round.data.roundId ?? id} version={`${round.data.state} ${round.data.payout?.amount}`} />
    </div>
  );
}

function Summary({ round }: { round: Round }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const nameOf = useGameNames([round.gameId]);
  const state = bare(round.state, 'ROUND_STATE_');
  const result = round.stake && round.payout && state === 'SETTLED' ? format.signed(minus(round.payout, round.stake)) : '–';
  return (
    <section aria-label={t('bets.roundTitle')} className="card">
      <div className="flex flex-wrap items-center justify-between gap-3 p-5 sm:p-6">
        <h2 className="text-xl font-semibold">{nameOf(round.gameId) ?? round.gameId}</h2>
        <Badge tone={state === 'OPEN' ? 'warning' : 'neutral'}>{tryT(`roundState.${state}`) ?? state}</Badge>
      </div>
      <dl className="grid grid-cols-3 divide-x divide-line border-y border-line text-center">
        <Figure label={t('bets.stake')}>{format.money(round.stake)}</Figure>
        <Figure label={t('bets.payout')}>{format.money(round.payout)}</Figure>
        <Figure label={t('bets.result')}>{result}</Figure>
      </dl>
      <dl className="grid gap-x-8 gap-y-3 p-5 text-sm sm:grid-cols-2 sm:p-6">
        <Detail label={t('bets.opened')}>{format.precise(round.openedAt)}</Detail>
        <Detail label={t('bets.closed')}>{format.precise(round.closedAt)}</Detail>
        <Detail label={t('bets.roundId')} code>
          {round.roundId}
        </Detail>
        <Detail label={t('bets.providerRound')} code>
          {round.providerRoundId}
        </Detail>
      </dl>
    </section>
  );
}

function Bets({ bets }: { bets: Bet[] }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  return (
    <Section title={t('bets.betsOfRound')}>
      <ul className="divide-y divide-line">
        {bets.map((b) => {
          const state = stateOf(b);
          return (
            <li key={b.betId} className="flex flex-wrap items-start justify-between gap-3 py-3">
              <div className="min-w-0">
                <p className="numeric">
                  {t('bets.stake')} <strong>{format.money(b.stake)}</strong> · {t('bets.payout')} <strong>{format.money(b.payout)}</strong>
                </p>
                <p className="text-sm break-all text-muted">
                  {t('bets.bet')} <span className="font-mono">{b.betId}</span>
                </p>
                <p className="text-sm break-all text-muted">
                  {t('bets.transaction')} <span className="font-mono">{b.providerTxId}</span>
                </p>
              </div>
              <Badge tone={betTone(state)}>{tryT(`betState.${state}`) ?? state}</Badge>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

// Entries are the round's lines of the ledger: all of the player's accounts, so that reserving and paying both show.
function Entries({ roundId, version }: { roundId: string; version: string }) {
  const { t } = useI18n();
  const entries = useQuery({
    queryKey: [...keys.entries({ roundId }), version],
    queryFn: () => unwrap(api.GET('/v1/wallet/entries', { params: { query: { 'filter.roundId': roundId, 'page.size': 200 } } })).then((r) => r.entries ?? []),
  });
  return (
    <section aria-labelledby="entries">
      <h2 id="entries" className="text-lg font-semibold">
        {t('bets.entriesOfRound')}
      </h2>
      <p className="mb-3 text-muted">{t('bets.entriesLead')}</p>
      {entries.isPending ? (
        <RowsSkeleton />
      ) : entries.isError ? (
        <Failed error={entries.error} retry={() => void entries.refetch()} />
      ) : (
        <ul className="card divide-y divide-line overflow-hidden">
          {entries.data.map((e) => (
            <li key={e.entryId}>
              <EntryRow entry={e} showAccount />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="p-4">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="numeric text-lg font-semibold sm:text-xl">{children}</dd>
    </div>
  );
}

function Detail({ label, children, code }: { label: string; children: ReactNode; code?: boolean }) {
  return (
    <div className="min-w-0">
      <dt className="text-muted">{label}</dt>
      <dd className={code ? 'font-mono break-all' : ''}>{children}</dd>
    </div>
  );
}
