import type { AccountKind, EntryType } from '@/api/schema';

// Kinds of transactions as people think of them, each a set of the ledger's types.
export const kinds: Record<string, EntryType[]> = {
  payments: ['ENTRY_TYPE_DEPOSIT', 'ENTRY_TYPE_WITHDRAWAL_HOLD', 'ENTRY_TYPE_WITHDRAWAL', 'ENTRY_TYPE_WITHDRAWAL_CANCEL', 'ENTRY_TYPE_CHARGEBACK'],
  bets: ['ENTRY_TYPE_HOLD', 'ENTRY_TYPE_HOLD_RELEASE', 'ENTRY_TYPE_SETTLE_DEBIT', 'ENTRY_TYPE_PAYOUT', 'ENTRY_TYPE_CORRECTION', 'ENTRY_TYPE_JACKPOT_WIN'],
  bonus: ['ENTRY_TYPE_BONUS_GRANT', 'ENTRY_TYPE_BONUS_CONVERT', 'ENTRY_TYPE_BONUS_FORFEIT'],
  other: ['ENTRY_TYPE_TRANSFER', 'ENTRY_TYPE_TRANSFER_OUT', 'ENTRY_TYPE_TRANSFER_IN', 'ENTRY_TYPE_FX', 'ENTRY_TYPE_ADJUSTMENT'],
};

// The player's own accounts. Cash is what a statement of a bank would show.
export const accounts: Record<string, AccountKind> = {
  cash: 'ACCOUNT_KIND_CASH',
  held: 'ACCOUNT_KIND_HELD_CASH',
  bonus: 'ACCOUNT_KIND_BONUS',
  heldBonus: 'ACCOUNT_KIND_HELD_BONUS',
  owed: 'ACCOUNT_KIND_RECEIVABLE',
  all: 'ACCOUNT_KIND_UNSPECIFIED',
};
