'use client';

import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';

import { api, unwrap } from '@/api/client';
import { bare } from '@/api/enum';
import { keys } from '@/api/keys';
import type { Bet } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Notice } from '@/ui/states';

import { bindingGuard, byRule } from './binding-guard';

// RefusedBet says why the platform did not take a bet, for a game can only say that it was not taken.
export function RefusedBet({ bet }: { bet: Bet | undefined }) {
  const { t } = useI18n();
  const explain = useExplanation(bet);
  const [seen, setSeen] = useState('');
  if (!bet?.betId || bet.betId === seen) return null;
  const reason = bet.rejectReason ?? '';
  return (
    <Notice tone="warning" role="alert" className="m-2" title={t('game.refused')}>
      <div className="flex items-start gap-3">
        <p className="flex-1" data-testid="refused">
          {explain}{' '}
          {byRule(bet) && (
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

function useExplanation(bet: Bet | undefined): string {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const guards = useQuery({
    queryKey: [...keys.guards, bet?.betId],
    queryFn: () => unwrap(api.GET('/v1/wallet/guards')).then((r) => r.guards ?? []),
    enabled: byRule(bet),
  });
  const stake = format.money(bet?.stake);
  const guard = bet && byRule(bet) ? bindingGuard(guards.data ?? [], bet) : undefined;
  const kind = bare(guard?.kind, 'GUARD_KIND_');
  if (kind === 'NO_STAKE') return t('refusal.RESTRICTED', { stake });
  if (guard) {
    const params = { stake, guard: tryT(`guard.${kind}`) ?? kind, maximum: format.money(guard.maximum), remaining: format.money(guard.remaining), resets: format.moment(guard.resetsAt) };
    return t(guard.resetsAt ? 'refusal.LIMIT' : 'refusal.SINGLE_STAKE', params);
  }
  const reason = bet?.rejectReason ?? '';
  return tryT(`refusal.${reason}`, { stake }) ?? t('refusal.OTHER', { reason, stake });
}
