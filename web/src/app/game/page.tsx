import { Suspense } from 'react';

import { GamePage } from '@/features/game/game-page';

export const metadata = { title: 'Game' };

export default function Page() {
  return (
    <Suspense>
      <GamePage />
    </Suspense>
  );
}
