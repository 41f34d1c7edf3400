import assert from 'node:assert/strict';
import test from 'node:test';

import { visit } from '../harness/browser.mjs';
import { Player, translatorOf } from '../harness/player.mjs';
import { registered } from './session.mjs';

export function telegram(world) {
  test('a person of Telegram gets an account by a click, and comes back to where the login began', async () => {
    const { context, page, complaints } = await visit(world.browser, world.platform.base);
    const player = new Player(page, world.platform, await translatorOf('en'));
    await player.open('/bets/');
    await page.waitForURL('**/login/**');
    await player.button('auth.telegram').click();
    await page.waitForURL(`${world.platform.sandbox}/**`);
    await page.locator('[name=first_name]').fill('Nino');
    await page.getByRole('button', { name: 'Create and continue' }).click();
    await page.waitForURL('**/bets/');
    await page.getByText(player.t('bets.none')).waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test('a login that another browser began is not taken', async () => {
    const { context, page } = await visit(world.browser, world.platform.base);
    const t = await translatorOf('en');
    await page.goto('/login/telegram?state=of-somebody-else&code=1');
    await page.getByText(t('error.TELEGRAM_PROOF_INVALID')).waitFor();
    await context.close();
  });

  test('a refusal at Telegram is told', async () => {
    const { context, page } = await visit(world.browser, world.platform.base);
    const player = new Player(page, world.platform, await translatorOf('en'));
    await player.open('/login/');
    await player.button('auth.telegram').click();
    await page.waitForURL(`${world.platform.sandbox}/**`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.waitForURL('**/login/telegram**');
    await page.getByRole('alert').getByText(player.t('error.TELEGRAM_DENIED')).waitFor();
    await context.close();
  });

  test('an account is tied to Telegram by a link that the chat confirms', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    await player.setUpTotp();
    await player.button('security.telegramLink').click();
    const [chat] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: t('security.telegramOpen') }).click()]);
    await chat.locator('[name=first_name]').fill('Giorgi');
    await chat.getByRole('button', { name: 'Create and start' }).click();
    await chat.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText(/Linked to the Telegram user/).waitFor();
    await context.close();
  });
}
