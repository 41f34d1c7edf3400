import { Suspense } from 'react';

import { RoundPage } from '@/features/bets/round-page';

export const metadata = { title: 'Round' };

export default function Page() {
  return (
    <Suspense>
      <RoundPage />
    </Suspense>
  );
}
