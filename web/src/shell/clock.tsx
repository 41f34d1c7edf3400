'use client';

import { useEffect, useState } from 'react';

import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';

// Clock is always in sight: time goes by unnoticed where people play.
export function Clock({ className }: { className?: string }) {
  const { t } = useI18n();
  const format = useFormat();
  const [now, setNow] = useState<Date | null>(null);
  useEffect(() => {
    setNow(new Date());
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className={className} data-testid="clock">
      <span className="sr-only">{t('common.timeNow')} </span>
      <span className="numeric inline-block min-w-11 text-right">{now ? format.clock(now) : '\u00a0'}</span>
    </span>
  );
}
