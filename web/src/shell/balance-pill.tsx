'use client';

import { Plus } from 'lucide-react';
import Link from 'next/link';

import { useBalance } from '@/balances';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Skeleton } from '@/ui/states';

export function BalancePill() {
  const { t } = useI18n();
  const format = useFormat();
  const balance = useBalance();
  return (
    <div className="flex items-center rounded-xl border border-line bg-surface">
      <Link href="/cashier/" className="flex h-11 items-center rounded-l-xl pr-3 pl-3.5 hover:bg-raised">
        <span className="sr-only">{t('common.balance')} </span>
        <span className="numeric font-semibold" data-testid="balance" aria-live="off">
          {balance ? format.money(balance.available) : <Skeleton className="w-16" />}
        </span>
      </Link>
      <Link href="/cashier/deposit/" aria-label={t('nav.deposit')} className="grid h-11 w-11 place-items-center rounded-r-xl bg-primary text-on-primary hover:bg-primary-strong">
        <Plus className="size-5" strokeWidth={2.5} aria-hidden="true" />
      </Link>
    </div>
  );
}
