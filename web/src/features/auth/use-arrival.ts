'use client';

import { useRouter, useSearchParams } from 'next/navigation';
import { useEffect } from 'react';

import { adopt } from '@/api/session';
import type { Tokens } from '@/api/schema';
import { safeNext, useStanding } from '@/session';

// useArrival takes the tokens of a login and goes where the player wanted to.
export function useArrival(): { arrive: (tokens: Tokens | undefined) => void; next: string } {
  const router = useRouter();
  const next = safeNext(useSearchParams().get('next'));
  const standing = useStanding();
  // Also for a player who is logged in already, or who logged in in another tab.
  useEffect(() => {
    if (standing === 'player') router.replace(next);
  }, [standing, router, next]);
  return { arrive: adopt, next };
}
