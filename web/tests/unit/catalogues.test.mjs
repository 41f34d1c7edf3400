import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { load } from '../harness/source.mjs';

const { translator } = await load('i18n/translate.ts');
const catalogues = Object.fromEntries(await Promise.all(['en', 'ru', 'ka'].map(async (l) => [l, (await load(`i18n/${l}/index.ts`)).default])));

const keysOf = (catalogue) => Object.entries(catalogue).flatMap(([part, texts]) => Object.keys(texts).map((key) => `${part}.${key}`));
const textOf = (catalogue, key) => catalogue[key.split('.')[0]][key.slice(key.indexOf('.') + 1)];
const parameters = (text) => [...new Set([...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort();

test('every language has every text', () => {
  for (const locale of ['ru', 'ka']) assert.deepEqual(keysOf(catalogues[locale]).sort(), keysOf(catalogues.en).sort(), locale);
});

test('a translation names the same parameters', () => {
  for (const locale of ['ru', 'ka']) {
    for (const key of keysOf(catalogues.en)) assert.deepEqual(parameters(textOf(catalogues[locale], key)), parameters(textOf(catalogues.en, key)), `${locale} ${key}`);
  }
});

test('a translation is one', () => {
  const same = new Set(['security.telegram', 'cashier.iban']);
  for (const locale of ['ru', 'ka']) {
    const script = locale === 'ru' ? /[а-яё]/i : /[ა-ჰ]/;
    for (const key of keysOf(catalogues.en)) if (!same.has(key)) assert.match(JSON.stringify(textOf(catalogues[locale], key)), script, `${locale} ${key}`);
  }
});

test('plural forms are those of the language', () => {
  for (const [locale, catalogue] of Object.entries(catalogues)) {
    const needed = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
    for (const key of keysOf(catalogue)) {
      const text = textOf(catalogue, key);
      if (typeof text !== 'string') for (const form of needed) assert.ok(text[form], `${locale} ${key} lacks ${form}`);
    }
  }
  const ru = translator('ru', catalogues.ru);
  assert.equal(ru('lobby.results', { count: 1 }), '1 игра');
  assert.equal(ru('lobby.results', { count: 3 }), '3 игры');
  assert.equal(ru('lobby.results', { count: 11 }), '11 игр');
});

test('every text that the pages name is there', () => {
  const known = new Set(keysOf(catalogues.en));
  const src = join(import.meta.dirname, '..', '..', 'src');
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    const body = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const [, key] of body.matchAll(/'(form\.\w+)'/g)) assert.ok(known.has(key), `${entry.name}: ${key}`);
  }
});
