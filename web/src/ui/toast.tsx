'use client';

import { CircleAlert, CircleCheck, X } from 'lucide-react';
import { useEffect, useSyncExternalStore } from 'react';

import { useI18n } from '@/i18n/provider';

import { cn } from './cn';

interface Toast {
  id: number;
  tone: 'positive' | 'negative';
  text: string;
}

let toasts: Toast[] = [];
let next = 1;
const none: Toast[] = [];
const watchers = new Set<() => void>();

function change(to: Toast[]): void {
  toasts = to;
  watchers.forEach((w) => w());
}

// toast says something in passing. What the player must not miss belongs on the page.
export function toast(text: string, tone: Toast['tone'] = 'positive'): void {
  change([...toasts.slice(-2), { id: next++, tone, text }]);
}

const dismiss = (id: number) => change(toasts.filter((t) => t.id !== id));

export function Toasts() {
  const { t } = useI18n();
  const shown = useSyncExternalStore(
    (w) => {
      watchers.add(w);
      return () => watchers.delete(w);
    },
    () => toasts,
    () => none,
  );
  return (
    <div role="status" aria-live="polite" aria-label={t('common.notifications')} className="pointer-events-none fixed inset-x-4 bottom-20 z-60 flex flex-col items-center gap-2 md:right-6 md:bottom-6 md:left-auto md:items-end">
      {shown.map((one) => (
        <Passing key={one.id} toast={one} close={t('common.close')} />
      ))}
    </div>
  );
}

function Passing({ toast: one, close }: { toast: Toast; close: string }) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(one.id), 6000);
    return () => clearTimeout(timer);
  }, [one.id]);
  const Icon = one.tone === 'positive' ? CircleCheck : CircleAlert;
  return (
    <div className="rise pointer-events-auto flex w-full max-w-sm items-center gap-3 rounded-xl border border-line bg-surface py-2 pr-1 pl-4 shadow-float">
      <Icon className={cn('size-5 shrink-0', one.tone === 'positive' ? 'text-positive' : 'text-negative')} aria-hidden="true" />
      <p className="flex-1 py-1.5 text-sm">{one.text}</p>
      <button type="button" aria-label={close} className="grid size-10 place-items-center rounded-lg text-muted hover:text-text" onClick={() => dismiss(one.id)}>
        <X className="size-4" aria-hidden="true" />
      </button>
    </div>
  );
}
