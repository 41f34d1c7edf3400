import { Suspense } from 'react';

import { SecurityPage } from '@/features/account/security-page';

export const metadata = { title: 'Security' };

export default function Page() {
  return (
    <Suspense>
      <SecurityPage />
    </Suspense>
  );
}
