import { Suspense } from 'react';

import { BetsPage } from '@/features/bets/bets-page';

export const metadata = { title: 'Bets' };

export default function Page() {
  return (
    <Suspense>
      <BetsPage />
    </Suspense>
  );
}
