'use client';

import { CircleUserRound } from 'lucide-react';
import dynamic from 'next/dynamic';

export const trigger = 'grid size-11 place-items-center rounded-xl border border-line bg-surface text-muted hover:bg-raised hover:text-text';

// AccountButton fetches its menu after the page, which does not need it to be read.
export const AccountButton = dynamic(() => import('./account-menu'), {
  ssr: false,
  loading: () => (
    <span className={trigger}>
      <CircleUserRound className="size-5.5" strokeWidth={1.75} aria-hidden="true" />
    </span>
  ),
});
