import { Suspense } from 'react';

import { DepositStatusPage } from '@/features/cashier/deposit-status-page';

export const metadata = { title: 'Deposit' };

export default function Page() {
  return (
    <Suspense>
      <DepositStatusPage />
    </Suspense>
  );
}
