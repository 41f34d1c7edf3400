import { Suspense } from 'react';

import { WithdrawalPage } from '@/features/cashier/withdrawal-page';

export const metadata = { title: 'Withdrawal' };

export default function Page() {
  return (
    <Suspense>
      <WithdrawalPage />
    </Suspense>
  );
}
