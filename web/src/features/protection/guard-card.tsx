'use client';

import { Ban, Gauge } from 'lucide-react';

import { bare } from '@/api/enum';
import type { Guard } from '@/api/schema';
import { useFormat } from '@/i18n/format';
import { useI18n } from '@/i18n/provider';
import { scaled } from '@/money';
import { Badge } from '@/ui/states';
import { cn } from '@/ui/cn';

const layers = { PLAYER: 'protection.yours', OPERATOR: 'protection.ours', REGULATOR: 'protection.regulator', GROUP: 'protection.group' } as const;

// share is how much of a limit is used, in whole percent, for a bar; the amounts beside it are exact.
function share(g: Guard): number {
  const maximum = scaled(g.maximum?.amount);
  if (maximum <= 0n) return 100;
  return Math.min(100, Number((scaled(g.used?.amount) * 100n) / maximum));
}

// GuardCard says one guard of the wallet in words.
export function GuardCard({ guard: g }: { guard: Guard }) {
  const { t, tryT } = useI18n();
  const format = useFormat();
  const kind = bare(g.kind, 'GUARD_KIND_');
  const window = bare(g.window, 'GUARD_WINDOW_');
  const restriction = kind.startsWith('NO_');
  const limit = !restriction && g.used !== undefined && g.remaining !== undefined;
  const used = share(g);
  const Icon = restriction ? Ban : Gauge;
  const layer = layers[bare(g.layer, 'GUARD_LAYER_') as keyof typeof layers];
  return (
    <li className="card flex flex-col gap-3 p-5" data-testid="guard">
      <div className="flex items-start gap-3">
        <Icon className={cn('mt-0.5 size-5 shrink-0', restriction ? 'text-warning' : 'text-primary')} aria-hidden="true" />
        <div className="min-w-0 flex-1">
          <h2 className="font-semibold">
            {tryT(`guard.${kind}`) ?? kind} {limit && <span className="font-normal text-muted">{tryT(`guardWindow.${window}`)}</span>}
          </h2>
          <p className="text-sm text-muted">{tryT(`guardMeaning.${kind}`)}</p>
        </div>
        {layer && <Badge>{t(layer)}</Badge>}
      </div>
      {limit && (
        <>
          <div
            role="progressbar"
            aria-label={tryT(`guard.${kind}`) ?? kind}
            aria-valuenow={used}
            aria-valuetext={t('protection.used', { used: format.money(g.used), maximum: format.money(g.maximum) })}
            className="h-2 overflow-hidden rounded-full bg-sunken"
          >
            <svg className="block h-full w-full" preserveAspectRatio="none" viewBox="0 0 100 1" aria-hidden="true">
              <rect width={used} height="1" className={used >= 90 ? 'fill-warning' : 'fill-primary'} />
            </svg>
          </div>
          <p className="numeric flex flex-wrap justify-between gap-x-4 text-sm">
            <span>{t('protection.used', { used: format.money(g.used), maximum: format.money(g.maximum) })}</span>
            <span className="font-semibold">{t('protection.left', { remaining: format.money(g.remaining) })}</span>
          </p>
          {g.resetsAt && <p className="text-sm text-muted">{t('protection.resets', { time: format.moment(g.resetsAt) })}</p>}
        </>
      )}
      {!limit && !restriction && <p className="numeric">{t('protection.maximum', { maximum: format.money(g.maximum) })}</p>}
      {(restriction || g.expiresAt) && <p className="text-sm text-muted">{g.expiresAt ? t('protection.expires', { time: format.moment(g.expiresAt) }) : t('protection.holds')}</p>}
      {g.reason && <p className="text-sm text-muted">{t('protection.reason', { reason: g.reason })}</p>}
      <p className="text-xs text-muted">{t('protection.setBy', { time: format.moment(g.setAt) })}</p>
    </li>
  );
}
