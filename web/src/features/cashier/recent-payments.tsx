'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { useBalance } from '@/balances';
import { useI18n } from '@/i18n/provider';

import { PaymentRow, timeOf, type Payment } from './payment-row';

// RecentPayments shows the latest few; a player who has none sees nothing of it.
export function RecentPayments() {
  const { t } = useI18n();
  const version = useBalance()?.version ?? '';
  const query = { 'page.size': 3 };
  const deposits = useQuery({
    queryKey: [...keys.deposits, 'recent', version],
    queryFn: () => unwrap(api.GET('/v1/deposits', { params: { query } })).then((r) => r.deposits ?? []),
    placeholderData: (before) => before,
  });
  const withdrawals = useQuery({
    queryKey: [...keys.withdrawals, 'recent', version],
    queryFn: () => unwrap(api.GET('/v1/withdrawals', { params: { query } })).then((r) => r.withdrawals ?? []),
    placeholderData: (before) => before,
  });
  const recent: Payment[] = [...(deposits.data ?? []).map((deposit) => ({ deposit })), ...(withdrawals.data ?? []).map((withdrawal) => ({ withdrawal }))]
    .sort((a, b) => timeOf(b).localeCompare(timeOf(a)))
    .slice(0, 3);
  if (recent.length === 0) return null;
  return (
    <section aria-labelledby="payments" className="mt-10">
      <div className="mb-4 flex items-end justify-between gap-3">
        <h2 id="payments" className="text-xl font-semibold">
          {t('wallet.payments')}
        </h2>
        <Link href="/cashier/payments/" className="font-semibold text-primary underline underline-offset-4">
          {t('wallet.allPayments')}
        </Link>
      </div>
      <ul className="card divide-y divide-line overflow-hidden">
        {recent.map((p) => (
          <li key={timeOf(p)}>
            <PaymentRow payment={p} />
          </li>
        ))}
      </ul>
    </section>
  );
}
