'use client';

import { useQueryClient } from '@tanstack/react-query';
import { X } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState } from 'react';

import { keys } from '@/api/keys';
import type { Bet } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Notice } from '@/ui/states';

// RefusedBet says why the platform did not take a bet, for a game can only say that it was not taken.
export function RefusedBet({ bet }: { bet: Bet | undefined }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const client = useQueryClient();
  const [seen, setSeen] = useState('');
  useEffect(() => {
    if (bet) void client.invalidateQueries({ queryKey: keys.guards });
  }, [bet, client]);
  if (!bet?.betId || bet.betId === seen) return null;
  const reason = bet.rejectReason ?? '';
  return (
    <Notice tone="warning" role="alert" className="m-2" title={t('game.refused')}>
      <div className="flex items-start gap-3">
        <p className="flex-1" data-testid="refused">
          {tryT(`refusal.${reason}`, { stake: format.money(bet.stake) }) ?? t('refusal.OTHER', { reason, stake: format.money(bet.stake) })}{' '}
          {(reason === 'LIMIT_REACHED' || reason === 'RESTRICTED') && (
            <Link href="/protection/" className="font-semibold text-primary underline underline-offset-4">
              {t('refusal.seeProtection')}
            </Link>
          )}
          {reason === 'INSUFFICIENT_FUNDS' && (
            <Link href="/cashier/deposit/" className="font-semibold text-primary underline underline-offset-4">
              {t('nav.deposit')}
            </Link>
          )}
        </p>
        <button type="button" aria-label={t('common.close')} className="-m-2 grid size-10 place-items-center text-muted hover:text-text" onClick={() => setSeen(bet.betId ?? '')}>
          <X className="size-4" aria-hidden="true" />
        </button>
      </div>
    </Notice>
  );
}
