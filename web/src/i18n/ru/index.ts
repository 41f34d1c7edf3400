import type { Catalog } from '../types';

import { account, security } from './account';
import { auth } from './auth';
import { betState, bets, guard, guardMeaning, guardWindow, protection, roundState } from './bets';
import { common, form, nav, stepUp } from './common';
import { error } from './error';
import { inbox, inboxKind, passkey } from './inbox';
import { category, game, lobby, refusal } from './play';
import { accountKind, cashier, depositState, entry, nextStep, paymentReason, wallet, withdrawalState } from './wallet';

const catalog: Catalog = {
  common,
  nav,
  form,
  stepUp,
  error,
  auth,
  lobby,
  category,
  game,
  refusal,
  account,
  security,
  wallet,
  entry,
  accountKind,
  cashier,
  depositState,
  withdrawalState,
  paymentReason,
  nextStep,
  bets,
  betState,
  roundState,
  protection,
  guard,
  guardMeaning,
  guardWindow,
  inbox,
  inboxKind,
  passkey,
};

export default catalog;
