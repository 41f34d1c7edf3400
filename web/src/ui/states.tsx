'use client';

import { CircleAlert, CloudOff, Info, TriangleAlert, CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';

import { ApiError } from '@/api/errors';
import { useErrorText } from '@/i18n/errors';
import { useI18n } from '@/i18n/provider';

import { Button } from './button';
import { cn } from './cn';

const tones = {
  info: ['border-line bg-raised text-text', Info],
  positive: ['border-positive/40 bg-positive-soft text-positive', CircleCheck],
  warning: ['border-warning/40 bg-warning-soft text-warning', TriangleAlert],
  negative: ['border-negative/40 bg-negative-soft text-negative', CircleAlert],
} as const;

export function Notice({ tone = 'info', title, children, role, className }: { tone?: keyof typeof tones; title?: ReactNode; children?: ReactNode; role?: 'alert' | 'status'; className?: string }) {
  const [look, Icon] = tones[tone];
  return (
    <div role={role} className={cn('flex gap-3 rounded-xl border p-3.5 text-sm', look, className)}>
      <Icon className="mt-0.5 size-4.5 shrink-0" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        {title && <p className="font-semibold">{title}</p>}
        {children && <div className={cn(tone !== 'info' && 'text-text')}>{children}</div>}
      </div>
    </div>
  );
}

// ErrorNotice says beside a form why it was refused.
export function ErrorNotice({ error, className }: { error: unknown; className?: string }) {
  const text = useErrorText();
  if (!error) return null;
  return (
    <Notice tone="negative" role="alert" className={className}>
      {text(error)}
    </Notice>
  );
}

// Failed stands where a part of the page could not be read.
export function Failed({ error, retry, className }: { error: unknown; retry?: () => void; className?: string }) {
  const { t } = useI18n();
  const text = useErrorText();
  const offline = error instanceof ApiError && error.reason === 'NETWORK';
  return (
    <div role="alert" className={cn('card flex flex-col items-center gap-3 px-6 py-10 text-center', className)}>
      {offline ? <CloudOff className="size-8 text-muted" aria-hidden="true" /> : <CircleAlert className="size-8 text-negative" aria-hidden="true" />}
      <p className="max-w-md">{text(error)}</p>
      {retry && (
        <Button variant="secondary" onClick={retry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  );
}

export function Empty({ title, children, action, icon }: { title: ReactNode; children?: ReactNode; action?: ReactNode; icon?: ReactNode }) {
  return (
    <div className="card flex flex-col items-center gap-2 px-6 py-12 text-center">
      {icon && <span className="mb-1 text-muted [&_svg]:size-8">{icon}</span>}
      <p className="text-base font-semibold">{title}</p>
      {children && <p className="max-w-md text-muted">{children}</p>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}

// Skeleton holds the place of what is being read, so that nothing jumps when it comes.
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={cn('skeleton block h-4', className)} />;
}

// Loading tells those who do not see the skeletons that something is on its way.
export function Loading({ children }: { children: ReactNode }) {
  const { t } = useI18n();
  return (
    <div role="status" aria-busy="true">
      <span className="sr-only">{t('common.loading')}</span>
      {children}
    </div>
  );
}

export function Badge({ tone = 'neutral', children }: { tone?: 'neutral' | 'positive' | 'warning' | 'negative'; children: ReactNode }) {
  const look = {
    neutral: 'bg-raised text-muted border-line',
    positive: 'bg-positive-soft text-positive border-positive/30',
    warning: 'bg-warning-soft text-warning border-warning/30',
    negative: 'bg-negative-soft text-negative border-negative/30',
  }[tone];
  return <span className={cn('inline-flex items-center rounded-full border px-2.5 py-0.5 text-xs font-semibold whitespace-nowrap', look)}>{children}</span>;
}
