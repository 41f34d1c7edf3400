import assert from 'node:assert/strict';

import { accessible, phone, screenshot, visit } from '../harness/browser.mjs';
import { until } from '../harness/outside.mjs';
import { Player, translatorOf } from '../harness/player.mjs';
import { scenario } from '../harness/scenario.mjs';
import { playerIdOf, telegramUser } from './telegram.mjs';

export function miniApp(world) {
  scenario(world, 'a Mini App logs its person in: a new one with a new account, a known one with the same', async () => {
    const user = await telegramUser(world, 'Nodar');
    let first;
    for (const theme of ['dark', 'light']) {
      const { context, page, complaints } = await inTelegram(world, { theme: theme === 'dark' ? 'light' : 'dark' });
      const who = playerIdOf(page);
      await page.goto(await launch(world, user, { theme }));
      await page.getByTestId('balance').waitFor();
      await page.waitForURL(`${world.platform.base}/`);
      assert.equal(new URL(page.url()).hash, '', 'the proof is not left in the address');
      assert.equal(await page.locator('html').getAttribute('data-theme'), theme, 'Telegram’s look, not the device’s');
      assert.deepEqual(await page.evaluate(() => window.told), ['web_app_ready', 'web_app_expand']);
      assert.doesNotMatch(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])), /hash|auth_date|query_id/);
      await screenshot(page, `mini-app-${theme}`);
      first ??= await who;
      assert.equal(await who, first);
      await page.reload();
      await page.getByTestId('balance').waitFor();
      assert.equal(await page.locator('html').getAttribute('data-theme'), theme);
      assert.deepEqual(complaints, []);
      await context.close();
    }
  });

  scenario(world, 'a Mini App that was opened at a page for players comes to that page', async () => {
    const { context, page } = await inTelegram(world);
    const fragment = new URL(await launch(world, await telegramUser(world, 'Keti'))).hash;
    await page.goto(`/protection/?days=7${fragment}`);
    await page.getByRole('heading', { name: (await translatorOf('en'))('protection.title'), level: 1 }).waitFor();
    assert.equal(page.url(), `${world.platform.base}/protection/?days=7`);
    await context.close();
  });

  for (const [locale, browser] of [['en', 'en-GB'], ['ru', 'ru-RU'], ['ka', 'ka-GE']]) {
    scenario(world, `a Mini App's proof that does not count is explained: ${locale}`, async () => {
      const t = await translatorOf(locale);
      const { context, page, complaints } = await inTelegram(world, { locale: browser });
      const user = await telegramUser(world, 'Zura');
      const mint = async (age) => (await world.platform.telegram('/admin/init-data', { user_id: user, auth_date: Math.floor(Date.now() / 1000) - age })).init_data;
      const used = await mint(1);
      await world.platform.call('POST', '/v1/auth/telegram/mini-app', { initData: used });
      for (const [reason, data] of [
        ['too_old', await mint(6 * 60)],
        ['used', used],
        ['signature', (await mint(2)).replace('Zura', 'Zara')],
      ]) {
        await page.goto('about:blank');
        await page.goto(`/#tgWebAppData=${encodeURIComponent(data)}&tgWebAppVersion=8.0&tgWebAppPlatform=android`);
        await page.getByRole('alert').getByText(t(`error.TELEGRAM_PROOF_INVALID_${reason}`)).waitFor();
        await page.getByRole('heading', { name: t('auth.loginTitle') }).waitFor();
        assert.equal(new URL(page.url()).hash, '');
      }
      await screenshot(page, `mini-app-refused-${locale}`);
      assert.deepEqual(await accessible(page), []);
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  scenario(world, 'outside of Telegram a link with somebody’s proof logs nobody in without asking', async () => {
    const t = await translatorOf('en');
    const { context, page, complaints } = await visit(world.browser, world.platform.base, { size: phone, theme: 'light' });
    const player = new Player(page, world.platform, t);
    const user = await telegramUser(world, 'Irakli');
    await page.goto(await launch(world, user));
    const yes = page.getByRole('button', { name: /^Continue as Irakli @irakli_/ });
    await yes.waitFor();
    assert.equal(new URL(page.url()).hash, '');
    await screenshot(page, 'mini-app-offer');
    assert.deepEqual(await accessible(page), []);
    await player.button('auth.miniAppNo').click();
    await player.field('auth.email').waitFor();
    assert.equal(await page.getByTestId('balance').count(), 0);
    await page.goto('about:blank');
    await page.goto(await launch(world, user));
    await yes.click();
    await page.getByTestId('balance').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  scenario(world, 'another person of the same Telegram app does not come into the account of the one before', async () => {
    const { context, page } = await inTelegram(world);
    const seen = [];
    page.on('response', async (r) => {
      if (r.url().endsWith('/v1/me') && r.status() === 200) seen.push((await r.json()).player.playerId);
    });
    const ids = [];
    for (const name of ['Eka', 'Vano']) {
      const address = await launch(world, await telegramUser(world, name));
      await page.goto('about:blank');
      await page.goto(address);
      ids.push(await until(`${name} to be logged in`, () => seen.findLast((id) => !ids.includes(id))));
      await page.getByTestId('balance').waitFor();
      await page.waitForURL(`${world.platform.base}/`);
      assert.equal(new URL(page.url()).hash, '');
    }
    assert.notEqual(ids[0], ids[1]);
    await context.close();
  });
}

// launch is the address that Telegram's app opens, with the launch parameters in the fragment.
const launch = async (world, user, { theme = 'light' } = {}) => (await world.platform.telegram('/admin/mini-app', { user_id: user, theme })).url;

// inTelegram is the web view of Telegram's app: a browser with the app's own object in the window.
async function inTelegram(world, options) {
  const opened = await visit(world.browser, world.platform.base, { size: phone, ...options });
  await opened.context.addInitScript(() => {
    window.told = [];
    window.TelegramWebviewProxy = { postEvent: (event) => window.told.push(event) };
  });
  return opened;
}
