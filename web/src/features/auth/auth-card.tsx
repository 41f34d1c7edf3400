'use client';

import { useSyncExternalStore, type ReactNode } from 'react';

import { useTitle } from '@/use-title';

// AuthCard frames the pages on which people come in.
export function AuthCard({ title, lead, children, foot }: { title: string; lead?: ReactNode; children: ReactNode; foot?: ReactNode }) {
  useTitle(title);
  const alive = useAlive();
  return (
    <div className="mx-auto w-full max-w-md py-4 sm:py-10">
      <div className="card p-6 shadow-float sm:p-8">
        <h1 className="text-2xl font-semibold">{title}</h1>
        {lead && <p className="mt-1.5 text-muted">{lead}</p>}
        <fieldset disabled={!alive} className="mt-6 flex min-w-0 flex-col gap-5">
          {children}
        </fieldset>
      </div>
      {foot && <p className="mt-5 text-center text-muted">{foot}</p>}
    </div>
  );
}

const never = () => () => {};

// useAlive is false in a page as it was sent, until its script runs: what somebody types before that would be lost.
const useAlive = () =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
