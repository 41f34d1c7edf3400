import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from '../harness/source.mjs';

const { bindingGuard } = await load('features/game/binding-guard.ts');
const { reasonText } = await load('features/cashier/payments.ts');

const eur = (amount) => ({ amount, currency: 'EUR' });
const limit = (kind, maximum, remaining, currency = 'EUR') => ({ guardId: `${kind} ${remaining}`, kind: `GUARD_KIND_${kind}`, maximum: { amount: maximum, currency }, remaining: { amount: remaining, currency } });
const bet = { stake: eur('5.00') };

test('a refused stake is explained by the guard that leaves the least room', () => {
  const short = limit('NET_LOSS', '50.00', '1.00');
  assert.equal(bindingGuard([limit('STAKE', '100.00', '4.99'), short, limit('DEPOSIT', '10.00', '0.00')], bet), short);
  const single = { kind: 'GUARD_KIND_SINGLE_STAKE', maximum: eur('2.00') };
  assert.equal(bindingGuard([limit('STAKE', '100.00', '5.00'), single], bet), single);
  const ban = { kind: 'GUARD_KIND_NO_STAKE' };
  assert.equal(bindingGuard([short, ban], bet), ban);
});

test('a guard with room, or of another currency, explains nothing', () => {
  assert.equal(bindingGuard([limit('STAKE', '100.00', '5.00'), limit('STAKE', '1.00', '0.00', 'USD'), { kind: 'GUARD_KIND_SINGLE_STAKE', maximum: eur('5.00') }], bet), undefined);
});

test('no code of a provider is shown to a player, and a person’s words are', () => {
  const tryT = (key) => ({ 'paymentReason.expired_card': 'The card has expired.', 'paymentReason.PROVIDER_REFUSED': 'The payment provider refused.' })[key];
  assert.equal(reasonText('expired_card', tryT), 'The card has expired.');
  assert.equal(reasonText('stolen_card', tryT), 'The payment provider refused.');
  assert.equal(reasonText('The name is another one.', tryT), 'The name is another one.');
});
