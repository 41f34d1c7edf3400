import assert from 'node:assert/strict';

import { phone, screenshot } from '../harness/browser.mjs';
import { until } from '../harness/outside.mjs';
import { fund, registered } from './session.mjs';
import { scenario } from '../harness/scenario.mjs';

export function play(world) {
  scenario(world, 'the balance follows the money without a reload, and a message tells of it', async () => {
    const { context, player, complaints } = await registered(world);
    const { page, t, platform } = player;
    await page.evaluate(() => {
      window.notReloaded = true;
    });
    await fund(platform, player, '30.00');
    await player.balanceBecomes('€30.00');
    await page.getByTestId('unread').waitFor();
    assert.equal(await page.evaluate(() => window.notReloaded), true);
    await page.getByRole('link', { name: t('nav.inboxUnread', { count: 1 }) }).click();
    await page.getByTestId('message').getByText(t('inboxKind.DEPOSIT_RECEIVED', { amount: '€30.00' })).waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'a slow answer does not put an older balance over a newer one', async () => {
    const { context, player } = await registered(world);
    const { page, platform } = player;
    const held = [];
    let slow = true;
    await page.route('**/v1/wallet/balances', async (route) => {
      const response = await route.fetch();
      if (!slow) return route.fulfill({ response });
      held.push(() => route.fulfill({ response }));
    });
    // The balance is pushed to who listens already; who does not would wait for an answer that is held here.
    await page.goto('about:blank');
    let greeted = false;
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (greeted ||= String(payload).includes('hello'))));
    await page.goto('/');
    await until('a read of the balance before the money comes, and the live connection', () => held.length > 0 && greeted);
    await fund(platform, player, '20.00');
    await player.balanceBecomes('€20.00');
    slow = false;
    const given = page.waitForResponse('**/v1/wallet/balances');
    await Promise.allSettled(held.map((give) => give())); // one that the page has given up cannot be answered
    await (await given).finished();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.equal(await player.balance(), '€20.00');
    await context.close();
  });

  scenario(world, 'a bet that a limit refuses is explained, and the limit is on the protection page', async () => {
    const { context, player } = await registered(world, { size: phone });
    const { page, t, platform } = player;
    await fund(platform, player, '30.00');
    const { player: me } = await platform.call('GET', '/v1/me', undefined, await player.token());
    const staff = await platform.operator();
    await staff('POST', `/v1/operator/players/${me.playerId}/guards`, {
      kind: 'GUARD_KIND_STAKE',
      layer: 'GUARD_LAYER_OPERATOR',
      window: 'GUARD_WINDOW_DAY',
      timeZone: 'Europe/Malta',
      maximum: { amount: '1.50', currency: 'EUR' },
      reason: 'agreed with the player',
    });
    await player.openGame();
    await player.spin();
    await player.spin();
    const explained = t('refusal.LIMIT', { stake: '€1.00', guard: t('guard.STAKE'), maximum: '€1.50', remaining: '€0.50', resets: '' }).replace(/\.$/, '').trim();
    await page.getByTestId('refused').getByText(explained).waitFor();
    await screenshot(page, 'refused-bet');
    await page.getByRole('link', { name: t('refusal.seeProtection') }).click();
    const guard = page.getByTestId('guard');
    await guard.getByText(t('protection.used', { used: '€1.00', maximum: '€1.50' })).waitFor();
    await guard.getByText(t('protection.left', { remaining: '€0.50' })).waitFor();
    await screenshot(page, 'protection-limit');
    await context.close();
  });

  scenario(world, 'a reality check interrupts the play and wants an answer', async () => {
    const { context, player } = await registered(world);
    const { page, t, platform } = player;
    await fund(platform, player, '10.00');
    await page.clock.install();
    await player.openGame();
    await page.clock.fastForward('31:00');
    const dialog = page.getByRole('dialog', { name: t('game.realityTitle') });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    assert.ok(await dialog.isVisible(), 'it cannot be waved away');
    await screenshot(page, 'reality-check');
    await dialog.getByRole('button', { name: t('game.realityGoOn') }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.match(await page.getByTestId('elapsed').innerText(), /^31:/);
    await context.close();
  });

  scenario(world, 'leaving a game ends its session', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    await player.openGame();
    const ended = page.waitForResponse((r) => /game-sessions\/.*:end$/.test(r.url()));
    await page.getByRole('link', { name: t('game.back') }).click();
    assert.equal((await ended).status(), 200);
    await context.close();
  });

  scenario(world, 'a favourite stays one', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    const kept = page.waitForResponse((r) => r.url().endsWith('/v1/favourites') && r.request().method() === 'POST');
    await page.getByTestId('favourite').first().click();
    await page.getByRole('heading', { name: t('lobby.favourites') }).waitFor();
    await kept;
    await page.reload();
    await page.getByRole('heading', { name: t('lobby.favourites') }).waitFor();
    await context.close();
  });

  scenario(world, 'a search finds, and says when it does not', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    const search = page.getByRole('searchbox', { name: t('lobby.search') });
    await search.fill('vault');
    await page.getByText(t('lobby.results', { count: 1 })).waitFor();
    await page.waitForURL('**/?q=vault');
    await page.reload();
    await page.getByText(t('lobby.results', { count: 1 })).waitFor();
    assert.equal(await search.inputValue(), 'vault');
    await page.getByTestId('game-tile').first().click();
    await page.waitForURL('**/game/**');
    await page.goBack();
    await page.getByText(t('lobby.results', { count: 1 })).waitFor();
    await page.getByRole('link', { name: t('nav.home') }).click();
    await until('the whole lobby again', async () => (await search.inputValue()) === '' && (await page.getByTestId('game-tile').count()) > 1);
    await search.fill('zzzzzz');
    await page.getByText(t('lobby.nothingFound')).waitFor();
    await player.button('lobby.reset').click();
    await page.getByTestId('game-tile').first().waitFor();
    await context.close();
  });

  scenario(world, 'a statement is saved whole', async () => {
    const { context, player } = await registered(world);
    const { page, platform } = player;
    await fund(platform, player, '12.34');
    await player.balanceBecomes('€12.34');
    await player.open('/cashier/');
    await page.getByTestId('entry').first().waitFor();
    const download = page.waitForEvent('download');
    await player.button('wallet.csv').click();
    const stream = await (await download).createReadStream();
    let text = '';
    for await (const chunk of stream) text += chunk;
    assert.match(text, /^\ufefftime,type,account,amount,currency/);
    assert.match(text, /,DEPOSIT,CASH,12\.34,EUR,12\.34,/);
    await context.close();
  });

  scenario(world, 'without a connection the page says so and recovers', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    await page.getByTestId('game-tile').first().waitFor();
    await context.setOffline(true);
    await page.getByText(t('common.offline')).waitFor();
    await page.getByRole('searchbox', { name: t('lobby.search') }).fill('vault');
    await page.getByText(t('error.NETWORK')).waitFor();
    await context.setOffline(false);
    await until('the bar to go', async () => (await page.getByText(t('common.offline')).count()) === 0);
    await player.button('common.retry').click();
    await page.getByTestId('game-tile').first().waitFor();
    await context.close();
  });
}
