import { Suspense } from 'react';

import { DepositPage } from '@/features/cashier/deposit-page';

export const metadata = { title: 'Deposit' };

export default function Page() {
  return (
    <Suspense>
      <DepositPage />
    </Suspense>
  );
}
