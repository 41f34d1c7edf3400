import { Suspense } from 'react';

import { AccountPage } from '@/features/account/account-page';

export const metadata = { title: 'Account' };

export default function Page() {
  return (
    <Suspense>
      <AccountPage />
    </Suspense>
  );
}
