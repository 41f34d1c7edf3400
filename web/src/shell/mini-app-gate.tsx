'use client';

import { useEffect } from 'react';

import { here, loginPath, signOut, useMe, useStanding } from '@/session';

import { forgetLaunch, initData, insideTelegram, launchUser, tellTelegram } from './telegram-launch';

// MiniAppGate takes a Mini App that Telegram has opened at whatever page to the login, which knows what to do with Telegram's proof. A session that is there
// already stays, unless it is that of another Telegram user: people change accounts in Telegram, and the web view keeps its cookies.
export function MiniAppGate() {
  const standing = useStanding();
  const { data: me } = useMe();
  const telegramId = me && (me.telegramId ?? '');
  useEffect(() => {
    tellTelegram('web_app_ready');
    tellTelegram('web_app_expand');
  }, []);
  useEffect(() => {
    const data = initData();
    if (!data) return;
    const login = () => window.location.replace(loginPath(here()) + window.location.hash);
    if (standing === 'anonymous' && !window.location.pathname.startsWith('/login')) login();
    if (standing !== 'player' || telegramId === undefined) return;
    if (insideTelegram() && telegramId && telegramId !== launchUser(data).id) void signOut().finally(login);
    else forgetLaunch();
  }, [standing, telegramId]);
  return null;
}
