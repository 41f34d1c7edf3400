'use client';

import { useId } from 'react';

import { api, unwrap } from '@/api/client';
import { useI18n } from '@/i18n/provider';
import { localeNames, locales, type Locale } from '@/i18n/types';
import { currentStanding } from '@/api/session';
import { useTheme, type Theme } from '@/theme';

const select = 'h-10 rounded-lg border border-edge bg-surface px-2 text-sm text-text';

export function Footer() {
  const { t } = useI18n();
  return (
    <footer className="border-t border-line">
      <div className="mx-auto flex w-full max-w-6xl flex-col gap-5 px-4 py-8 text-sm text-muted sm:px-6 md:flex-row md:items-center md:justify-between">
        <p className="max-w-xl">
          <strong className="mr-2 inline-block rounded-full border border-edge px-2 py-0.5 text-xs text-text">18+</strong>
          {t('common.playResponsibly')}
        </p>
        <div className="flex flex-wrap gap-3">
          <LocaleSelect />
          <ThemeSelect />
        </div>
      </div>
    </footer>
  );
}

// LocaleSelect changes the language here, and in the profile of a player who is logged in.
export function LocaleSelect() {
  const { t, locale, setLocale } = useI18n();
  const id = useId();
  return (
    <span>
      <label htmlFor={id} className="sr-only">
        {t('common.language')}
      </label>
      <select
        id={id}
        className={select}
        value={locale}
        data-testid="locale"
        onChange={(e) => {
          const next = e.target.value as Locale;
          setLocale(next);
          // The profile decides the language of letters; a failure leaves the page in the chosen language all the same.
          if (currentStanding() === 'player') void unwrap(api.PATCH('/v1/me', { body: { language: next } })).catch(() => undefined);
        }}
      >
        {locales.map((l) => (
          <option key={l} value={l} lang={l}>
            {localeNames[l]}
          </option>
        ))}
      </select>
    </span>
  );
}

export function ThemeSelect() {
  const { t } = useI18n();
  const [theme, setTheme] = useTheme();
  const id = useId();
  return (
    <span>
      <label htmlFor={id} className="sr-only">
        {t('common.theme')}
      </label>
      <select id={id} className={select} value={theme} onChange={(e) => setTheme(e.target.value as Theme)}>
        <option value="system">{t('common.themeSystem')}</option>
        <option value="dark">{t('common.themeDark')}</option>
        <option value="light">{t('common.themeLight')}</option>
      </select>
    </span>
  );
}
