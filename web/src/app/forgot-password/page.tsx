import { Suspense } from 'react';

import { ForgotPage } from '@/features/auth/forgot-page';

export const metadata = { title: 'Forgotten password' };

export default function Page() {
  return (
    <Suspense>
      <ForgotPage />
    </Suspense>
  );
}
