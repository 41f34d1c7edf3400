'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { ArrowDownUp } from 'lucide-react';
import type { ReactNode } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { RowsSkeleton } from '@/features/wallet/history';
import { useI18n } from '@/i18n/provider';
import { Guarded } from '@/session';
import { Button, ButtonLink } from '@/ui/button';
import { cn } from '@/ui/cn';
import { PageTitle } from '@/ui/section';
import { Empty, Failed } from '@/ui/states';
import { useQueryState } from '@/use-query-state';

import { PaymentRow, timeOf, type Payment } from './payment-row';

export function PaymentsPage() {
  const { t } = useI18n();
  const [{ show }, choose] = useQueryState(['show'] as const);
  const withdrawals = show === 'withdrawals';
  return (
    <Guarded>
      <PageTitle title={t('wallet.payments')} />
      <div role="group" aria-label={t('wallet.kind')} className="mb-5 inline-flex rounded-xl border border-line bg-surface p-1">
        {(['deposits', 'withdrawals'] as const).map((which) => {
          const current = (which === 'withdrawals') === withdrawals;
          return (
            <button
              key={which}
              type="button"
              aria-pressed={current}
              className={cn('h-10 rounded-lg px-4 font-medium', current ? 'bg-raised text-text' : 'text-muted hover:text-text')}
              onClick={() => choose({ show: which === 'deposits' ? '' : which })}
            >
              {t(which === 'deposits' ? 'nav.deposit' : 'nav.withdraw')}
            </button>
          );
        })}
      </div>
      {withdrawals ? <Withdrawals /> : <Deposits />}
    </Guarded>
  );
}

const size = 30;

function Deposits() {
  const list = useInfiniteQuery({
    queryKey: [...keys.deposits, 'all'],
    queryFn: ({ pageParam }) => unwrap(api.GET('/v1/deposits', { params: { query: { 'page.size': size, 'page.token': pageParam } } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextToken || undefined,
  });
  const payments = list.data?.pages.flatMap((p) => p.deposits ?? []).map((deposit) => ({ deposit })) ?? [];
  return <List query={list} payments={payments} action={<Start href="/cashier/deposit/" label="nav.deposit" />} />;
}

function Withdrawals() {
  const list = useInfiniteQuery({
    queryKey: [...keys.withdrawals, 'all'],
    queryFn: ({ pageParam }) => unwrap(api.GET('/v1/withdrawals', { params: { query: { 'page.size': size, 'page.token': pageParam } } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextToken || undefined,
  });
  const payments = list.data?.pages.flatMap((p) => p.withdrawals ?? []).map((withdrawal) => ({ withdrawal })) ?? [];
  return <List query={list} payments={payments} action={<Start href="/cashier/withdraw/" label="nav.withdraw" />} />;
}

function Start({ href, label }: { href: string; label: 'nav.deposit' | 'nav.withdraw' }) {
  const { t } = useI18n();
  return <ButtonLink href={href}>{t(label)}</ButtonLink>;
}

interface ListQuery {
  isPending: boolean;
  isError: boolean;
  error: unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => unknown;
  fetchNextPage: () => unknown;
}

function List({ query, payments, action }: { query: ListQuery; payments: Payment[]; action: ReactNode }) {
  const { t } = useI18n();
  if (query.isPending) return <RowsSkeleton />;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (payments.length === 0) {
    return (
      <Empty title={t('wallet.paymentsNone')} icon={<ArrowDownUp aria-hidden="true" />} action={action}>
        {t('wallet.paymentsNoneLead')}
      </Empty>
    );
  }
  return (
    <>
      <ul className="card divide-y divide-line overflow-hidden">
        {payments.map((p) => (
          <li key={'deposit' in p ? p.deposit.depositId : p.withdrawal.withdrawalId}>
            <PaymentRow payment={p} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button variant="secondary" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </>
  );
}
