import { Suspense } from 'react';

import { WithdrawPage } from '@/features/cashier/withdraw-page';

export const metadata = { title: 'Withdraw' };

export default function Page() {
  return (
    <Suspense>
      <WithdrawPage />
    </Suspense>
  );
}
