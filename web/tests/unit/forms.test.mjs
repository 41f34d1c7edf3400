import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from '../harness/source.mjs';

const { csv } = await load('csv.ts');
const { validIban, compactIban } = await load('features/cashier/iban.ts');
const { bare } = await load('api/enum.ts');
const { summarize } = await load('features/protection/activity.ts');

test('CSV is quoted, and no cell is a formula', () => {
  assert.equal(csv([['a', 'b,c', 'd"e'], ['-1.50', '=1+1', '@x']]), '\ufeffa,"b,c","d""e"\r\n-1.50,\'=1+1,\'@x\r\n');
});

test('an IBAN with a mistyped digit is noticed', () => {
  assert.ok(validIban('MT84 MALT 0110 0001 2345 MTLC AST0 01S'));
  assert.ok(validIban('de89370400440532013000'));
  assert.ok(!validIban('DE89370400440532013001'));
  assert.ok(!validIban('DE89'));
  assert.equal(compactIban('de89 3704'), 'DE893704');
});

test('enum values lose the name of their enum', () => {
  assert.equal(bare('DEPOSIT_STATE_PAID', 'DEPOSIT_STATE_'), 'PAID');
  assert.equal(bare('PAID', 'DEPOSIT_STATE_'), 'PAID');
  assert.equal(bare(undefined, 'X_'), 'UNSPECIFIED');
});

test('the summary of play adds up', () => {

  const entry = (type, amount, at) => ({ type: `ENTRY_TYPE_${type}`, amount: { amount, currency: 'EUR' }, createdAt: at });
  const from = new Date(2026, 10, 1);
  const noon = (day) => new Date(2026, 10, day, 12).toISOString();
  const a = summarize(
    [entry('DEPOSIT', '100.00', noon(1)), entry('HOLD', '-10.00', noon(2)), entry('HOLD', '-5.00', noon(2)), entry('HOLD_RELEASE', '5.00', noon(2)), entry('PAYOUT', '36.00', noon(3)), entry('WITHDRAWAL_HOLD', '-20.00', noon(3))],
    'EUR',
    from,
    3,
  );
  assert.equal(a.deposited.amount, '100.00');
  assert.equal(a.withdrawn.amount, '20.00');
  assert.equal(a.staked.amount, '10.00');
  assert.equal(a.won.amount, '36.00');
  assert.equal(a.net.amount, '26.00');
  assert.deepEqual(a.days.map((d) => d.net.amount), ['0.00', '-10.00', '36.00']);
});
