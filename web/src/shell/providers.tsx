'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { ApiError } from '@/api/errors';
import { I18nProvider } from '@/i18n/provider';
import { ProfileLocale, SessionStart } from '@/session';
import { Toasts } from '@/ui/toast';

import { Live } from './live';
import { MiniAppGate } from './mini-app-gate';
import { StepUp } from './step-up';

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: 15_000,
            // A refusal stays one; what was in the way may go.
            retry: (count, error) => count < 2 && error instanceof ApiError && error.transient && error.reason !== 'NETWORK',
            networkMode: 'always',
          },
          mutations: { retry: false, networkMode: 'always' },
        },
      }),
  );
  return (
    <QueryClientProvider client={client}>
      <I18nProvider>
        <SessionStart />
        <ProfileLocale />
        <Live />
        <MiniAppGate />
        {children}
        <StepUp />
        <Toasts />
      </I18nProvider>
    </QueryClientProvider>
  );
}
