import { Suspense } from 'react';

import { PaymentsPage } from '@/features/cashier/payments-page';

export const metadata = { title: 'Payments' };

export default function Page() {
  return (
    <Suspense>
      <PaymentsPage />
    </Suspense>
  );
}
