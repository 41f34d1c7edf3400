'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { Balance } from '@/api/schema';
import { onPreferencesLost, readPreference, writePreference } from '@/preferences';
import { useStanding } from '@/session';

export function useBalances() {
  const standing = useStanding();
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.balances,
    // An answer that was slow may be older than what has been pushed in the meantime.
    queryFn: ({ signal }) => unwrap(api.GET('/v1/wallet/balances', { signal })).then((r) => newest(client.getQueryData<Balance[]>(keys.balances), r.balances ?? [])),
    enabled: standing === 'player',
    // The live connection keeps them current; this is for the time in which there is none.
    refetchInterval: 60_000,
  });
}

// newest joins two lists of balances: of each currency the one with the higher version, in the order of the currencies.
export function newest(known: Balance[] = [], read: Balance[]): Balance[] {
  const by = new Map<string, Balance>();
  for (const balance of [...known, ...read]) {
    const currency = balance.available?.currency ?? '';
    const old = by.get(currency);
    if (!old || BigInt(balance.version ?? 0) >= BigInt(old.version ?? 0)) by.set(currency, balance);
  }
  return [...by].sort(([a], [b]) => a.localeCompare(b)).map(([, balance]) => balance);
}

const fallback = 'EUR';
const watchers = new Set<(currency: string) => void>();

// useCurrency is the currency that the player plays in: the chosen one, else the first there is money in.
export function useCurrency(): [string, (currency: string) => void] {
  const { data: balances } = useBalances();
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => {
    setChosen(readPreference('currency'));
    watchers.add(setChosen);
    return () => void watchers.delete(setChosen);
  }, []);
  useEffect(() => onPreferencesLost(() => chosen && writePreference('currency', chosen)), [chosen]);
  const choose = (currency: string) => {
    writePreference('currency', currency);
    watchers.forEach((w) => w(currency));
  };
  return [chosen ?? balances?.[0]?.available?.currency ?? fallback, choose];
}

// useBalance is the balance in the currency that the player plays in; undefined while it is read.
export function useBalance(): Balance | undefined {
  const { data: balances } = useBalances();
  const [currency] = useCurrency();
  if (!balances) return undefined;
  return balances.find((b) => b.available?.currency === currency) ?? { available: { amount: '0', currency } };
}
