'use client';

import { useCallback, useEffect, useState } from 'react';

import { onPreferencesLost, readPreference, writePreference } from '@/preferences';

export type Theme = 'dark' | 'light' | 'system';

// bootScript runs before anything is painted: it sets the theme, and hides the page for the moment in which another language is fetched. It is part of
// every page and its hash of every page's policy.
export const bootScript = `(function(){var d=document.documentElement,g=function(k){try{return localStorage.getItem('pitboss.'+k)}catch(e){return null}};
var t=g('theme');if(t!=='dark'&&t!=='light')t=matchMedia('(prefers-color-scheme: light)').matches?'light':'dark';d.dataset.theme=t;
var s=['en','ru','ka'],l=g('locale');if(s.indexOf(l)<0){l='en';for(var i=0;i<navigator.languages.length;i++){var c=navigator.languages[i].slice(0,2);if(s.indexOf(c)>=0){l=c;break}}}
if(l!=='en'){d.dataset.pending='';setTimeout(function(){d.removeAttribute('data-pending')},3000)}})()`;

function apply(theme: Theme): void {
  const light = theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
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
