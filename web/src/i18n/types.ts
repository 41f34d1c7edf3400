import type en from './en';

export const locales = ['en', 'ru', 'ka'] as const;
export type Locale = (typeof locales)[number];

// What a language is called in itself.
export const localeNames: Record<Locale, string> = { en: 'English', ru: 'Русский', ka: 'ქართული' };

// A text, or one for each plural form that the language has; {count} chooses.
export type Text = string | Plural;
export interface Plural {
  one?: string;
  few?: string;
  many?: string;
  other: string;
}

export type Messages = typeof en;
type Namespace = keyof Messages;
export type Key = { [N in Namespace]: `${N}.${Extract<keyof Messages[N], string>}` }[Namespace];

// Catalog is what a translation must have: every key of English. A text may become plural forms and the other way round.
export type Catalog = { [N in Namespace]: Record<keyof Messages[N], Text> };
export type Part<N extends Namespace> = Record<keyof Messages[N], Text>;

export type Params = Record<string, string | number>;
export type Translate = (key: Key, params?: Params) => string;

export function isLocale(value: string | null | undefined): value is Locale {
  return locales.includes(value as Locale);
}
