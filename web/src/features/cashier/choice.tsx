'use client';

import type { ReactNode } from 'react';

import { cn } from '@/ui/cn';

// Choice is one of several large options; the browser's own radio button is behind it.
export function Choice({ name, value, checked, onChoose, icon, title, hint }: { name: string; value: string; checked: boolean; onChoose: () => void; icon: ReactNode; title: ReactNode; hint?: ReactNode }) {
  return (
    <label
      className={cn(
        'flex cursor-pointer items-center gap-4 rounded-xl border p-4 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-primary',
        checked ? 'border-primary bg-raised' : 'border-edge/60 hover:border-edge',
      )}
    >
      <input type="radio" name={name} value={value} checked={checked} onChange={onChoose} className="size-5 shrink-0 accent-(--primary) outline-none" />
      <span className="min-w-0 flex-1">
        <span className="block font-semibold">{title}</span>
        {hint && <span className="block text-sm text-muted">{hint}</span>}
      </span>
      <span className="text-muted [&_svg]:size-6" aria-hidden="true">
        {icon}
      </span>
    </label>
  );
}
