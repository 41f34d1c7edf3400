'use client';

import { useMemo } from 'react';

import type { Money } from '@/api/schema';
import { formatMoney } from '@/money';

import { useI18n } from './provider';

// useFormat writes amounts and times as the player's language does. Times are shown in the time zone of the device.
export function useFormat() {
  const { region: locale } = useI18n();
  return useMemo(() => {
    const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
    const moment = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
    const precise = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
    const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
    const percent = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 2 });
    const whole = new Intl.NumberFormat(locale);
    const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    const at = (format: Intl.DateTimeFormat, value: string | Date | undefined) => (value ? format.format(new Date(value)) : '–');
    return {
      money: (m: Money | undefined) => formatMoney(m, locale),
      signed: (m: Money | undefined) => formatMoney(m, locale, { sign: true }),
      day: (v: string | Date | undefined) => at(day, v),
      moment: (v: string | Date | undefined) => at(moment, v),
      precise: (v: string | Date | undefined) => at(precise, v),
      clock: (v: string | Date | undefined) => at(clock, v),
      percent: (fraction: number) => percent.format(fraction),
      number: (n: number) => whole.format(n),
      relative: (v: string | Date) => {
        const seconds = (new Date(v).getTime() - Date.now()) / 1000;
        const [unit, size] = Math.abs(seconds) < 3600 ? (['minute', 60] as const) : Math.abs(seconds) < 86400 ? (['hour', 3600] as const) : (['day', 86400] as const);
        return relative.format(Math.round(seconds / size), unit);
      },
    };
  }, [locale]);
}

// duration is minutes and seconds, or hours and minutes, as a clock shows them.
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}` : `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
