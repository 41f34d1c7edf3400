'use client';

import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

// useQueryState keeps what a player has chosen on a page in its address: reload, back and a sent link show the same.
export function useQueryState<K extends string>(names: readonly K[]): [Record<K, string>, (change: Partial<Record<K, string>>) => void] {
  const query = useSearchParams();
  const path = usePathname();
  const router = useRouter();
  const values = Object.fromEntries(names.map((n) => [n, query.get(n) ?? ''])) as Record<K, string>;
  const set = useCallback(
    (change: Partial<Record<K, string>>) => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(change) as [K, string][]) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      const text = next.toString();
      router.replace(text ? `${path}?${text}` : path, { scroll: false });
    },
    [path, router],
  );
  return [values, set];
}

// startOf and endOf turn a date of a filter into instants of this device's day.
export const startOf = (day: string): string | undefined => (day ? new Date(`${day}T00:00:00`).toISOString() : undefined);

export function endOf(day: string): string | undefined {
  if (!day) return undefined;
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + 1);
  return date.toISOString();
}
