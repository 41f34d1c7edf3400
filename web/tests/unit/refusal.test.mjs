import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from '../harness/source.mjs';

const { bindingGuard } = await load('features/game/binding-guard.ts');

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
