import { Suspense } from 'react';

import { VerifyPage } from '@/features/auth/verify-page';

export const metadata = { title: 'Confirm your address' };

export default function Page() {
  return (
    <Suspense>
      <VerifyPage />
    </Suspense>
  );
}
