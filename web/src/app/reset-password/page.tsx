import { Suspense } from 'react';

import { ResetPage } from '@/features/auth/reset-page';

export const metadata = { title: 'New password' };

export default function Page() {
  return (
    <Suspense>
      <ResetPage />
    </Suspense>
  );
}
