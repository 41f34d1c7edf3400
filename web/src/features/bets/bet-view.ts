import { bare } from '@/api/enum';
import type { Bet, Money } from '@/api/schema';
import { minus } from '@/money';
import type { Tone } from '@/features/cashier/payments';

// stateOf tells won from lost where the contract has one word for both.
export function stateOf(bet: Bet): string {
  const state = bare(bet.state, 'BET_STATE_');
  if (state !== 'SETTLED') return state;
  const outcome = bare(bet.outcome, 'BET_OUTCOME_');
  return outcome === 'UNSPECIFIED' ? state : outcome;
}

export function betTone(state: string): Tone {
  if (state === 'WIN') return 'positive';
  if (state === 'REJECTED') return 'negative';
  if (state === 'ACCEPTED' || state === 'PENDING') return 'warning';
  return 'neutral';
}

// resultOf is what the bet has brought or cost; undefined while that is open or when no money moved.
export function resultOf(bet: Bet): Money | undefined {
  if (bet.state !== 'BET_STATE_SETTLED' || !bet.stake) return undefined;
  return minus(bet.payout ?? { amount: '0', currency: bet.stake.currency }, bet.stake);
}
