import assert from 'node:assert/strict';
import { describe } from 'node:test';

import { accessible, desktop, phone, screenshot, visit } from '../harness/browser.mjs';
import { until } from '../harness/outside.mjs';
import { Player, translatorOf } from '../harness/player.mjs';
import { scenario } from '../harness/scenario.mjs';

// The whole way of a player by clicks, on each size and in each language.
const ways = [
  { name: 'desktop, English', size: desktop, locale: 'en', browser: 'en-GB', theme: 'dark' },
  { name: 'phone, Russian', size: phone, locale: 'ru', browser: 'ru-RU', theme: 'light' },
  { name: 'phone, Georgian', size: phone, locale: 'ka', browser: 'ka-GE', theme: 'dark' },
];

export function journey(world) {
  // Side by side, because most of a journey is waiting for the next code of the second factor.
  describe('journeys', { concurrency: true }, () => {
    for (const way of ways) {
      scenario(world, `a player's journey: ${way.name}`, async () => {
        const t = await translatorOf(way.locale);
        const { context, page, complaints } = await visit(world.browser, world.platform.base, { size: way.size, locale: way.browser, theme: way.theme });
        const player = new Player(page, world.platform, t);
        const shot = (name) => screenshot(page, `journey-${way.locale}-${name}`);

        await player.open('/');
        await page.getByTestId('game-tile').first().waitFor();
        assert.equal(await page.locator('html').getAttribute('lang'), way.locale);
        await shot('lobby');
        await player.register();
        await player.setUpTotp();
        await player.logOut();
        await page.getByRole('banner').getByRole('link', { name: t('nav.logIn'), exact: true }).click();
        await player.logIn();
        await page.getByTestId('balance').waitFor();

        await player.deposit('50');
        await shot('deposit');
        await player.openGame();
        await player.spin();
        await player.spin();
        await until('the result of two rounds', async () => /\d/.test(await page.getByTestId('net').innerText()));
        assert.match(await page.getByTestId('elapsed').innerText(), /^\d\d:\d\d$/);
        await shot('game');
        await page.getByRole('link', { name: t('game.back') }).click();

        await player.open('/bets/');
        await until('both bets', async () => (await page.getByTestId('bet').count()) >= 2);
        await page.getByTestId('bet').first().click();
        await page.getByRole('heading', { name: t('bets.entriesOfRound') }).waitFor();
        await page.getByTestId('entry').first().waitFor();
        await shot('round');

        await withdraw(player, shot);
        await player.open('/cashier/');
        await page.getByTestId('entry').filter({ hasText: t('entry.WITHDRAWAL_HOLD') }).first().waitFor();
        assert.deepEqual(await accessible(page), []);
        await shot('wallet');
        assert.deepEqual(complaints, []);
        await context.close();
      });
    }
  });
}

async function withdraw(player, shot) {
  const { page, t } = player;
  await player.open('/cashier/withdraw/');
  await player.field('cashier.amount').fill('20');
  await player.button('cashier.requestWithdrawal').click();
  await player.confirmStepUpIfAsked(() => page.waitForURL('**/cashier/withdrawal/**'));
  await page.getByTestId('payment-state').getByText(t('withdrawalState.PAID')).waitFor();
  await shot('withdrawal');
}
