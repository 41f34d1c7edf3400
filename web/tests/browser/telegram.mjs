import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';

import { accessible, screenshot, visit } from '../harness/browser.mjs';
import { Player, translatorOf } from '../harness/player.mjs';
import { registered } from './session.mjs';
import { scenario } from '../harness/scenario.mjs';

export function telegram(world) {
  scenario(world, 'a person of Telegram gets an account by a click, and comes back to where the login began', async () => {
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

  scenario(world, 'a login that another browser began is not taken, whichever way it came', async () => {
    const { context, page } = await visit(world.browser, world.platform.base);
    const t = await translatorOf('en');
    const mallory = await telegramUser(world, 'Mallory');
    const { fields } = await world.platform.telegram('/admin/widget', { user_id: mallory });
    for (const address of ['?state=of-somebody-else&code=1', `?state=of-somebody-else#tgAuthResult=${encoded(fields)}`, `#tgAuthResult=${encoded(fields)}`]) {
      await page.goto('about:blank');
      await page.goto(`/login/telegram${address}`);
      await page.getByRole('alert').getByText(t('error.TELEGRAM_FOREIGN')).waitFor();
      assert.equal(new URL(page.url()).search + new URL(page.url()).hash, '');
    }
    await page.goto('/');
    await page.getByRole('banner').getByRole('link', { name: t('nav.logIn'), exact: true }).waitFor();
    await context.close();
  });

  scenario(world, 'a refusal at Telegram is told', async () => {
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

  describe('the login widget, where the platform is set up for it', () => {
    before(() => webLogin(world, 'widget'));
    after(() => webLogin(world, ''));
    widget(world);
  });

  scenario(world, 'an account is tied to Telegram by a link that the chat confirms', async () => {
    const { context, player } = await registered(world);
    await player.setUpTotp();
    await linkTelegram(context, player, 'Giorgi');
    await context.close();
  });
}

function widget(world) {
  scenario(world, 'a person gets an account by it, and is known when they come again', async () => {
    const { context, page, complaints } = await visit(world.browser, world.platform.base);
    const player = new Player(page, world.platform, await translatorOf('en'));
    await player.open('/bets/');
    await page.waitForURL('**/login/**');
    await toWidget(player);
    const asked = new URL(page.url());
    assert.ok(asked.searchParams.has('bot_id'));
    assert.equal(asked.searchParams.get('origin'), world.platform.base);
    await page.locator('[name=first_name]').fill('Tamar');
    const first = playerIdOf(page);
    await page.getByRole('button', { name: 'Create and continue' }).click();
    await page.waitForURL('**/bets/');
    await page.getByText(player.t('bets.none')).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    await player.logOut();
    await player.open('/register/');
    await toWidget(player);
    const again = playerIdOf(page);
    await page.getByRole('button', { name: /Tamar/ }).click();
    await page.getByTestId('balance').waitFor();
    assert.equal(await again, await first);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  for (const [locale, browser] of [['en', 'en-GB'], ['ru', 'ru-RU'], ['ka', 'ka-GE']]) {
    scenario(world, `what does not count is explained: ${locale}`, async () => {
      const { context, page, complaints } = await visit(world.browser, world.platform.base, { locale: browser });
      const player = new Player(page, world.platform, await translatorOf(locale));
      const user = await telegramUser(world, 'Levan');
      const mint = async (age) => (await world.platform.telegram('/admin/widget', { user_id: user, auth_date: Math.floor(Date.now() / 1000) - age })).fields;
      const used = await mint(1);
      await world.platform.call('POST', '/v1/auth/telegram/widget', { fields: used });
      for (const [reason, fields] of [
        ['TELEGRAM_PROOF_INVALID_too_old', await mint(6 * 60)],
        ['TELEGRAM_PROOF_INVALID_used', used],
        ['TELEGRAM_PROOF_INVALID_signature', { ...(await mint(2)), id: '1' }],
      ]) {
        await comeBackWith(player, encoded(fields));
        await page.getByRole('alert').getByText(player.t(`error.${reason}`)).waitFor();
        assert.equal(new URL(page.url()).hash, '');
      }
      await comeBackWith(player, 'bm90LWpzb24');
      await page.getByRole('alert').getByText(player.t('error.TELEGRAM_PROOF_INVALID')).waitFor();
      await player.open('/login/?next=%2Fbets%2F');
      await toWidget(player);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('alert').getByText(player.t('error.TELEGRAM_DENIED')).waitFor();
      await screenshot(page, `telegram-cancelled-${locale}`);
      assert.deepEqual(await accessible(page), []);
      await player.link('auth.startAgain').click();
      await page.waitForURL('**/login/?next=%2Fbets%2F');
      assert.deepEqual(complaints, []);
      await context.close();
    });
  }

  scenario(world, 'it does not stand in for the second factor', async () => {
    const { context, player } = await registered(world);
    const { page, t } = player;
    await player.setUpTotp();
    await linkTelegram(context, player, 'Salome');
    await player.logOut();
    await player.open('/login/');
    await toWidget(player);
    await page.getByRole('button', { name: /Salome/ }).click();
    await player.field('auth.totpCode').fill(await player.app.next());
    assert.equal(await page.getByTestId('balance').count(), 0);
    await player.button('common.continue').click();
    await page.getByTestId('balance').waitFor();
    await player.open('/account/');
    await page.getByText(player.email).waitFor();
    await page.getByRole('heading', { name: t('account.title'), level: 1 }).waitFor();
    await context.close();
  });
}

async function toWidget(player) {
  await player.button('auth.telegram').click();
  await player.page.waitForURL(`${player.platform.sandbox}/telegram/auth?**`);
}

// comeBackWith begins a login and comes back as Telegram would, with other fields than Telegram's.
async function comeBackWith(player, result) {
  await player.open('/login/');
  await toWidget(player);
  await player.page.goto(`${new URL(player.page.url()).searchParams.get('return_to')}#tgAuthResult=${result}`);
}

async function linkTelegram(context, player, name) {
  const { page, t } = player;
  await player.button('security.telegramLink').click();
  const [chat] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: t('security.telegramOpen') }).click()]);
  await chat.locator('[name=first_name]').fill(name);
  await chat.getByRole('button', { name: 'Create and start' }).click();
  await chat.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText(/Linked to the Telegram user/).waitFor();
  await chat.close();
}

// encoded is how Telegram writes the fields into the fragment: id and auth_date are numbers.
function encoded(fields) {
  const told = Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, k === 'id' || k === 'auth_date' ? Number(v) : v]));
  return Buffer.from(JSON.stringify(told)).toString('base64url');
}

export async function telegramUser(world, name) {
  return (await world.platform.telegram('/users', { first_name: name, username: `${name.toLowerCase()}_${Math.random().toString(36).slice(2, 10)}` })).id;
}

// playerIdOf is who the page finds itself to be next.
export async function playerIdOf(page) {
  const me = await page.waitForResponse((r) => r.url().endsWith('/v1/me') && r.status() === 200);
  return (await me.json()).player.playerId;
}

// webLogin is what an operator sets: oidc, widget, or nothing for what follows from the integration.
async function webLogin(world, way) {
  const staff = await world.platform.operator();
  await staff('PATCH', '/v1/operator/integrations/sandbox-telegram', { settings: { web_login: way } });
}
