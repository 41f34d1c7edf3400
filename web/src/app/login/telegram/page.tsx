import { Suspense } from 'react';

import { TelegramReturnPage } from '@/features/auth/telegram-return-page';

export const metadata = { title: 'Log in' };

export default function Page() {
  return (
    <Suspense>
      <TelegramReturnPage />
    </Suspense>
  );
}
