'use client';

import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import type { Bet, Money } from '@/api/schema';
import { minus, sum } from '@/money';

export interface SessionBets {
  staked: Money;
  won: Money;
  net: Money;
  // The newest bet that was refused, if any was.
  refused: Bet | undefined;
}

const open = (b: Bet): boolean => b.state === 'BET_STATE_PENDING' || b.state === 'BET_STATE_ACCEPTED';
const counts = (b: Bet): boolean => open(b) || b.state === 'BET_STATE_SETTLED';

// useSessionBets sums the bets since the play began, in one currency. It reads only until it meets what it knows already.
export function useSessionBets(since: number | undefined, currency: string, tick: string) {
  const known = useRef(new Map<string, Bet>());
  return useQuery({
    queryKey: [...keys.bets({ since, currency }), tick],
    enabled: since !== undefined,
    refetchInterval: 15_000,
    placeholderData: (before: SessionBets | undefined) => before,
    queryFn: async (): Promise<SessionBets> => {
      const from = new Date(since ?? 0).toISOString();
      let token = '';
      do {
        const page = await unwrap(api.GET('/v1/bets', { params: { query: { from, 'page.size': 100, 'page.token': token } } }));
        const bets = page.bets ?? [];
        const settledBefore = (b: Bet) => {
          const k = known.current.get(b.betId ?? '');
          return k !== undefined && !open(k);
        };
        const enough = bets.length > 0 && bets.every(settledBefore);
        bets.forEach((b) => known.current.set(b.betId ?? '', b));
        token = enough ? '' : (page.page?.nextToken ?? '');
      } while (token);
      const mine = [...known.current.values()].filter((b) => b.stake?.currency === currency && Date.parse(b.placedAt ?? '') >= (since ?? 0));
      const counted = mine.filter(counts);
      const staked = sum(currency, counted.map((b) => b.stake));
      const won = sum(currency, counted.map((b) => b.payout));
      const refused = mine.filter((b) => b.state === 'BET_STATE_REJECTED').sort((a, b) => (b.placedAt ?? '').localeCompare(a.placedAt ?? ''))[0];
      return { staked, won, net: minus(won, staked), refused };
    },
  });
}
