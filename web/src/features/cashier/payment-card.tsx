'use client';

import { CircleAlert, CircleCheck, Clock3 } from 'lucide-react';
import type { ReactNode } from 'react';

import type { Money } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { cn } from '@/ui/cn';

import type { Tone } from './payments';

// PaymentCard heads the page of one payment: what, how much, where it stands.
export function PaymentCard({ title, amount, state, tone, children }: { title: ReactNode; amount: Money | undefined; state: ReactNode; tone: Tone; children?: ReactNode }) {
  const format = useFormat();
  const Icon = tone === 'positive' ? CircleCheck : tone === 'negative' ? CircleAlert : Clock3;
  const look = { positive: 'text-positive bg-positive-soft', negative: 'text-negative bg-negative-soft', warning: 'text-warning bg-warning-soft', neutral: 'text-muted bg-raised' }[tone];
  return (
    <div className="card flex flex-col items-center gap-3 px-5 py-8 text-center">
      <span className={cn('grid size-14 place-items-center rounded-full', look)}>
        <Icon className="size-7" aria-hidden="true" />
      </span>
      <h1 className="text-muted">{title}</h1>
      <p className="numeric text-4xl font-semibold tracking-tight">{format.money(amount)}</p>
      <p role="status" data-testid="payment-state" className={cn('rounded-full px-3 py-1 text-sm font-semibold', look)}>
        {state}
      </p>
      {children}
    </div>
  );
}
