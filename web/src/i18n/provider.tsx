'use client';

import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

import { onPreferencesLost, readPreference, writePreference } from '@/preferences';

import en from './en';
import { has, translator } from './translate';
import { isLocale, locales, type Catalog, type Key, type Locale, type Translate } from './types';

interface I18n {
  locale: Locale;
  // The locale by which amounts and times are written: the browser's own form of the language, en-GB for example.
  region: string;
  setLocale: (locale: Locale) => void;
  t: Translate;
  // The text of a key that is not known before it runs, or undefined.
  tryT: (key: string, params?: Record<string, string | number>) => string | undefined;
}

const load: Record<Locale, () => Promise<{ default: Catalog }>> = {
  en: async () => ({ default: en }),
  ru: () => import('./ru'),
  ka: () => import('./ka'),
};

const Context = createContext<I18n | null>(null);

export function I18nProvider({ children }: { children: ReactNode }) {
  const [current, setCurrent] = useState<{ locale: Locale; catalog: Catalog }>({ locale: 'en', catalog: en });

  const setLocale = useCallback((locale: Locale) => {
    writePreference('locale', locale);
    void load[locale]().then(({ default: catalog }) => {
      document.documentElement.lang = locale;
      setCurrent({ locale, catalog });
    });
  }, []);

  useEffect(() => {
    const locale = preferred();
    const done = () => document.documentElement.removeAttribute('data-pending');
    if (locale === 'en') {
      document.documentElement.lang = 'en';
      done();
      return;
    }
    load[locale]()
      .then(({ default: catalog }) => {
        document.documentElement.lang = locale;
        setCurrent({ locale, catalog });
      })
      .finally(done);
  }, []);

  useEffect(() => onPreferencesLost(() => writePreference('locale', current.locale)), [current.locale]);

  const value = useMemo<I18n>(() => {
    const t = translator(current.locale, current.catalog);
    return { locale: current.locale, region: regionOf(current.locale), setLocale, t, tryT: (key, params) => (has(current.catalog, key) ? t(key as Key, params) : undefined) };
  }, [current, setLocale]);

  return <Context.Provider value={value}>{children}</Context.Provider>;
}

// preferred is what the player chose in this browser, or the first of the browser's languages that we speak.
function preferred(): Locale {
  const chosen = readPreference('locale');
  if (isLocale(chosen)) return chosen;
  const spoken = navigator.languages.map((l) => l.slice(0, 2)).find((l) => (locales as readonly string[]).includes(l));
  return isLocale(spoken) ? spoken : 'en';
}

// regionOf is the first of the browser's languages that is a form of the locale. On the server there is no browser, and nothing is formatted.
function regionOf(locale: Locale): string {
  if (typeof navigator === 'undefined') return locale;
  return navigator.languages?.find((l) => l === locale || l.startsWith(`${locale}-`)) ?? locale;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error('useI18n needs an I18nProvider around it');
  return value;
}
