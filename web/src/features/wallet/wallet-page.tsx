'use client';

import { useI18n } from '@/i18n/provider';
import { RecentPayments } from '@/features/cashier/recent-payments';
import { Guarded } from '@/session';
import { PageTitle } from '@/ui/section';

import { BalancesPanel } from './balances-panel';
import { History } from './history';

export function WalletPage() {
  const { t } = useI18n();
  return (
    <Guarded>
      <PageTitle title={t('wallet.title')} />
      <BalancesPanel />
      <RecentPayments />
      <History />
    </Guarded>
  );
}
