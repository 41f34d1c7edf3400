'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { usePathname, useRouter } from 'next/navigation';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';

import { api, unwrap } from '@/api/client';
import { keys } from '@/api/keys';
import { currentStanding, dropSession, onLeave, start, watchStanding, type Standing } from '@/api/session';
import { useI18n } from '@/i18n/provider';
import { isLocale } from '@/i18n/types';
import { restorePreferences } from '@/preferences';
import { Button } from '@/ui/button';
import { Failed, Loading, Skeleton } from '@/ui/states';
import { ApiError } from '@/api/errors';

export function useStanding(): Standing {
  return useSyncExternalStore(watchStanding, currentStanding, () => 'starting');
}

// SessionStart asks once whether there is a session, and empties the cache when the person changes.
export function SessionStart() {
  const client = useQueryClient();
  useEffect(() => {
    const stop = onLeave(() => client.clear());
    void start();
    return stop;
  }, [client]);
  return null;
}

export function useMe() {
  const standing = useStanding();
  return useQuery({
    queryKey: keys.me,
    queryFn: () => unwrap(api.GET('/v1/me')).then((r) => r.player ?? {}),
    enabled: standing === 'player',
    staleTime: 60_000,
  });
}

// ProfileLocale brings the language of the profile to a browser where none was chosen yet.
export function ProfileLocale() {
  const { data: me } = useMe();
  const { locale, setLocale } = useI18n();
  useEffect(() => {
    if (me?.language && isLocale(me.language) && me.language !== locale && !chosenHere()) setLocale(me.language);
  }, [me?.language, locale, setLocale]);
  return null;
}

const chosenHere = () => localStorage.getItem('pitboss.locale') !== null;

// Whether the player has left by their own wish, who is then taken to the lobby and not to the login.
let wished = false;

export async function signOut(): Promise<void> {
  wished = true;
  try {
    await unwrap(api.POST('/v1/auth/logout', { body: {} }));
  } finally {
    dropSession();
    restorePreferences();
  }
}

// here is the address that a login comes back to.
export const here = (): string => window.location.pathname + window.location.search;

export const loginPath = (next: string): string => `/login/?next=${encodeURIComponent(next)}`;

// safeNext takes only addresses of our own pages: a login must not lead to a stranger's.
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])[^\s\\]*$/.test(next) && !next.startsWith('/login') && !next.startsWith('/register') ? next : '/';
}

// Guarded shows a page to a player and takes everybody else to the login and back. Until it is known who is there, nothing personal is shown.
export function Guarded({ children, skeleton }: { children: ReactNode; skeleton?: ReactNode }) {
  const standing = useStanding();
  const router = useRouter();
  const path = usePathname();
  useEffect(() => {
    if (standing === 'player') wished = false;
    if (standing === 'anonymous') router.replace(wished ? '/' : loginPath(here()));
  }, [standing, router, path]);
  if (standing === 'player') return <>{children}</>;
  if (standing === 'unreachable') return <Unreachable />;
  return <Loading>{skeleton ?? <PageSkeleton />}</Loading>;
}

export function Unreachable() {
  return <Failed error={new ApiError('NETWORK')} retry={() => void start()} />;
}

export function PageSkeleton() {
  return (
    <div className="flex flex-col gap-4">
      <Skeleton className="h-8 w-48" />
      <Skeleton className="h-28 rounded-card" />
      <Skeleton className="h-64 rounded-card" />
    </div>
  );
}

export function SignOutButton({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <Button variant="secondary" className={className} onClick={() => void signOut()}>
      {children}
    </Button>
  );
}
