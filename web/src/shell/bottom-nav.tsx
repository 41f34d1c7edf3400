'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';

import { useI18n } from '@/i18n/provider';
import { useStanding } from '@/session';
import { cn } from '@/ui/cn';

import { isHere, places } from './nav';

export function BottomNav() {
  const { t } = useI18n();
  const path = usePathname();
  if (useStanding() !== 'player') return null;
  return (
    <>
      <div className="h-18 md:hidden" aria-hidden="true" />
      <nav aria-label={t('nav.main')} className="fixed inset-x-0 bottom-0 z-40 border-t border-line bg-surface/95 pb-[env(safe-area-inset-bottom)] backdrop-blur md:hidden">
        <ul className="grid grid-cols-4">
          {places.map(({ href, label, icon: Icon }) => {
            const current = isHere(path, href);
            return (
              <li key={href}>
                <Link
                  href={href}
                  aria-current={current ? 'page' : undefined}
                  className={cn('flex h-16 flex-col items-center justify-center gap-1 text-xs', current ? 'font-semibold text-primary' : 'text-muted')}
                >
                  <Icon className="size-5.5" strokeWidth={current ? 2.25 : 1.75} aria-hidden="true" />
                  {t(label)}
                </Link>
              </li>
            );
          })}
        </ul>
      </nav>
    </>
  );
}
