import { bare } from '@/api/enum';
import type { Deposit, Withdrawal } from '@/api/schema';

export const depositPath = (id: string | undefined): string => `/cashier/deposit/status/?deposit=${encodeURIComponent(id ?? '')}`;
export const withdrawalPath = (id: string | undefined): string => `/cashier/withdrawal/?id=${encodeURIComponent(id ?? '')}`;

export const depositState = (d: Deposit): string => bare(d.state, 'DEPOSIT_STATE_');
export const withdrawalState = (w: Withdrawal): string => bare(w.state, 'WITHDRAWAL_STATE_');

// What is still under way is asked about again.
export const depositOpen = (d: Deposit | undefined): boolean => !d || ['CREATED', 'PENDING'].includes(depositState(d));
export const withdrawalOpen = (w: Withdrawal | undefined): boolean => !w || ['REQUESTED', 'AWAITING_APPROVAL', 'APPROVED', 'SUBMITTED', 'UNKNOWN'].includes(withdrawalState(w));

// reasonText says why a payment went as it did. A person's words are shown as they are; a provider's code that we have no text for is nobody's language, and
// some of them, a stolen card's for example, are not for whoever holds the card.
export const reasonText = (reason: string, tryT: (key: string) => string | undefined): string =>
  tryT(`paymentReason.${reason}`) ?? (/^[a-z0-9_]+$/.test(reason) ? tryT('paymentReason.PROVIDER_REFUSED') : undefined) ?? reason;

export type Tone = 'neutral' | 'positive' | 'warning' | 'negative';

export function toneOf(state: string): Tone {
  if (['CAPTURED', 'PAID'].includes(state)) return 'positive';
  if (['DECLINED', 'REJECTED', 'FAILED'].includes(state)) return 'negative';
  if (['DISPUTED', 'UNKNOWN', 'AWAITING_APPROVAL', 'PENDING'].includes(state)) return 'warning';
  return 'neutral';
}
