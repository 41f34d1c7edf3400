'use client';

import { useEffect } from 'react';

import { here, loginPath, useStanding } from '@/session';

// MiniAppGate takes a Mini App that Telegram has opened at whatever page to the login, which knows what to do with Telegram's proof.
export function MiniAppGate() {
  const standing = useStanding();
  useEffect(() => {
    const { hash, pathname } = window.location;
    if (standing === 'anonymous' && hash.includes('tgWebAppData=') && !pathname.startsWith('/login')) window.location.replace(loginPath(here()) + hash);
  }, [standing]);
  return null;
}
