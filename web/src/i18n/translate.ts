import type { Catalog, Key, Locale, Params, Text, Translate } from './types';

// translator makes t for one language. A parameter that a text names and nobody gave stays visible, so that it is noticed.
export function translator(locale: Locale, catalog: Catalog): Translate {
  const plurals = new Intl.PluralRules(locale);
  const choose = (text: Text, params?: Params): string => {
    if (typeof text === 'string') return text;
    const form = plurals.select(Number(params?.count ?? 0)) as keyof typeof text;
    return text[form] ?? text.other;
  };
  return (key: Key, params?: Params) => {
    const dot = key.indexOf('.');
    const part = catalog[key.slice(0, dot) as keyof Catalog] as Record<string, Text> | undefined;
    const text = part?.[key.slice(dot + 1)];
    if (text === undefined) return key;
    return choose(text, params).replace(/\{(\w+)\}/g, (whole, name: string) => (params?.[name] !== undefined ? String(params[name]) : whole));
  };
}

// has tells whether there is a text for a key that comes from the platform, an error's reason for example.
export function has(catalog: Catalog, key: string): key is Key {
  const [part = '', name = ''] = key.split(/\.(.*)/s);
  return Object.hasOwn((catalog as Record<string, object>)[part] ?? {}, name);
}
