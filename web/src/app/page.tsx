import { Suspense } from 'react';

import { LobbyPage } from '@/features/lobby/lobby-page';

export const metadata = { title: 'Lobby' };

export default function Page() {
  return (
    <Suspense>
      <LobbyPage />
    </Suspense>
  );
}
