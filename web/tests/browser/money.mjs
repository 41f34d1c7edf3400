import assert from 'node:assert/strict';

import { phone, screenshot } from '../harness/browser.mjs';
import { until } from '../harness/outside.mjs';
import { scenario } from '../harness/scenario.mjs';
import { fund, registered } from './session.mjs';

export function money(world) {
  scenario(world, 'a withdrawal to a bank account: what is wrong is said, and what is right is paid', async () => {
    const { context, player, complaints } = await registered(world, { size: phone, theme: 'light' });
    const { page, t, platform } = player;
    await fund(platform, player, '60.00');
    await player.setUpTotp();
    await player.open('/cashier/withdraw/');
    await page.getByRole('radio', { name: new RegExp(t('cashier.bank')) }).check();
    const submit = () => player.button('cashier.requestWithdrawal').click();
    const said = (key, params) => page.getByRole('alert').getByText(t(key, params), { exact: true }).waitFor();
    await submit();
    await Promise.all([said('form.amountRequired'), said('form.ibanInvalid'), said('form.holderRequired')]);
    await screenshot(page, 'withdraw-bank-mistakes', { fullPage: true });
    for (const [typed, key, params] of [
      ['12x', 'form.amountInvalid'],
      ['1.234', 'form.amountInvalid'],
      ['5', 'form.amountRange', { min: '€10.00', max: '€50,000.00' }],
      ['61', 'form.amountBalance', { available: '€60.00' }],
    ]) {
      await player.field('cashier.amount').fill(typed);
      await said(key, params);
    }
    await player.button('cashier.everything').click();
    assert.equal(await player.field('cashier.amount').inputValue(), '60.00');
    await player.field('cashier.amount').fill('25');
    const iban = player.field('cashier.iban');
    for (const wrong of ['DE89 3704 0044 0532 0130 01', 'DE89', '12345678901234567']) {
      await iban.fill(wrong);
      await said('form.ibanInvalid');
      assert.equal(await iban.getAttribute('aria-invalid'), 'true');
    }
    await iban.fill('de89 3704 0044 0532 0130 00');
    await until('the IBAN to be right', async () => (await iban.getAttribute('aria-invalid')) === null);
    await player.field('cashier.holder').fill('A Player');
    await submit();
    await player.confirmStepUpIfAsked(() => page.waitForURL('**/cashier/withdrawal/**'));
    await page.getByText(/^To DE89\*+3000$/).waitFor();
    await page.getByTestId('timeline').getByText(t('cashier.next', { step: t('nextStep.WAIT_FOR_BANK') })).waitFor();
    await screenshot(page, 'withdrawal-bank');
    const id = new URL(page.url()).searchParams.get('id');
    const staff = await platform.operator();
    await staff('POST', `/v1/operator/withdrawals/${id}:confirmBankTransfer`, { paid: true, reference: 'SEPA-1' });
    await page.getByTestId('payment-state').getByText(t('withdrawalState.PAID')).waitFor();
    await player.open('/cashier/');
    await until('the rest on the balance', async () => (await page.getByTestId('available').innerText()) === '€35.00');
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'a withdrawal that waits for approval can be given up', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t } = player;
    await requestLarge(player);
    await player.balanceBecomes('€100.00');
    await player.button('cashier.cancelWithdrawal').click();
    const dialog = page.getByRole('dialog', { name: t('cashier.cancelTitle') });
    await dialog.getByRole('button', { name: t('cashier.cancelKeep') }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByTestId('payment-state').getByText(t('withdrawalState.AWAITING_APPROVAL')).waitFor();
    await player.button('cashier.cancelWithdrawal').click();
    await dialog.getByRole('button', { name: t('cashier.cancelWithdrawal') }).click();
    await page.getByTestId('payment-state').getByText(t('withdrawalState.CANCELLED')).waitFor();
    await player.balanceBecomes('€700.00');
    assert.equal(await player.button('cashier.cancelWithdrawal').count(), 0);
    await page.reload();
    await page.getByTestId('timeline').getByText(t('paymentReason.CANCELLED_BY_PLAYER')).waitFor();
    await screenshot(page, 'withdrawal-cancelled');
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'where a withdrawal may not be given up, that is said', async () => {
    const { context, player } = await registered(world, { country: 'GB' });
    const { page, t } = player;
    await requestLarge(player);
    await player.button('cashier.cancelWithdrawal').click();
    const dialog = page.getByRole('dialog', { name: t('cashier.cancelTitle') });
    await dialog.getByRole('button', { name: t('cashier.cancelWithdrawal') }).click();
    await dialog.getByRole('alert').getByText(t('error.PLAYER_CANCEL_FORBIDDEN')).waitFor();
    await player.balanceBecomes('€100.00');
    await context.close();
  });

  scenario(world, 'a card that is refused credits nothing, and the deposit can still be paid', async () => {
    const { context, player, complaints } = await registered(world, { size: phone });
    const { page, t, platform } = player;
    await player.toPaymentPage('30');
    await player.payWith('4000000000000002');
    await page.locator('[data-error-code=card_declined]').waitFor();
    await page.goBack();
    await page.getByRole('link', { name: /back|cancel/i }).first().click();
    await page.waitForURL(`${platform.base}/cashier/deposit/status/**`);
    await page.getByTestId('payment-state').getByText(t('depositState.PENDING')).waitFor();
    await page.getByText(/came back without paying/).waitFor();
    await page.getByText(t('paymentReason.generic_decline')).first().waitFor();
    await screenshot(page, 'deposit-not-paid');
    assert.equal(await player.balance(), '€0.00');
    await player.button('cashier.payNow').click();
    await page.waitForURL(`${platform.sandbox}/**`);
    await player.payWith('4242424242424242');
    await page.getByTestId('payment-state').getByText(t('depositState.CAPTURED')).waitFor();
    await player.balanceBecomes('€30.00');
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'a deposit that the provider declines later says why and leads to another try', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t } = player;
    await player.toPaymentPage('30');
    await player.payWith('4000000000000341');
    await page.waitForURL(`${player.platform.base}/cashier/deposit/status/**`);
    await page.getByTestId('payment-state').getByText(t('depositState.DECLINED')).waitFor();
    await page.getByTestId('timeline').getByText(t('paymentReason.generic_decline')).waitFor();
    await screenshot(page, 'deposit-declined');
    assert.equal(await player.balance(), '€0.00');
    await player.link('cashier.again').click();
    await page.getByRole('heading', { name: t('cashier.depositTitle'), level: 1 }).waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

// requestLarge asks for more than the rule approves by itself, so that the withdrawal waits.
async function requestLarge(player) {
  const { page, t } = player;
  await fund(player.platform, player, '700.00');
  await player.setUpTotp();
  await player.open('/cashier/withdraw/');
  await player.field('cashier.amount').fill('600');
  await player.button('cashier.requestWithdrawal').click();
  await player.confirmStepUpIfAsked(() => page.waitForURL('**/cashier/withdrawal/**'));
  await page.getByTestId('payment-state').getByText(t('withdrawalState.AWAITING_APPROVAL')).waitFor();
}
