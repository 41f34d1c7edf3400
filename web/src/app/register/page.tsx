import { Suspense } from 'react';

import { RegisterPage } from '@/features/auth/register-page';

export const metadata = { title: 'Register' };

export default function Page() {
  return (
    <Suspense>
      <RegisterPage />
    </Suspense>
  );
}
