'use client';

import { useId, type ReactNode } from 'react';

import { useI18n } from '@/i18n/provider';

import { Input, Select } from './field';

export function Filters({ children }: { children: ReactNode }) {
  return <div className="mb-4 grid grid-cols-2 gap-3 sm:flex sm:flex-wrap">{children}</div>;
}

export function FilterSelect({ label, value, onChange, options }: { label: string; value: string; onChange: (v: string) => void; options: { value: string; label: string }[] }) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1 sm:w-52">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        {label}
      </label>
      <Select id={id} value={value} onChange={(e) => onChange(e.target.value)}>
        {options.map((o) => (
          <option key={o.value} value={o.value}>
            {o.label}
          </option>
        ))}
      </Select>
    </div>
  );
}

// FilterDays is a first and a last day, both of them meant.
export function FilterDays({ from, until, onChange }: { from: string; until: string; onChange: (change: { from?: string; until?: string }) => void }) {
  const { t } = useI18n();
  const id = useId();
  return (
    <>
      {(['from', 'until'] as const).map((which) => (
        <div key={which} className="flex min-w-0 flex-col gap-1">
          <label htmlFor={id + which} className="text-xs font-medium text-muted">
            {t(which === 'from' ? 'common.from' : 'common.until')}
          </label>
          <Input
            id={id + which}
            type="date"
            value={which === 'from' ? from : until}
            min={which === 'until' ? from : undefined}
            max={which === 'from' ? until : undefined}
            onChange={(e) => onChange({ [which]: e.target.value })}
          />
        </div>
      ))}
    </>
  );
}
