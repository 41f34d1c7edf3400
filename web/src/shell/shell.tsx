'use client';

import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';

import { useI18n } from '@/i18n/provider';
import { cn } from '@/ui/cn';

import { BottomNav } from './bottom-nav';
import { Footer } from './footer';
import { Header } from './header';
import { OfflineBar } from './offline-bar';

// Shell is what every page has around it. While a game is played it steps back: the game page has a bar of its own.
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useI18n();
  const playing = usePathname().startsWith('/game');
  return (
    <>
      <a
        href="#main"
        className="fixed top-2 left-2 z-70 -translate-y-20 rounded-lg bg-primary px-4 py-2 font-semibold text-on-primary focus:translate-y-0"
        onClick={() => document.getElementById('main')?.focus()}
      >
        {t('common.skip')}
      </a>
      <OfflineBar />
      {!playing && <Header />}
      <main id="main" tabIndex={-1} className={cn('outline-none', playing ? '' : 'mx-auto w-full max-w-6xl px-4 pt-6 pb-12 sm:px-6')}>
        {children}
      </main>
      {!playing && (
        <>
          <Footer />
          <BottomNav />
        </>
      )}
    </>
  );
}
