'use client';

import { useCallback, useEffect, useState } from 'react';

import { onPreferencesLost, readPreference, writePreference } from '@/preferences';

export type Theme = 'dark' | 'light' | 'system';

// Where the tab keeps whether Telegram's app is light or dark, which has opened this as a Mini App and says so once, in its launch parameters.
const telegramKey = 'pitboss.telegram-theme';

// bootScript runs before anything is painted: it sets the theme, and hides the page for the moment in which another language is fetched. It is part of
// every page and its hash of every page's policy.
export const bootScript = `(function(){var d=document.documentElement,g=function(k){try{return localStorage.getItem('pitboss.'+k)}catch(e){return null}},
m=function(){try{var p=location.hash.match(/tgWebAppThemeParams=([^&]*)/),k='${telegramKey}';if(p){var c=parseInt(JSON.parse(decodeURIComponent(p[1].replace(/[+]/g,' '))).bg_color.slice(1),16);
sessionStorage.setItem(k,(c>>16)*299+(c>>8&255)*587+(c&255)*114<128e3?'dark':'light')}return sessionStorage.getItem(k)}catch(e){}};
var t=g('theme');if(t!=='dark'&&t!=='light')t=m();if(t!=='dark'&&t!=='light')t=matchMedia('(prefers-color-scheme: light)').matches?'light':'dark';d.dataset.theme=t;
var s=['en','ru','ka'],l=g('locale');if(s.indexOf(l)<0){l='en';for(var i=0;i<navigator.languages.length;i++){var c=navigator.languages[i].slice(0,2);if(s.indexOf(c)>=0){l=c;break}}}
if(l!=='en'){d.dataset.pending='';setTimeout(function(){d.removeAttribute('data-pending')},3000)}})()`;

function apply(theme: Theme): void {
  const around = sessionStorage.getItem(telegramKey) ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  document.documentElement.dataset.theme = theme === 'system' ? around : theme;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>('system');
  useEffect(() => {
    const stored = readPreference('theme');
    if (stored === 'dark' || stored === 'light') setTheme(stored);
  }, []);
  useEffect(() => onPreferencesLost(() => writePreference('theme', theme)), [theme]);
  const choose = useCallback((next: Theme) => {
    writePreference('theme', next);
    apply(next);
    setTheme(next);
  }, []);
  return [theme, choose];
}
