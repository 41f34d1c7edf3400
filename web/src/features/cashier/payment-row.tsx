'use client';

import { ArrowDownToLine, ArrowUpFromLine, ChevronRight } from 'lucide-react';
import Link from 'next/link';

import type { Deposit, Withdrawal } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { Badge } from '@/ui/states';

import { depositPath, depositState, toneOf, withdrawalPath, withdrawalState } from './payments';

export type Payment = { deposit: Deposit } | { withdrawal: Withdrawal };

export const timeOf = (p: Payment): string => ('deposit' in p ? p.deposit.createdAt : p.withdrawal.createdAt) ?? '';

export function PaymentRow({ payment }: { payment: Payment }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const incoming = 'deposit' in payment;
  const state = incoming ? depositState(payment.deposit) : withdrawalState(payment.withdrawal);
  const Icon = incoming ? ArrowDownToLine : ArrowUpFromLine;
  const badge = <Badge tone={toneOf(state)}>{tryT(`${incoming ? 'deposit' : 'withdrawal'}State.${state}`) ?? state}</Badge>;
  return (
    <Link
      href={incoming ? depositPath(payment.deposit.depositId) : withdrawalPath(payment.withdrawal.withdrawalId)}
      data-testid="payment"
      className="flex items-center gap-4 px-4 py-3.5 hover:bg-raised sm:px-5"
    >
      <span className="grid size-10 shrink-0 place-items-center rounded-full bg-raised text-muted">
        <Icon className="size-4.5" aria-hidden="true" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{t(incoming ? 'cashier.depositStatus' : 'cashier.withdrawalStatus')}</span>
        <span className="block truncate text-sm text-muted">{format.moment(timeOf(payment))}</span>
        <span className="mt-1 block sm:hidden">{badge}</span>
      </span>
      <span className="flex items-center gap-5">
        <span className="hidden sm:block">{badge}</span>
        <span className="numeric font-semibold sm:min-w-28 sm:text-right">{format.money(incoming ? payment.deposit.amount : payment.withdrawal.amount)}</span>
      </span>
      <ChevronRight className="size-4 shrink-0 text-muted" aria-hidden="true" />
    </Link>
  );
}
