import { Suspense } from 'react';

import { ProtectionPage } from '@/features/protection/protection-page';

export const metadata = { title: 'Protection' };

export default function Page() {
  return (
    <Suspense>
      <ProtectionPage />
    </Suspense>
  );
}
