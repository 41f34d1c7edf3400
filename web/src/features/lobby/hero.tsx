'use client';

import { useI18n } from '@/i18n/provider';
import { useStanding } from '@/session';
import { ButtonLink } from '@/ui/button';

// Hero is what a visitor reads first. A player has read it and gets a slim one.
export function Hero() {
  const { t } = useI18n();
  const standing = useStanding();
  if (standing === 'player') return null;
  return (
    <section className="relative overflow-hidden rounded-3xl border border-line bg-felt text-on-felt">
      <Ornament />
      <div className="relative flex max-w-xl flex-col gap-4 p-6 sm:p-10">
        <p className="text-3xl leading-tight font-semibold tracking-tight text-balance sm:text-4xl">{t('lobby.heroTitle')}</p>
        <p className="text-base text-on-felt/85">{t('lobby.heroLead')}</p>
        <div className="mt-2 flex min-h-12 flex-wrap gap-3">
          <ButtonLink href="/register/" size="lg" variant="brass">
            {t('lobby.heroRegister')}
          </ButtonLink>
          <ButtonLink href="/login/" size="lg" variant="onFelt">
            {t('nav.logIn')}
          </ButtonLink>
        </div>
      </div>
    </section>
  );
}

function Ornament() {
  return (
    <svg viewBox="0 0 600 400" preserveAspectRatio="xMaxYMid slice" className="absolute inset-y-0 right-0 hidden h-full w-3/4 sm:block" fill="none" stroke="#e2bb6c" aria-hidden="true">
      <g strokeOpacity="0.28">
        {Array.from({ length: 9 }, (_, i) => (
          <path key={i} d={`M470 ${200 - 34 * (i + 1)}L${470 + 34 * (i + 1)} 200L470 ${200 + 34 * (i + 1)}L${470 - 34 * (i + 1)} 200Z`} strokeOpacity={0.5 - i * 0.05} />
        ))}
      </g>
      <path d="M470 176 494 200 470 224 446 200Z" fill="#e2bb6c" fillOpacity="0.85" stroke="none" />
    </svg>
  );
}
