'use client';

import { bare } from '@/api/enum';
import type { TimelineStep } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { cn } from '@/ui/cn';

import { reasonText, toneOf } from './payments';

const dots = { neutral: 'bg-muted', positive: 'bg-positive', warning: 'bg-warning', negative: 'bg-negative' } as const;

// Timeline tells what has happened to a payment, why, and what comes next. A reason that is no code of ours is a person's words and shown as they are.
export function Timeline({ kind, steps }: { kind: 'deposit' | 'withdrawal'; steps: TimelineStep[] }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  return (
    <ol className="flex flex-col" data-testid="timeline">
      {steps.map((step, i) => {
        const state = bare(bare(step.state, 'DEPOSIT_STATE_'), 'WITHDRAWAL_STATE_');
        const last = i === steps.length - 1;
        const next = last && step.nextStep ? (tryT(`nextStep.${step.nextStep}`) ?? step.nextStep) : undefined;
        return (
          <li key={`${step.at}-${i}`} className="relative flex gap-4 pb-6 last:pb-0">
            {!last && <span className="absolute top-4 left-[5px] h-full w-px bg-line" aria-hidden="true" />}
            <span className={cn('relative mt-1.5 size-3 shrink-0 rounded-full ring-4 ring-surface', last ? dots[toneOf(state)] : 'bg-edge')} aria-hidden="true" />
            <div className="min-w-0">
              <p className={cn('font-medium', last && 'font-semibold')}>{tryT(`${kind}State.${state}`) ?? state}</p>
              {step.reason && <p className="text-sm text-muted">{reasonText(step.reason, tryT)}</p>}
              {next && <p className="text-sm font-medium text-primary">{t('cashier.next', { step: next })}</p>}
              <p className="text-xs text-muted">{format.precise(step.at)}</p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}
