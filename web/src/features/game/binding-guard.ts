import type { Bet, Guard } from '@/api/schema';
import { compare } from '@/money';

// A bet says only that a rule of the player's account refused it; which one, the wallet's guards tell.

// The reasons of bets that guards explain further.
export const byRule = (bet: Bet | undefined): boolean => ['LIMIT_REACHED', 'RESTRICTED', 'PLAYER_BLOCKED'].includes(bet?.rejectReason ?? '');

const limits = ['GUARD_KIND_STAKE', 'GUARD_KIND_NET_LOSS'];
const singles = ['GUARD_KIND_SINGLE_STAKE', 'GUARD_KIND_SINGLE_STAKE_BONUS'];

// bindingGuard is the guard that leaves no room for a stake: a restriction before all, else the limit with the least left.
export function bindingGuard(guards: Guard[], bet: Bet): Guard | undefined {
  const restriction = guards.find((g) => g.kind === 'GUARD_KIND_NO_STAKE');
  if (restriction) return restriction;
  const same = guards.filter((g) => g.maximum?.currency === bet.stake?.currency);
  const short = same
    .filter((g) => limits.includes(g.kind ?? '') && compare(g.remaining, bet.stake) < 0)
    .sort((a, b) => compare(a.remaining, b.remaining));
  return short[0] ?? same.find((g) => singles.includes(g.kind ?? '') && compare(g.maximum, bet.stake) < 0);
}
