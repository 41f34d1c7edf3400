import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from '../harness/source.mjs';

const money = await load('money.ts');
const eur = (amount) => ({ amount, currency: 'EUR' });

test('amounts are added exactly', () => {
  assert.deepEqual(money.sum('EUR', [eur('0.10'), eur('0.20')]), eur('0.30'));
  assert.deepEqual(money.sum('EUR', [eur('90071992547409.93'), eur('0.01')]), eur('90071992547409.94'));
  assert.deepEqual(money.minus(eur('1.00'), eur('3.50')), eur('-2.50'));
  assert.deepEqual(money.minus(eur('1.00'), eur('1.00')), eur('0.00'));
  assert.deepEqual(money.sum('JPY', [{ amount: '1500', currency: 'JPY' }]), { amount: '1500', currency: 'JPY' });
  assert.deepEqual(money.sum('BTC', [{ amount: '0.00000001', currency: 'BTC' }, undefined]), { amount: '0.00000001', currency: 'BTC' });
  assert.equal(money.signOf(eur('-0.01')), -1);
  assert.equal(money.compare(eur('10.00'), eur('9.99')), 1);
});

test('amounts are written as a locale does, with every digit', () => {
  assert.equal(money.formatMoney(eur('90071992547409.93'), 'en'), '€90,071,992,547,409.93');
  assert.equal(money.formatMoney(eur('1234.5'), 'ru').replace(/\s/g, ' '), '1 234,50 €');
  assert.equal(money.formatMoney(eur('-4'), 'en', { sign: true }), '-€4.00');
  assert.equal(money.formatMoney(eur('4'), 'en', { sign: true }), '+€4.00');
  assert.equal(money.formatMoney({ amount: '1500', currency: 'JPY' }, 'en'), '¥1,500');
  assert.match(money.formatMoney({ amount: '0.00012345', currency: 'USDT' }, 'en'), /^0\.00012345 USDT$/);
});

test('what a person types is read, or asked again when it could mean two things', () => {
  for (const [text, want] of [
    ['20', '20'],
    ['20.5', '20.50'],
    ['20,50', '20.50'],
    ['1 234,50', '1234.50'],
    ['1,234.50', '1234.50'],
    ['1.234,50', '1234.50'],
    ['007', '7'],
    ['0.05', '0.05'],
  ]) {
    assert.equal(money.readAmount(text, 'EUR'), want, text);
  }
  for (const text of ['', '-5', '1.234', '1,234', '1.2.3', '12.', 'abc', '1e3', '0.001', '12,34.50', '9'.repeat(16)]) {
    assert.equal(money.readAmount(text, 'EUR'), undefined, text);
  }
  assert.equal(money.readAmount('1500', 'JPY'), '1500');
  assert.equal(money.readAmount('1500.5', 'JPY'), undefined);
});

test('a language that the runtime does not know is written like one it does', () => {
  assert.equal(money.writtenLike('en-GB'), 'en-GB');
  assert.equal(money.writtenLike('xx'), 'en');
  assert.ok(['ka-GE', 'ru'].includes(money.writtenLike('ka-GE')));
});
