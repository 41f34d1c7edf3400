'use client';

import { useCallback } from 'react';

import { ApiError } from '@/api/errors';

import { useFormat } from './format';
import { useI18n } from './provider';

// useErrorText says in the player's language what a call was refused with. Reasons are the contract's; one without a text of its own gets the general one,
// with the reason in it, so that support can be told.
export function useErrorText(): (error: unknown) => string {
  const { t, tryT } = useI18n();
  const format = useFormat();
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof ApiError)) return t('error.unexpected', { reason: 'CLIENT' });
      const m = error.metadata;
      const money = (amount: string | undefined) => (amount && m.currency ? format.money({ amount, currency: m.currency }) : (amount ?? ''));
      const params: Record<string, string> = {
        ...m,
        min: money(m.min),
        max: money(m.max),
        maximum: money(m.maximum),
        remaining: money(m.remaining),
        used: money(m.used),
        available: money(m.available),
        refundable: money(m.refundable),
        owed: money(m.owed),
        resets: m.resets_at ? format.moment(m.resets_at) : '',
        expires: m.expires_at ? format.moment(m.expires_at) : '',
        seconds: String(Math.max(1, Math.ceil(error.retryAfter))),
      };
      if (error.reason === 'PASSWORD_WEAK') return tryT(`error.PASSWORD_WEAK_${m.rule ?? ''}`, params) ?? t('error.PASSWORD_WEAK', params);
      if (error.reason === 'TELEGRAM_PROOF_INVALID') return tryT(`error.TELEGRAM_PROOF_INVALID_${m.cause ?? ''}`, params) ?? t('error.TELEGRAM_PROOF_INVALID', params);
      if (error.reason === 'LIMIT_REACHED') return tryT(`error.LIMIT_REACHED_${(m.guard ?? '').replace('GUARD_KIND_', '')}`, params) ?? t('error.LIMIT_REACHED', params);
      return tryT(`error.${error.reason}`, params) ?? t('error.unexpected', { reason: error.reason });
    },
    [t, tryT, format],
  );
}
