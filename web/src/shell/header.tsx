'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useState } from 'react';

import { useI18n } from '@/i18n/provider';
import { here, loginPath, useStanding } from '@/session';
import { ButtonLink } from '@/ui/button';
import { cn } from '@/ui/cn';
import { Skeleton } from '@/ui/states';

import { AccountButton } from './account-button';
import { BalancePill } from './balance-pill';
import { Clock } from './clock';
import { InboxBell } from './inbox-bell';
import { Logo } from './logo';
import { isHere, places } from './nav';

export function Header() {
  const { t } = useI18n();
  const standing = useStanding();
  return (
    <header className="sticky top-0 z-40 border-b border-line bg-bg/90 backdrop-blur-md">
      <div className="mx-auto flex h-16 w-full max-w-6xl items-center gap-3 px-4 sm:px-6">
        <Link href="/" aria-label={t('nav.home')} className="rounded-lg">
          <span className="max-[26rem]:[&>span>span]:sr-only">
            <Logo />
          </span>
        </Link>
        {standing === 'player' && <MainNav />}
        <div className="ml-auto flex items-center gap-1.5 sm:gap-3">
          <Clock className="text-sm text-muted" />
          {standing === 'player' ? (
            <>
              <BalancePill />
              <InboxBell />
              <AccountButton />
            </>
          ) : standing === 'anonymous' ? (
            <Visitor />
          ) : (
            <Skeleton className="h-11 w-36 rounded-xl" />
          )}
        </div>
      </div>
    </header>
  );
}

function MainNav() {
  const { t } = useI18n();
  const path = usePathname();
  return (
    <nav aria-label={t('nav.main')} className="ml-4 hidden md:block">
      <ul className="flex gap-1">
        {places.map(({ href, label }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={isHere(path, href) ? 'page' : undefined}
              className={cn('block rounded-lg px-3 py-2 text-sm font-medium hover:text-text', isHere(path, href) ? 'bg-raised text-text' : 'text-muted')}
            >
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Visitor() {
  const { t } = useI18n();
  const path = usePathname();
  const [next, setNext] = useState('/');
  useEffect(() => setNext(here()), [path]);
  return (
    <>
      <ButtonLink href={loginPath(next)} variant="ghost" size="sm">
        {t('nav.logIn')}
      </ButtonLink>
      <ButtonLink href="/register/" size="sm">
        {t('nav.register')}
      </ButtonLink>
    </>
  );
}
