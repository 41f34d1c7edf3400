'use client';

import { useCallback } from 'react';

import type { InboxMessage } from '@/api/schema';
import { browserName } from '@/features/account/browser-name';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';

// useMessageText says a message in the player's language. A kind that this page does not know is a neutral line.
export function useMessageText(): (message: InboxMessage) => string {
  const { t, tryT } = useI18n();
  const format = useFormat();
  return useCallback(
    (message: InboxMessage) => {
      const v = message.values ?? {};
      const params = {
        ...v,
        amount: v.amount && v.currency ? format.money({ amount: v.amount, currency: v.currency }) : (v.amount ?? ''),
        browser: browserName(v.user_agent ?? '') ?? t('security.unknownBrowser'),
      };
      return tryT(`inboxKind.${message.kind}`, params) ?? t('inboxKind.OTHER');
    },
    [t, tryT, format],
  );
}

// placeOf is the page that a message is about; undefined when there is none.
export function placeOf(message: InboxMessage): string | undefined {
  const v = message.values ?? {};
  if (v.deposit_id) return `/cashier/deposit/status/?deposit=${encodeURIComponent(v.deposit_id)}`;
  if (v.withdrawal_id) return `/cashier/withdrawal/?id=${encodeURIComponent(v.withdrawal_id)}`;
  if (v.round_id) return `/bets/round/?id=${encodeURIComponent(v.round_id)}`;
  if (['NEW_DEVICE', 'PASSWORD_CHANGED', 'TOTP_DISABLED'].includes(message.kind ?? '')) return '/account/security/';
  return undefined;
}
