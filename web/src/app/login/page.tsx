import { Suspense } from 'react';

import { LoginPage } from '@/features/auth/login-page';

export const metadata = { title: 'Log in' };

export default function Page() {
  return (
    <Suspense>
      <LoginPage />
    </Suspense>
  );
}
