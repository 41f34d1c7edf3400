'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { keys } from '@/api/keys';
import { connectLive } from '@/api/live';
import type { Balance } from '@/api/schema';
import { useStanding } from '@/session';

// LiveBalances writes pushed balances into the cache. Versions order them: a late one does not replace a newer one.
export function LiveBalances() {
  const standing = useStanding();
  const client = useQueryClient();
  useEffect(() => {
    if (standing !== 'player') return;
    return connectLive({
      onOpen: () => void client.invalidateQueries({ queryKey: keys.balances }),
      onBalance: (pushed) => client.setQueryData<Balance[]>(keys.balances, (known) => (known ? merge(known, pushed) : known)),
    });
  }, [standing, client]);
  return null;
}

function merge(known: Balance[], pushed: Balance): Balance[] {
  const currency = pushed.available?.currency;
  const old = known.find((b) => b.available?.currency === currency);
  if (!old) return [...known, pushed].sort((a, b) => (a.available?.currency ?? '').localeCompare(b.available?.currency ?? ''));
  if (BigInt(old.version ?? 0) >= BigInt(pushed.version ?? 0)) return known;
  return known.map((b) => (b === old ? pushed : b));
}
