'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { ReceiptText } from 'lucide-react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useBalance, useCurrency } from '@/balances';
import { useI18n } from '@/i18n/provider';
import { Button } from '@/ui/button';
import { CsvButton } from '@/ui/csv-button';
import { FilterDays, Filters, FilterSelect } from '@/ui/filters';
import { Empty, Failed, Loading, Skeleton } from '@/ui/states';
import { endOf, startOf, useQueryState } from '@/use-query-state';

import { accounts, kinds } from './entry-kinds';
import { EntryRow } from './entry-row';

interface Filter {
  currency: string;
  account: string;
  kind: string;
  from: string;
  until: string;
}

function readPage(f: Filter, token: string, size: number, signal?: AbortSignal) {
  return unwrap(
    api.GET('/v1/wallet/entries', {
      signal,
      params: {
        query: {
          'filter.currency': f.currency,
          'filter.account': accounts[f.account || 'cash'],
          'filter.types': kinds[f.kind],
          'filter.from': startOf(f.from),
          'filter.until': endOf(f.until),
          'page.size': size,
          'page.token': token,
        },
      },
    }),
  );
}

// History is the statement: newest first, filtered, with every page within reach.
export function History() {
  const { t } = useI18n();
  const [currency] = useCurrency();
  const [chosen, choose] = useQueryState(['account', 'kind', 'from', 'until'] as const);
  const filter: Filter = { currency, ...chosen };
  // A balance with a new version means that there are new entries.
  const version = useBalance()?.version ?? '';
  const entries = useInfiniteQuery({
    queryKey: [...keys.entries(filter), version],
    queryFn: ({ pageParam, signal }) => readPage(filter, pageParam, 30, signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextToken || undefined,
    placeholderData: (before) => before,
  });
  return (
    <section aria-labelledby="history" className="mt-10">
      <div className="mb-4 flex flex-wrap items-end justify-between gap-3">
        <div>
          <h2 id="history" className="text-xl font-semibold">
            {t('wallet.history')}
          </h2>
          <p className="text-muted">{t('wallet.historyLead')}</p>
        </div>
        <StatementCsv filter={filter} />
      </div>
      <Filters>
        <FilterSelect
          label={t('wallet.account')}
          value={chosen.account || 'cash'}
          onChange={(v) => choose({ account: v === 'cash' ? '' : v })}
          options={[
            { value: 'cash', label: t('accountKind.CASH') },
            { value: 'held', label: t('accountKind.HELD_CASH') },
            { value: 'bonus', label: t('accountKind.BONUS') },
            { value: 'heldBonus', label: t('accountKind.HELD_BONUS') },
            { value: 'owed', label: t('accountKind.RECEIVABLE') },
            { value: 'all', label: t('accountKind.ALL') },
          ]}
        />
        <FilterSelect
          label={t('wallet.kind')}
          value={chosen.kind}
          onChange={(kind) => choose({ kind })}
          options={[
            { value: '', label: t('common.all') },
            { value: 'payments', label: t('wallet.kindPayments') },
            { value: 'bets', label: t('wallet.kindBets') },
            { value: 'bonus', label: t('wallet.kindBonus') },
            { value: 'other', label: t('wallet.kindOther') },
          ]}
        />
        <FilterDays from={chosen.from} until={chosen.until} onChange={choose} />
      </Filters>
      {entries.isPending ? (
        <RowsSkeleton />
      ) : entries.isError ? (
        <Failed error={entries.error} retry={() => void entries.refetch()} />
      ) : entries.data.pages[0]?.entries?.length ? (
        <>
          <ul className="card divide-y divide-line overflow-hidden">
            {entries.data.pages
              .flatMap((p) => p.entries ?? [])
              .map((e) => (
                <li key={e.entryId}>
                  <EntryRow entry={e} showAccount={chosen.account === 'all'} />
                </li>
              ))}
          </ul>
          {entries.hasNextPage && (
            <div className="mt-4 flex justify-center">
              <Button variant="secondary" busy={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                {t('common.more')}
              </Button>
            </div>
          )}
        </>
      ) : (
        <Empty title={t('wallet.historyNone')} icon={<ReceiptText aria-hidden="true" />}>
          {t('wallet.historyNoneLead')}
        </Empty>
      )}
    </section>
  );
}

function StatementCsv({ filter }: { filter: Filter }) {
  return (
    <CsvButton
      name={`pitboss-transactions-${filter.currency}.csv`}
      header={['time', 'type', 'account', 'amount', 'currency', 'balance_after', 'operation_id', 'entry_id', 'source', 'source_id', 'round_id', 'game_id', 'grant_id']}
      page={async (token, signal) => {
        const page = await readPage(filter, token, 200, signal);
        const rows = (page.entries ?? []).map((e) => [
          e.createdAt ?? '',
          (e.type ?? '').replace('ENTRY_TYPE_', ''),
          (e.account ?? '').replace('ACCOUNT_KIND_', ''),
          e.amount?.amount ?? '',
          e.amount?.currency ?? '',
          e.balanceAfter?.amount ?? '',
          e.operationId ?? '',
          String(e.entryId ?? ''),
          (e.reference?.sourceKind ?? '').replace('SOURCE_KIND_', ''),
          e.reference?.sourceId ?? '',
          e.reference?.roundId ?? '',
          e.reference?.gameId ?? '',
          e.grantId ?? '',
        ]);
        return { rows, next: page.page?.nextToken ?? '' };
      }}
    />
  );
}

export function RowsSkeleton() {
  return (
    <Loading>
      <div className="card divide-y divide-line">
        {Array.from({ length: 6 }, (_, i) => (
          <div key={i} className="flex justify-between px-5 py-4">
            <Skeleton className="h-9 w-40" />
            <Skeleton className="h-9 w-24" />
          </div>
        ))}
      </div>
    </Loading>
  );
}
