import { Suspense } from 'react';

import { WalletPage } from '@/features/wallet/wallet-page';

export const metadata = { title: 'Wallet' };

export default function Page() {
  return (
    <Suspense>
      <WalletPage />
    </Suspense>
  );
}
