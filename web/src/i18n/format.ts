'use client';

import { useMemo } from 'react';

import type { Money } from '@/api/schema';
import { formatMoney, writtenLike } from '@/money';

import { useI18n } from './provider';

// useFormat writes amounts and times as the player's language does. Times are shown in the time zone of the device.
export function useFormat() {
  const { region } = useI18n();
  return useMemo(() => {
    const locale = writtenLike(region);
    // A stand-in knows the numbers of a date but would write its months in its own words.
    const month = locale === region ? 'short' : '2-digit';
    const time = { hour: '2-digit', minute: '2-digit' } as const;
    const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month, year: 'numeric' });
    const moment = new Intl.DateTimeFormat(locale, { day: 'numeric', month, ...time });
    const precise = new Intl.DateTimeFormat(locale, { day: 'numeric', month, year: 'numeric', ...time, second: '2-digit' });
    const clock = new Intl.DateTimeFormat(locale, time);
    const whole = new Intl.NumberFormat(locale);
    const at = (format: Intl.DateTimeFormat, value: string | Date | undefined) => (value ? format.format(new Date(value)) : '–');
    return {
      money: (m: Money | undefined) => formatMoney(m, locale),
      signed: (m: Money | undefined) => formatMoney(m, locale, { sign: true }),
      day: (v: string | Date | undefined) => at(day, v),
      moment: (v: string | Date | undefined) => at(moment, v),
      precise: (v: string | Date | undefined) => at(precise, v),
      clock: (v: string | Date | undefined) => at(clock, v),
      number: (n: number) => whole.format(n),
    };
  }, [region]);
}

// duration is minutes and seconds, or hours and minutes, as a clock shows them.
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}` : `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
